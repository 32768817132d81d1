import type { Family, Prefix } from '@loadstone/ip'
import { allFamilies } from '../message/family'
import { framed } from '../message/frame'
import { encodeRefresh } from '../message/route-refresh'
import { RouteTable } from './family-table'
import type { Route } from './route'
import type { Counts, Unannounced } from './unannounced'
import { endOfRib, type Speaker } from './update-encoder'

/**
 * Both families of what one peer should know of us. What to say next comes from next(), a message at a time.
 *
 * Deviates: RFC 4271 §9.2.1.1 and §9.2.1.2 keep changes of one destination some seconds apart, so that what routers tell on does not churn.
 * Here nothing is told on; routes are of our own AS and change when a service moves, where each second of waiting is one of black hole.
 * What changes while the peer does not read is said once, as it is in the end.
 */
export class RibOut {
  readonly #tables: Readonly<Record<Family, RouteTable>> = { ipv4: new RouteTable('ipv4'), ipv6: new RouteTable('ipv6') }
  /** Families whose whole table is being told, and how to say that it is done. */
  readonly #telling = new Map<Family, { readonly mark: Uint8Array; readonly first: boolean }>()
  /** Families asked for again before End-of-RIB was said. */
  readonly #asked = new Set<Family>()
  #ahead: Uint8Array[] = []
  #complete: boolean
  #speaker: Speaker | undefined
  #messages: Generator<Uint8Array, undefined> | undefined

  /** `complete`: whether the routes are all there already, so that End-of-RIB need not wait for the first setRoutes(). */
  constructor({ complete }: { readonly complete: boolean } = { complete: true }) {
    this.#complete = complete
  }

  get told(): Counts {
    return { ipv4: this.#tables.ipv4.told, ipv6: this.#tables.ipv6.told }
  }

  /** The whole truth: what is not in it goes. */
  setRoutes(routes: Iterable<Route>): void {
    for (const family of allFamilies) this.#tables[family].beginPass()
    this.announce(routes)
    for (const family of allFamilies) this.#tables[family].endPass()
    this.#complete = true
    this.#messages = undefined // so that withdrawals go first
  }

  announce(routes: Iterable<Route>): void {
    for (const route of routes) this.#table(route.prefix).want(route)
  }

  withdraw(routes: Iterable<Pick<Route, 'prefix' | 'pathId'>>): void {
    for (const route of routes) this.#table(route.prefix).unwant(route)
    this.#messages = undefined
  }

  /** The session is established, and the peer knows nothing: everything wanted waits to be said, then End-of-RIB (RFC 4724 §2). */
  up(speaker: Speaker): void {
    this.#speaker = speaker
    for (const family of allFamilies) this.#tables[family].up(speaker)
    for (const family of speaker.agreed.families) this.#telling.set(family, { mark: endOfRib(family), first: true })
  }

  /** The same routes in other words, all of them: to drain, or to stop draining. */
  rephrase(change: Partial<Pick<Speaker, 'draining'>>): void {
    if (this.#speaker === undefined) return
    this.#speaker = { ...this.#speaker, ...change }
    for (const family of allFamilies) this.#tables[family].rephrase(this.#speaker)
    this.#messages = undefined
  }

  /** The session is gone, and what the peer was told with it. */
  down(): void {
    this.#speaker = undefined
    this.#messages = undefined
    this.#ahead = []
    this.#telling.clear()
    this.#asked.clear()
    for (const family of allFamilies) this.#tables[family].down()
  }

  /** RFC 2918 §4: the peer asks for everything again; between marks where agreed, and then not before End-of-RIB was said (RFC 7313 §4). */
  tellAgain(family: Family): void {
    if (this.#speaker === undefined || !this.#speaker.agreed.families.includes(family)) return
    const marked = this.#speaker.agreed.enhancedRefresh
    if (marked && this.#telling.get(family)?.first === true) {
      this.#asked.add(family)
      return
    }
    this.#tables[family].tellAgain()
    if (marked) this.#ahead.push(framed('refresh', encodeRefresh(family, 'begin')))
    this.#telling.set(family, { mark: marked ? framed('refresh', encodeRefresh(family, 'end')) : endOfRib(family), first: false })
    this.#messages = undefined
  }

  unannounced(): readonly Unannounced[] {
    return allFamilies.flatMap((family) => this.#tables[family].unannounced())
  }

  /** The next message to send, or undefined when the peer knows it all. */
  next(): Uint8Array | undefined {
    if (this.#speaker === undefined) return undefined
    this.#messages ??= this.#all()
    const { value, done } = this.#messages.next()
    if (done !== true) return value
    this.#messages = undefined
    const due = [...this.#asked].find((family) => !this.#telling.has(family))
    if (due === undefined) return undefined
    this.#asked.delete(due)
    this.tellAgain(due)
    return this.next()
  }

  /** May be abandoned after any message: what waits is in the tables, not in here. */
  *#all(): Generator<Uint8Array, undefined> {
    for (let mark = this.#ahead.shift(); mark !== undefined; mark = this.#ahead.shift()) yield mark
    for (const family of allFamilies) yield* this.#tables[family].withdrawals()
    for (const family of allFamilies) {
      yield* this.#tables[family].announcements()
      const told = this.#complete ? this.#telling.get(family) : undefined
      if (told === undefined) continue
      this.#telling.delete(family)
      yield told.mark
    }
  }

  #table(prefix: Prefix): RouteTable {
    return this.#tables[prefix.ip.includes(':') ? 'ipv6' : 'ipv4']
  }
}
