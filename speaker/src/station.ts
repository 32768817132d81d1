import type { Cancel, Clock } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import { decodeExactly, encodeToBytes } from '@loadstone/wire'
import { announcements, arpFrame, conflictOf, Responder, type Use } from 'arp-ts'
import { type Announcing, announce, due, without } from './announcing'
import type { Conflict } from './conflicts'
import type { ArpLink } from './links'
import type { WireGroup } from './messages'

/** A packet socket on one link, or why there is none. */
export type LinkSocket = { send(frames: readonly Uint8Array[]): number; close(): void }

export type StationPorts = {
  readonly clock: Clock
  readonly count: (what: string, by: number) => void
  readonly onConflict: (conflict: Conflict) => void
}

/** What each address is on a link: answered for, or announced elsewhere. IPv6 addresses are NDP's business. */
export function usesOn(link: string, groups: readonly WireGroup[]): ReadonlyMap<Ip, Use['as']> {
  const uses = new Map<Ip, Use['as']>()
  for (const { addresses, interfaces } of groups) {
    const as = interfaces === undefined || interfaces.includes(link) ? 'answered' : 'elsewhere'
    for (const address of addresses.split(' ')) if (isIpv4(address)) uses.set(address, as)
  }
  return uses
}

/** The main thread sends what it has parsed. */
const isIpv4 = (text: string): text is Ip => text.includes('.')

/** One link that answers ARP. */
export class Station {
  link: ArpLink
  readonly #ports: StationPorts
  readonly #socket: LinkSocket
  readonly #responder: Responder
  #uses: ReadonlyMap<Ip, Use['as']> = new Map()
  #announcing: Announcing = []
  #timer: Cancel | undefined
  readonly #waiting = new Set<Ip>()
  #pause: Cancel | undefined

  constructor(link: ArpLink, socket: LinkSocket, ports: StationPorts) {
    this.link = link
    this.#socket = socket
    this.#ports = ports
    this.#responder = new Responder(link.mac)
  }

  /** From now on these, and no others. Those that are new here are announced. */
  answerFor(uses: ReadonlyMap<Ip, Use['as']>): void {
    const before = this.#uses
    const gone = new Set([...before.keys()].filter((ip) => uses.get(ip) !== before.get(ip)))
    const fresh = [...uses].filter(([ip, use]) => before.get(ip) !== use)
    for (const ip of gone) this.#responder.delete(ip)
    for (const [ip, as] of fresh) this.#responder.set(ip, { as })
    this.#uses = uses
    this.#announcing = without(this.#announcing, gone)
    this.#announce(fresh.filter(([, as]) => as === 'answered').map(([ip]) => ip))
  }

  /** The link was away: what others remember of us may be gone, or wrong. */
  announceAll(): void {
    this.#announce([...this.#uses].filter(([, as]) => as === 'answered').map(([ip]) => ip))
  }

  /** RFC 5227 §2.4 (c): once, against somebody else's claim. */
  defend(ip: Ip): void {
    this.#queue(new Set([ip]))
  }

  /** Frames are valid during the call only. */
  receive(frames: readonly Uint8Array[]): void {
    const replies: Uint8Array[] = []
    for (const frame of frames) {
      const answer = this.#responder.answer(frame)
      if (typeof answer !== 'string') replies.push(answer)
      else this.#leave(answer, frame)
    }
    if (replies.length === 0) return
    const sent = this.#socket.send(replies)
    this.#ports.count('replied', sent)
    this.#ports.count('reply-lost', replies.length - sent)
  }

  close(): void {
    this.#timer?.()
    this.#pause?.()
    this.#socket.close()
  }

  #leave(reason: string, frame: Uint8Array): void {
    this.#ports.count(reason, 1)
    if (reason !== 'conflict') return
    const arp = decodeExactly(arpFrame, frame, 'arp')
    const uses = new Map<Ip, Use>()
    for (const ip of [arp.senderIp, arp.targetIp]) {
      const as = this.#uses.get(ip)
      if (as !== undefined) uses.set(ip, { as })
    }
    const conflict = conflictOf(arp, this.link.mac, uses)
    if (conflict !== undefined) this.#ports.onConflict({ address: conflict.ip, mac: conflict.mac, on: this.link.name })
  }

  #announce(ips: readonly Ip[]): void {
    this.#announcing = announce(this.#announcing, ips, this.#ports.clock.now())
    this.#sendDue()
  }

  #sendDue(): void {
    const { clock } = this.#ports
    const now = clock.now()
    const { ips, rounds, wakeAt } = due(this.#announcing, now)
    this.#announcing = rounds
    this.#timer?.()
    this.#timer = wakeAt === undefined ? undefined : clock.after(wakeAt - now, () => this.#sendDue())
    this.#queue(ips)
  }

  /** Thousands at once would overrun queues on the way and make questions wait. */
  #queue(ips: Iterable<Ip>): void {
    for (const ip of ips) this.#waiting.add(ip)
    if (this.#pause === undefined) this.#sendSome()
  }

  #sendSome(): void {
    const some = [...this.#waiting].slice(0, announcedAtOnce)
    for (const ip of some) this.#waiting.delete(ip)
    this.#pause = this.#waiting.size === 0 ? undefined : this.#ports.clock.after(pauseMillis, () => this.#sendSome())
    const ours = some.filter((ip) => this.#uses.get(ip) === 'answered')
    const frames = ours.flatMap((ip) => announcements({ source: this.link.mac }, ip)).map((frame) => encodeToBytes(arpFrame, frame, 'arp'))
    if (frames.length === 0) return
    const sent = this.#socket.send(frames)
    this.#ports.count('announced', sent)
    this.#ports.count('announcement-lost', frames.length - sent)
  }
}

const announcedAtOnce = 128
const pauseMillis = 2
