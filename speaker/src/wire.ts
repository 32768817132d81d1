import type { Cancel, Clock, Millis } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import { mayDefend } from 'arp-ts'
import { type ArpLink, arpLinks, type LinkSeen } from './links'
import type { FromWire, ToWire } from './messages'
import { type LinkSocket, Station, usesOn } from './station'

/** What a socket reports. Frames are valid during the call only. */
export type SocketEvents = {
  frames(frames: readonly Uint8Array[]): void
  /** It reads on; the link's own state comes by the link watch. */
  problem(message: string): void
}

export type WirePorts = {
  readonly clock: Clock
  /** A packet socket for ARP on the link, or why there is none. */
  readonly open: (link: ArpLink, on: SocketEvents) => LinkSocket | { readonly problem: string }
  readonly post: (message: FromWire) => void
}

type Snapshot = Extract<ToWire, { readonly is: 'snapshot' }>

const retryMillis = 1_000
const countersMillis = 5_000

/**
 * All of the node's links: which of them answer, and for what. Told the whole truth each time, of the links by rtnetlink and of the
 * addresses by the main thread; works out the difference.
 */
export class Wire {
  readonly #ports: WirePorts
  readonly #stations = new Map<number, Station>()
  readonly #problems = new Map<number, string>()
  readonly #counters: Record<string, number> = {}
  readonly #defended = new Map<Ip, Millis>()
  #links: readonly LinkSeen[] | undefined
  #snapshot: Snapshot | undefined
  #told = ''
  #retry: Cancel | undefined
  #report: Cancel | undefined

  constructor(ports: WirePorts) {
    this.#ports = ports
    this.#reportLater()
  }

  links(links: readonly LinkSeen[]): void {
    this.#links = links
    this.#apply()
  }

  snapshot(snapshot: Snapshot): void {
    this.#snapshot = snapshot
    this.#apply()
  }

  defend(address: Ip): void {
    const now = this.#ports.clock.now()
    if (!mayDefend(this.#defended.get(address), now)) return
    this.#defended.set(address, now)
    for (const station of this.#stations.values()) station.defend(address)
  }

  close(): void {
    this.#retry?.()
    this.#report?.()
    for (const station of this.#stations.values()) station.close()
    this.#stations.clear()
  }

  #apply(): void {
    if (this.#links === undefined) return
    const links = arpLinks(this.#links, this.#snapshot?.excludeInterfaces ?? [])
    this.#closeOthers(links)
    for (const link of links) this.#keep(link)
    this.#tellInterfaces(links)
    if (this.#snapshot !== undefined) this.#ports.post({ is: 'applied', serial: this.#snapshot.serial })
  }

  /** A link of another name or MAC is another link. */
  #closeOthers(links: readonly ArpLink[]): void {
    for (const [index, station] of this.#stations) {
      const same = links.find((link) => link.index === index && link.mac === station.link.mac && link.name === station.link.name)
      if (same !== undefined) continue
      station.close()
      this.#stations.delete(index)
    }
    const present = new Set(links.map(({ index }) => index))
    for (const index of this.#problems.keys()) if (!present.has(index)) this.#problems.delete(index)
  }

  #keep(link: ArpLink): void {
    const known = this.#stations.get(link.index)
    const station = known ?? this.#open(link)
    if (station === undefined) return
    const cameUp = link.running && !station.link.running
    station.link = link
    station.answerFor(usesOn(link.name, this.#snapshot?.groups ?? []))
    if (cameUp) station.announceAll()
  }

  #open(link: ArpLink): Station | undefined {
    const { clock, open, post } = this.#ports
    const socket = open(link, {
      frames: (frames) => this.#stations.get(link.index)?.receive(frames),
      problem: () => this.#count('socket-problem', 1),
    })
    if ('problem' in socket) {
      this.#problems.set(link.index, socket.problem)
      this.#retry ??= clock.after(retryMillis, () => {
        this.#retry = undefined
        this.#apply()
      })
      return undefined
    }
    this.#problems.delete(link.index)
    const station = new Station(link, socket, {
      clock,
      count: (what, by) => this.#count(what, by),
      onConflict: (conflict) => post({ is: 'conflict', ...conflict }),
    })
    this.#stations.set(link.index, station)
    return station
  }

  #tellInterfaces(links: readonly ArpLink[]): void {
    const interfaces = links.map(({ index, name, mac, running, addresses }) => {
      const problem = this.#problems.get(index)
      return { name, mac, up: running, addresses, ...(problem === undefined ? {} : { problem }) }
    })
    const text = JSON.stringify(interfaces)
    if (text === this.#told) return
    this.#told = text
    this.#ports.post({ is: 'interfaces', interfaces })
  }

  #count(what: string, by: number): void {
    this.#counters[what] = (this.#counters[what] ?? 0) + by
  }

  #reportLater(): void {
    this.#report = this.#ports.clock.after(countersMillis, () => {
      this.#ports.post({ is: 'counters', counters: { ...this.#counters } })
      this.#reportLater()
    })
  }
}
