import type { Cancel, Clock } from '@loadstone/clock'
import type { Family, Ip } from '@loadstone/ip'
import type { Conflict } from '../messages/links'
import type { WireGroup } from '../messages/messages'
import type { Neighbours, Use, Uses } from './address-resolution'
import { type Announcing, announce, due } from './announcement-schedule'
import type { Tally } from './frame-counts'

/** A packet socket on one link. */
export type LinkSocket = {
  /** How many the kernel took. */
  send(frames: readonly Uint8Array[]): number
  /** From now on questions for the address are to reach us; no longer. */
  heed(ip: Ip): void
  ignore(ip: Ip): void
  close(): void
}

export type StationPorts = {
  readonly clock: Clock
  readonly count: (what: string, by: number) => void
  readonly tally: Tally
  readonly onConflict: (conflict: Conflict) => void
}

const answered: Use = { as: 'answered' }
const elsewhere: Use = { as: 'elsewhere' }

/** What each address of the family is on a link: answered for, or announced elsewhere. */
export function usesOn(link: string, family: Family, groups: readonly WireGroup[]): Uses {
  const uses = new Map<Ip, Use>()
  for (const { addresses, interfaces } of groups) {
    const use = interfaces === undefined || interfaces.includes(link) ? answered : elsewhere
    for (const address of addresses.split(' ')) if (isOf(family, address)) uses.set(address, use)
  }
  return uses
}

/** The main thread sends what it has parsed. */
const isOf = (family: Family, text: string): text is Ip => text !== '' && text.includes(':') === (family === 'ipv6')

/** One link that answers by one protocol. */
export class Station {
  readonly #name: string
  readonly #neighbours: Neighbours
  readonly #socket: LinkSocket
  readonly #ports: StationPorts
  #uses: Uses = new Map()
  #announcing: Announcing = []
  #timer: Cancel | undefined
  readonly #waiting = new Set<Ip>()
  #pause: Cancel | undefined

  constructor(name: string, neighbours: Neighbours, socket: LinkSocket, ports: StationPorts) {
    this.#name = name
    this.#neighbours = neighbours
    this.#socket = socket
    this.#ports = ports
  }

  /** From now on these, and no others. Those that are new here are announced. */
  reconcile(uses: Uses): void {
    const before = this.#uses
    const gone = new Set([...before.keys()].filter((ip) => uses.get(ip) !== before.get(ip)))
    const fresh = [...uses].filter(([ip, use]) => before.get(ip) !== use)
    for (const ip of gone) {
      this.#neighbours.delete(ip)
      this.#socket.ignore(ip)
    }
    for (const [ip, use] of fresh) {
      this.#neighbours.set(ip, use)
      this.#socket.heed(ip)
    }
    this.#uses = uses
    this.#announce(fresh.filter(([, use]) => use === answered).map(([ip]) => ip))
  }

  /** The link was away: what others remember of us may be gone, or wrong. */
  announceAll(): void {
    this.#announce([...this.#uses].filter(([, use]) => use === answered).map(([ip]) => ip))
  }

  /** RFC 5227 §2.4 (c): once, against somebody else's claim. */
  defend(ip: Ip): void {
    this.#queue([ip])
  }

  /** Frames are valid during the call only. */
  receive(frames: readonly Uint8Array[]): void {
    const replies: Uint8Array[] = []
    for (const frame of frames) {
      const answer = this.#neighbours.answer(frame)
      if (typeof answer !== 'string') replies.push(answer)
      else this.#leave(answer, frame)
    }
    if (replies.length === 0) return
    const sent = this.#socket.send(replies)
    this.#count('replied', sent)
    this.#count('reply-lost', replies.length - sent)
    for (const lost of replies.slice(sent)) this.#ports.tally.add(this.#neighbours.subjectOf(lost), { responses: -1 })
  }

  /** Adds up by address what was answered: not while answering, which must stay quick. */
  tally(): void {
    for (const [ip, answers] of this.#neighbours.takeAnswered()) this.#ports.tally.add(ip, { requests: answers, responses: answers })
  }

  close(): void {
    this.tally()
    this.#timer?.()
    this.#pause?.()
    this.#socket.close()
  }

  #leave(reason: string, frame: Uint8Array): void {
    this.#count(reason, 1)
    const conflict = reason === 'conflict' ? this.#neighbours.conflictIn(frame, this.#uses) : undefined
    if (conflict !== undefined) this.#ports.onConflict({ address: conflict.ip, mac: conflict.mac, on: this.#name })
  }

  #announce(ips: readonly Ip[]): void {
    this.#announcing = announce(this.#announcing, ips, this.#ports.clock.now())
    this.#sendDue()
  }

  #sendDue(): void {
    const { clock } = this.#ports
    const now = clock.now()
    const { ips, rounds, wakeAt } = due(this.#announcing, this.#neighbours.delaysMillis, now)
    this.#announcing = rounds
    this.#timer?.()
    this.#timer = wakeAt === undefined ? undefined : clock.after(wakeAt - now, () => this.#sendDue())
    this.#queue(ips)
  }

  /** Thousands at once would overrun queues on the way and make questions wait. */
  #queue(ips: readonly Ip[]): void {
    for (const ip of ips) this.#waiting.add(ip)
    if (this.#pause === undefined) this.#sendSome()
  }

  #sendSome(): void {
    const some = [...this.#waiting].slice(0, announcedAtOnce)
    for (const ip of some) this.#waiting.delete(ip)
    this.#pause = this.#waiting.size === 0 ? undefined : this.#ports.clock.after(pauseMillis, () => this.#sendSome())
    const ours = some.filter((ip) => this.#uses.get(ip) === answered)
    const frames = ours.flatMap((ip) => this.#neighbours.announcement(ip).map((frame) => ({ ip, frame })))
    if (frames.length === 0) return
    const sent = this.#socket.send(frames.map(({ frame }) => frame))
    for (const { ip } of frames.slice(0, sent)) this.#ports.tally.add(ip, { gratuitous: 1 })
    this.#count('announced', sent)
    this.#count('announcement-lost', frames.length - sent)
  }

  #count(what: string, by: number): void {
    this.#ports.count(`${this.#neighbours.family} ${what}`, by)
  }
}

const announcedAtOnce = 128
const pauseMillis = 2
