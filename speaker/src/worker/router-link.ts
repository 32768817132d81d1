import type { Cancel, Clock, Millis } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import {
  advertised,
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
} from '@loadstone/ndp/routers'
import { encodeToBytes } from '@loadstone/wire'
import type { LinkSocket } from './l2-responder'
import type { RouterLink } from './links'

export type RouterSocket = Pick<LinkSocket, 'send' | 'close'>

export type RouterLinkDiscoveryDeps = {
  readonly clock: Clock
  /** 0 to 1. */
  readonly random: () => number
  readonly count: (what: string, by: number) => void
  /** The set of present routers changed. */
  readonly onChange: () => void
}

/** More frames than this are dropped: each costs a decode, in the thread that answers ARP. */
const mostPerSecond = 50

/**
 * Looks for the routers of one link, and sends router advertisements itself: a router with an unnumbered neighbour, FRR for one, refuses
 * connections of this node until it has heard one.
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

  /** The present routers, lowest address first. */
  get routers(): readonly Ip[] {
    return this.#present
  }

  /** Whether a session waits for its router. When one begins to wait, the router may be new or restarted, so both solicit and advertise. */
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
    this.#routers = advertised(this.#routers, router, now)
  }

  #look(): void {
    const { clock, onChange } = this.#deps
    const now = clock.now()
    const present = presentRouters(this.#routers, now)
    const changed = present.join() !== this.#present.join()
    const fresh = present.some((ip) => !this.#present.includes(ip))
    this.#present = present
    if (fresh && this.#awaited === true) this.#advertiseAfter(this.#restOf(leastPresenceGapMillis, this.#advertisedAt)) // a new router has heard no advertisement of this node
    const expiry = nextExpiry(this.#routers, now)
    this.#expiry?.()
    this.#expiry = expiry === undefined ? undefined : clock.after(expiry - now, () => this.#look())
    if (changed) onChange()
  }

  /** Sends solicitations until a router is heard. The gap also holds between rounds of a session that waits again and again. */
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

  /** The rest of a gap that began at `since`. */
  #restOf(gap: Millis, since: Millis | undefined): Millis {
    return since === undefined ? 0 : Math.max(0, since + gap - this.#deps.clock.now())
  }

  #count(what: string, by: number): void {
    this.#deps.count(`routers ${what}`, by)
  }
}
