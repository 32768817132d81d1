import type { Cancel, Clock, Millis } from '@loadstone/clock'
import { type Family, families, type Ip } from '@loadstone/ip'
import { mayDefend } from '@loadstone/ip/l2'
import type { L2Interface, WorkerCommand, WorkerEvent } from '../messages/messages'
import { AddressCounters } from './address-counters'
import { type AddressResolution, arpOn, ndpOn } from './address-resolution'
import { L2Responder, type LinkSocket, rolesOn } from './l2-responder'
import { type AnnouncingLink, announcingLinks, devicesOf, type LinkState } from './links'

/** What a socket reports. Frames are valid during the call only. */
export type SocketEvents = {
  frames(frames: readonly Uint8Array[]): void
  /** A read failed. The socket goes on; a change of the link arrives by rtnetlink. */
  problem(message: string): void
}

type L2InterfacesDeps = {
  readonly clock: Clock
  /** Opens a packet socket for requests of the family on the link, or says why there is none. */
  readonly open: (index: number, family: Family, on: SocketEvents) => LinkSocket | { readonly problem: string }
  readonly post: (message: WorkerEvent) => void
}

type Snapshot = Extract<WorkerCommand, { readonly is: 'snapshot' }>

/** One family on one link: its responder, or the problem why its socket could not be opened. */
type Attachment = { link: AnnouncingLink; readonly family: Family; readonly responder?: L2Responder; readonly problem?: string }

const retryMillis = 1_000
const countersMillis = 5_000

/**
 * The L2 responders of the node, one for each link and family that can answer. Links come from rtnetlink, addresses from the main thread.
 */
export class L2Interfaces {
  readonly #deps: L2InterfacesDeps
  readonly #attachments = new Map<string, Attachment>()
  readonly #counters: Record<string, number> = {}
  readonly #addresses = new AddressCounters()
  readonly #defended = new Map<Ip, Millis>()
  #links: readonly LinkState[] | undefined
  #snapshot: Snapshot | undefined
  #sentInterfaces = ''
  #sentDevices = ''
  #retry: Cancel | undefined
  #report: Cancel | undefined

  constructor(deps: L2InterfacesDeps) {
    this.#deps = deps
    this.#reportLater()
  }

  links(links: readonly LinkState[]): void {
    this.#links = links
    this.#sendDevices(links)
    this.#apply()
  }

  reconcile(snapshot: Snapshot): void {
    this.#snapshot = snapshot
    this.#addresses.keep(new Set(snapshot.groups.flatMap(({ addresses }) => addresses)))
    this.#apply()
  }

  /** Announces an address against a stranger's claim, within the rate of RFC 5227 §2.4 (c). */
  defend(address: Ip): void {
    const now = this.#deps.clock.now()
    if (!mayDefend(this.#defended.get(address), now)) return
    this.#defended.set(address, now)
    for (const { responder } of this.#attachments.values()) responder?.defend(address)
  }

  /** Adds to a posted counter. */
  count(what: string, by: number): void {
    this.#counters[what] = (this.#counters[what] ?? 0) + by
  }

  close(): void {
    this.#retry?.()
    this.#report?.()
    for (const { responder } of this.#attachments.values()) responder?.close()
    this.#attachments.clear()
  }

  #apply(): void {
    if (this.#links === undefined) return
    const links = announcingLinks(this.#links, this.#snapshot?.excludeInterfaces ?? [])
    this.#detachOthers(links)
    for (const link of links) for (const family of families) this.#attach(link, family)
    this.#sendInterfaces(links)
    if (this.#snapshot !== undefined) this.#deps.post({ is: 'applied', serial: this.#snapshot.serial })
  }

  #detachOthers(links: readonly AnnouncingLink[]): void {
    for (const [key, { link, family, responder }] of this.#attachments) {
      if (links.some((one) => isSame(one, link, family))) continue
      responder?.close()
      this.#attachments.delete(key)
    }
  }

  #attach(link: AnnouncingLink, family: Family): void {
    const key = `${link.index} ${family}`
    const known = this.#attachments.get(key)
    const attachment = known?.responder === undefined ? this.#open(link, family) : known
    if (attachment === undefined) return
    const cameUp = link.running && !attachment.link.running
    attachment.link = link
    this.#attachments.set(key, attachment)
    attachment.responder?.reconcile(rolesOn(link.name, family, this.#snapshot?.groups ?? []))
    if (cameUp) attachment.responder?.announceAll()
  }

  #open(link: AnnouncingLink, family: Family): Attachment | undefined {
    const resolution = resolutionOn(link, family)
    if (resolution === undefined) return undefined
    const { clock, open, post } = this.#deps
    const socket = open(link.index, family, {
      frames: (frames) => this.#attachments.get(`${link.index} ${family}`)?.responder?.receive(frames),
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
      responder: new L2Responder(link.name, resolution, socket, {
        clock,
        count,
        addresses: this.#addresses,
        onConflict: (conflict) => post({ is: 'conflict', ...conflict }),
      }),
    }
  }

  #retryLater(): void {
    this.#retry ??= this.#deps.clock.after(retryMillis, () => {
      this.#retry = undefined
      this.#apply()
    })
  }

  #sendInterfaces(links: readonly AnnouncingLink[]): void {
    const interfaces = links.map((link) => this.#interfaceOf(link))
    const text = JSON.stringify(interfaces)
    if (text === this.#sentInterfaces) return
    this.#sentInterfaces = text
    this.#deps.post({ is: 'interfaces', interfaces })
  }

  #sendDevices(links: readonly LinkState[]): void {
    const devices = devicesOf(links)
    const text = JSON.stringify(devices)
    if (text === this.#sentDevices) return
    this.#sentDevices = text
    this.#deps.post({ is: 'devices', devices })
  }

  #interfaceOf({ index, name, mac, running, addresses }: AnnouncingLink): L2Interface {
    const attachments = families.flatMap((family) => this.#attachments.get(`${index} ${family}`) ?? [])
    const problem = attachments.find((post) => post.problem !== undefined)?.problem
    const answers = attachments.filter(({ responder }) => responder !== undefined).map(({ family }) => family)
    return { name, mac, up: running, addresses, answers, ...(problem === undefined ? {} : { problem }) }
  }

  #reportLater(): void {
    this.#report = this.#deps.clock.after(countersMillis, () => {
      for (const { responder } of this.#attachments.values()) responder?.countAnswers()
      this.#deps.post({ is: 'counters', counters: { ...this.#counters }, addresses: this.#addresses.takeChanged() })
      this.#reportLater()
    })
  }
}

/** A link with another name or MAC counts as another link; for NDP, one with another link-local address as well. */
const isSame = (a: AnnouncingLink, b: AnnouncingLink, family: Family): boolean =>
  a.index === b.index && a.name === b.name && a.mac === b.mac && (family === 'ipv4' || a.linkLocal === b.linkLocal)

function resolutionOn({ mac, linkLocal }: AnnouncingLink, family: Family): AddressResolution | undefined {
  if (family === 'ipv4') return arpOn(mac)
  return linkLocal === undefined ? undefined : ndpOn(mac, linkLocal)
}
