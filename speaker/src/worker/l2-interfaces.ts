import type { Cancel, Clock, Millis } from '@loadstone/clock'
import type { Family, Ip } from '@loadstone/ip'
import { mayDefend } from 'arp-ts'
import type { FromWire, ToWire, WireInterface } from '../messages/messages'
import { arpOn, type Neighbours, ndpOn } from './address-resolution'
import { Tally } from './frame-counts'
import { type LinkSocket, Station, usesOn } from './l2-responder'
import { type AnnouncingLink, announcingLinks, devicesOf, type LinkSeen } from './links'

/** What a socket reports. Frames are valid during the call only. */
export type SocketEvents = {
  frames(frames: readonly Uint8Array[]): void
  /** It reads on; the link's own state comes by the link watch. */
  problem(message: string): void
}

export type WirePorts = {
  readonly clock: Clock
  /** A packet socket for the family's questions on the link, or why there is none. */
  readonly open: (index: number, family: Family, on: SocketEvents) => LinkSocket | { readonly problem: string }
  readonly post: (message: FromWire) => void
}

type Snapshot = Extract<ToWire, { readonly is: 'snapshot' }>

/** One family on one link. `problem` stands in place of a station that could not be opened. */
type Post = { link: AnnouncingLink; readonly family: Family; readonly station?: Station; readonly problem?: string }

const retryMillis = 1_000
const countersMillis = 5_000
const families: readonly Family[] = ['ipv4', 'ipv6']

/**
 * All of the node's links: which of them answer, and for what. Told the whole truth each time, of the links by rtnetlink and of the
 * addresses by the main thread; works out the difference.
 */
export class Wire {
  readonly #ports: WirePorts
  readonly #posts = new Map<string, Post>()
  readonly #counters: Record<string, number> = {}
  readonly #tally = new Tally()
  readonly #defended = new Map<Ip, Millis>()
  #links: readonly LinkSeen[] | undefined
  #snapshot: Snapshot | undefined
  #told = ''
  #toldDevices = ''
  #retry: Cancel | undefined
  #report: Cancel | undefined

  constructor(ports: WirePorts) {
    this.#ports = ports
    this.#reportLater()
  }

  links(links: readonly LinkSeen[]): void {
    this.#links = links
    this.#tellDevices(links)
    this.#apply()
  }

  reconcile(snapshot: Snapshot): void {
    this.#snapshot = snapshot
    this.#tally.keep(new Set(snapshot.groups.flatMap(({ addresses }) => addresses.split(' '))))
    this.#apply()
  }

  /** RFC 5227 §2.4 (c). */
  defend(address: Ip): void {
    const now = this.#ports.clock.now()
    if (!mayDefend(this.#defended.get(address), now)) return
    this.#defended.set(address, now)
    for (const { station } of this.#posts.values()) station?.defend(address)
  }

  /** Adds to the counters that are posted. */
  count(what: string, by: number): void {
    this.#counters[what] = (this.#counters[what] ?? 0) + by
  }

  close(): void {
    this.#retry?.()
    this.#report?.()
    for (const { station } of this.#posts.values()) station?.close()
    this.#posts.clear()
  }

  #apply(): void {
    if (this.#links === undefined) return
    const links = announcingLinks(this.#links, this.#snapshot?.excludeInterfaces ?? [])
    this.#closeOthers(links)
    for (const link of links) for (const family of families) this.#keep(link, family)
    this.#tellInterfaces(links)
    if (this.#snapshot !== undefined) this.#ports.post({ is: 'applied', serial: this.#snapshot.serial })
  }

  #closeOthers(links: readonly AnnouncingLink[]): void {
    for (const [key, { link, family, station }] of this.#posts) {
      if (links.some((one) => isSame(one, link, family))) continue
      station?.close()
      this.#posts.delete(key)
    }
  }

  #keep(link: AnnouncingLink, family: Family): void {
    const key = `${link.index} ${family}`
    const known = this.#posts.get(key)
    const post = known?.station === undefined ? this.#open(link, family) : known
    if (post === undefined) return
    const cameUp = link.running && !post.link.running
    post.link = link
    this.#posts.set(key, post)
    post.station?.reconcile(usesOn(link.name, family, this.#snapshot?.groups ?? []))
    if (cameUp) post.station?.announceAll()
  }

  #open(link: AnnouncingLink, family: Family): Post | undefined {
    const neighbours = neighboursOn(link, family)
    if (neighbours === undefined) return undefined
    const { clock, open, post } = this.#ports
    const socket = open(link.index, family, {
      frames: (frames) => this.#posts.get(`${link.index} ${family}`)?.station?.receive(frames),
      problem: () => this.count(`${family} socket-problem`, 1),
    })
    if ('problem' in socket) {
      this.#retryLater()
      return { link, family, problem: socket.problem }
    }
    const count = (what: string, by: number): void => this.count(what, by)
    return {
      link,
      family,
      station: new Station(link.name, neighbours, socket, {
        clock,
        count,
        tally: this.#tally,
        onConflict: (conflict) => post({ is: 'conflict', ...conflict }),
      }),
    }
  }

  #retryLater(): void {
    this.#retry ??= this.#ports.clock.after(retryMillis, () => {
      this.#retry = undefined
      this.#apply()
    })
  }

  #tellInterfaces(links: readonly AnnouncingLink[]): void {
    const interfaces = links.map((link) => this.#interfaceOf(link))
    const text = JSON.stringify(interfaces)
    if (text === this.#told) return
    this.#told = text
    this.#ports.post({ is: 'interfaces', interfaces })
  }

  #tellDevices(links: readonly LinkSeen[]): void {
    const devices = devicesOf(links)
    const text = JSON.stringify(devices)
    if (text === this.#toldDevices) return
    this.#toldDevices = text
    this.#ports.post({ is: 'devices', devices })
  }

  #interfaceOf({ index, name, mac, running, addresses }: AnnouncingLink): WireInterface {
    const posts = families.flatMap((family) => this.#posts.get(`${index} ${family}`) ?? [])
    const problem = posts.find((post) => post.problem !== undefined)?.problem
    const answers = posts.filter(({ station }) => station !== undefined).map(({ family }) => family)
    return { name, mac, up: running, addresses, answers, ...(problem === undefined ? {} : { problem }) }
  }

  #reportLater(): void {
    this.#report = this.#ports.clock.after(countersMillis, () => {
      for (const { station } of this.#posts.values()) station?.tally()
      this.#ports.post({ is: 'counters', counters: { ...this.#counters }, addresses: this.#tally.takeChanged() })
      this.#reportLater()
    })
  }
}

/** A link with another name or MAC is another link; NDP answers from the link-local address, so it matters there. */
const isSame = (a: AnnouncingLink, b: AnnouncingLink, family: Family): boolean =>
  a.index === b.index && a.name === b.name && a.mac === b.mac && (family === 'ipv4' || a.linkLocal === b.linkLocal)

function neighboursOn({ mac, linkLocal }: AnnouncingLink, family: Family): Neighbours | undefined {
  if (family === 'ipv4') return arpOn(mac)
  return linkLocal === undefined ? undefined : ndpOn(mac, linkLocal)
}
