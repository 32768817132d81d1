import type { Cancel, Clock } from '@loadstone/clock'
import { type Family, familyOf, type Ip } from '@loadstone/ip'
import { type AddressRole, type AddressRoles, announcementDelaysMillis } from '@loadstone/ip/l2'
import type { L2Conflict } from '../messages/links'
import type { AddressGroup } from '../messages/messages'
import type { AddressCounters } from './address-counters'
import type { AddressResolution } from './address-resolution'
import { type Announcing, announce, due } from './announcement-schedule'

/** A packet socket on one link. */
export type LinkSocket = {
  /** Sends frames, and returns how many of them the kernel took. */
  send(frames: readonly Uint8Array[]): number
  /** Joins the solicited-node multicast group of an IPv6 address, so that requests for it arrive. */
  joinGroup(ip: Ip): void
  /** Leaves the group again. */
  leaveGroup(ip: Ip): void
  close(): void
}

type L2ResponderDeps = {
  readonly clock: Clock
  readonly count: (what: string, by: number) => void
  readonly addresses: AddressCounters
  readonly onConflict: (conflict: L2Conflict) => void
}

const owned: AddressRole = { as: 'owned' }
const otherInterface: AddressRole = { as: 'other-interface' }

/** The role of each address of the family on a link: owned there, or on other interfaces only. */
export function rolesOn(link: string, family: Family, groups: readonly AddressGroup[]): AddressRoles {
  const roles = new Map<Ip, AddressRole>()
  for (const { addresses, interfaces } of groups) {
    const use = interfaces === undefined || interfaces.includes(link) ? owned : otherInterface
    for (const address of addresses) if (familyOf(address) === family) roles.set(address, use)
  }
  return roles
}

/** Answers and announces on one link, by ARP or NDP. */
export class L2Responder {
  readonly #name: string
  readonly #resolution: AddressResolution
  readonly #socket: LinkSocket
  readonly #deps: L2ResponderDeps
  #roles: AddressRoles = new Map()
  #announcing: Announcing = []
  #timer: Cancel | undefined
  readonly #queued = new Set<Ip>()
  #pause: Cancel | undefined

  constructor(name: string, resolution: AddressResolution, socket: LinkSocket, deps: L2ResponderDeps) {
    this.#name = name
    this.#resolution = resolution
    this.#socket = socket
    this.#deps = deps
  }

  /** Takes exactly these roles. Addresses that are newly owned are announced. */
  reconcile(roles: AddressRoles): void {
    const before = this.#roles
    const gone = new Set([...before.keys()].filter((ip) => roles.get(ip) !== before.get(ip)))
    const fresh = [...roles].filter(([ip, use]) => before.get(ip) !== use)
    for (const ip of gone) {
      this.#resolution.delete(ip)
      this.#socket.leaveGroup(ip)
    }
    for (const [ip, role] of fresh) {
      this.#resolution.set(ip, role)
      this.#socket.joinGroup(ip)
    }
    this.#roles = roles
    this.#announce(fresh.filter(([, use]) => use === owned).map(([ip]) => ip))
  }

  /** Announces every owned address again, because caches of neighbours may be stale after the link was down. */
  announceAll(): void {
    this.#announce([...this.#roles].filter(([, role]) => role === owned).map(([ip]) => ip))
  }

  /** Announces an address once, against a stranger's claim (RFC 5227 §2.4 (c)). */
  defend(ip: Ip): void {
    this.#queue([ip])
  }

  /** Frames are valid during the call only. */
  receive(frames: readonly Uint8Array[]): void {
    const replies: Uint8Array[] = []
    for (const frame of frames) {
      const answer = this.#resolution.answer(frame)
      if (typeof answer !== 'string') replies.push(answer)
      else this.#noteUnanswered(answer, frame)
    }
    if (replies.length === 0) return
    const sent = this.#socket.send(replies)
    this.#count('replied', sent)
    this.#count('reply-lost', replies.length - sent)
    for (const lost of replies.slice(sent)) this.#deps.addresses.add(this.#resolution.subjectOf(lost), { responses: -1 })
  }

  /** Adds answers to the counters by address. Called now and then, so that answering itself stays quick. */
  countAnswers(): void {
    for (const [ip, answers] of this.#resolution.takeAnswered()) this.#deps.addresses.add(ip, { requests: answers, responses: answers })
  }

  close(): void {
    this.countAnswers()
    this.#timer?.()
    this.#pause?.()
    this.#socket.close()
  }

  #noteUnanswered(reason: string, frame: Uint8Array): void {
    this.#count(reason, 1)
    const conflict = reason === 'conflict' ? this.#resolution.conflictIn(frame, this.#roles) : undefined
    if (conflict !== undefined) this.#deps.onConflict({ address: conflict.ip, mac: conflict.mac, on: this.#name })
  }

  #announce(ips: readonly Ip[]): void {
    this.#announcing = announce(this.#announcing, ips, this.#deps.clock.now())
    this.#sendDue()
  }

  #sendDue(): void {
    const { clock } = this.#deps
    const now = clock.now()
    const { ips, rounds, wakeAt } = due(this.#announcing, announcementDelaysMillis, now)
    this.#announcing = rounds
    this.#timer?.()
    this.#timer = wakeAt === undefined ? undefined : clock.after(wakeAt - now, () => this.#sendDue())
    this.#queue(ips)
  }

  /** Sends announcements in portions: thousands at once would overrun queues on the way and delay replies. */
  #queue(ips: readonly Ip[]): void {
    for (const ip of ips) this.#queued.add(ip)
    if (this.#pause === undefined) this.#sendSome()
  }

  #sendSome(): void {
    const some = [...this.#queued].slice(0, announcedAtOnce)
    for (const ip of some) this.#queued.delete(ip)
    this.#pause = this.#queued.size === 0 ? undefined : this.#deps.clock.after(pauseMillis, () => this.#sendSome())
    const ours = some.filter((ip) => this.#roles.get(ip) === owned)
    const frames = ours.flatMap((ip) => this.#resolution.announcement(ip).map((frame) => ({ ip, frame })))
    if (frames.length === 0) return
    const sent = this.#socket.send(frames.map(({ frame }) => frame))
    for (const { ip } of frames.slice(0, sent)) this.#deps.addresses.add(ip, { gratuitous: 1 })
    this.#count('announced', sent)
    this.#count('announcement-lost', frames.length - sent)
  }

  #count(what: string, by: number): void {
    this.#deps.count(`${this.#resolution.family} ${what}`, by)
  }
}

const announcedAtOnce = 128
const pauseMillis = 2
