import type { Cancel, Clock, Millis } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import {
  hear,
  leastPresenceGapMillis,
  nextExpiry,
  presence,
  presenceGapMillis,
  presentRouters,
  type Routers,
  routerAdvertisementFrame,
  routerFrom,
  routerSolicitation,
  routerSolicitationFrame,
  solicitationDelaysMillis,
} from '@loadstone/ndp'
import { encodeToBytes } from '@loadstone/wire'
import type { LinkSocket } from './l2-responder'
import type { RouterLink } from './links'

export type RouterSocket = Pick<LinkSocket, 'send' | 'close'>

export type RouterLinkDiscoveryDeps = {
  readonly clock: Clock
  /** 0 to 1. */
  readonly random: () => number
  readonly count: (what: string, by: number) => void
  /** Other routers are there than before. */
  readonly onChange: () => void
}

/** Each costs a decode, and this thread answers ARP as well. */
const mostPerSecond = 50

/**
 * Looks for the routers of one link, and says that we are here: a router with an unnumbered neighbour, FRR for one, refuses our connection
 * until it has heard a router advertisement of ours.
 */
export class RouterLinkDiscovery {
  readonly #link: RouterLink
  readonly #socket: RouterSocket
  readonly #deps: RouterLinkDiscoveryDeps
  #awaited: boolean | undefined
  #routers: Routers = new Map()
  #present: readonly Ip[] = []
  #heard = false
  #advertised = 0
  #advertisedAt: Millis | undefined
  #solicitedAt: Millis | undefined
  #soliciting: Cancel | undefined
  #advertising: Cancel | undefined
  #expiry: Cancel | undefined
  #second: { readonly since: Millis; taken: number } | undefined

  constructor(link: RouterLink, socket: RouterSocket, deps: RouterLinkDiscoveryDeps) {
    this.#link = link
    this.#socket = socket
    this.#deps = deps
  }

  /** Lowest address first. */
  get routers(): readonly Ip[] {
    return this.#present
  }

  /** A session waits for its router, which may have changed, or may have forgotten us; or none waits any more. */
  setAwaited(awaited: boolean): void {
    const begins = this.#awaited === undefined || (awaited && !this.#awaited)
    this.#awaited = awaited
    if (!begins) return
    this.#heard = false
    this.#solicit(0)
    this.#advertiseAfter(this.#restOf(leastPresenceGapMillis, this.#advertisedAt))
  }

  /** Frames are valid during the call only. */
  receive(frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.#receiveOne(frame)
    this.#look()
  }

  close(): void {
    for (const timer of [this.#soliciting, this.#advertising, this.#expiry]) timer?.()
    this.#socket.close()
  }

  #receiveOne(frame: Uint8Array): void {
    const now = this.#deps.clock.now()
    if (this.#second === undefined || now - this.#second.since >= 1_000) this.#second = { since: now, taken: 0 }
    if (++this.#second.taken > mostPerSecond) {
      this.#count('too-many', 1)
      return
    }
    const router = routerFrom(frame, this.#link.mac)
    this.#count(typeof router === 'string' ? router : 'heard', 1)
    if (typeof router === 'string') return
    this.#heard = true
    this.#routers = hear(this.#routers, router, now)
  }

  #look(): void {
    const { clock, onChange } = this.#deps
    const now = clock.now()
    const present = presentRouters(this.#routers, now)
    const changed = present.join() !== this.#present.join()
    const fresh = present.some((ip) => !this.#present.includes(ip))
    this.#present = present
    if (fresh && this.#awaited === true) this.#advertiseAfter(this.#restOf(leastPresenceGapMillis, this.#advertisedAt)) // it cannot have heard us yet
    const expiry = nextExpiry(this.#routers, now)
    this.#expiry?.()
    this.#expiry = expiry === undefined ? undefined : clock.after(expiry - now, () => this.#look())
    if (changed) onChange()
  }

  /** Until one is heard; a session that waits again and again asks no more often than one that waits. */
  #solicit(round: number): void {
    const gap = solicitationDelaysMillis[1] ?? 0
    this.#soliciting?.()
    this.#soliciting = this.#deps.clock.after(this.#restOf(gap, this.#solicitedAt), () => {
      this.#soliciting = undefined
      if (round > 0 && this.#heard) return
      this.#solicitedAt = this.#deps.clock.now()
      this.#send('solicited', encodeToBytes(routerSolicitationFrame, routerSolicitation(this.#link), 'router solicitation'))
      if (round + 1 < solicitationDelaysMillis.length) this.#solicit(round + 1)
    })
  }

  #advertiseAfter(delay: Millis): void {
    this.#advertising?.()
    this.#advertising = this.#deps.clock.after(delay, () => {
      this.#advertisedAt = this.#deps.clock.now()
      this.#advertised++
      this.#send('advertised', encodeToBytes(routerAdvertisementFrame, presence(this.#link), 'router advertisement'))
      this.#advertiseAfter(presenceGapMillis(this.#advertised, this.#awaited === true, this.#deps.random()))
    })
  }

  #send(what: string, frame: Uint8Array): void {
    const sent = this.#socket.send([frame])
    this.#count(sent === 1 ? what : `${what}-lost`, 1)
  }

  /** What is left of the gap since then. */
  #restOf(gap: Millis, since: Millis | undefined): Millis {
    return since === undefined ? 0 : Math.max(0, since + gap - this.#deps.clock.now())
  }

  #count(what: string, by: number): void {
    this.#deps.count(`routers ${what}`, by)
  }
}
