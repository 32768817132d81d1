import { type Family, families, type Prefix, prefixFamily } from '@loadstone/ip'
import { framed } from '../message/frame'
import { encodeRefresh } from '../message/route-refresh'
import { FamilyTable } from './family-table'
import type { Route } from './route'
import type { RouteCounts, Unannounced } from './unannounced'
import { type EncoderInput, endOfRib } from './update-encoder'

/**
 * The Adj-RIB-Out of one peer (RFC 4271 §3.2), both families. next() returns one message at a time.
 *
 * Deviates: RFC 4271 §9.2.1.1 and §9.2.1.2 keep changes of one destination some seconds apart, so that what routers tell on does not churn.
 * Here nothing is told on; routes are of our own AS and change when a service moves, where each second of waiting is one of black hole.
 * What changes while the peer does not read is said once, as it is in the end.
 */
export class AdjRibOut {
  readonly #tables: Readonly<Record<Family, FamilyTable>> = { ipv4: new FamilyTable('ipv4'), ipv6: new FamilyTable('ipv6') }
  /** Families whose whole table is being sent, and the message that ends it: End-of-RIB or EoRR. */
  readonly #unfinished = new Map<Family, { readonly end: Uint8Array; readonly first: boolean }>()
  /** Families whose refresh was requested before End-of-RIB was sent. */
  readonly #refreshRequests = new Set<Family>()
  #ahead: Uint8Array[] = []
  #complete: boolean
  #input: EncoderInput | undefined
  #messages: Generator<Uint8Array, undefined> | undefined

  /** `complete`: whether the routes are all there already, so that End-of-RIB need not wait for the first setRoutes(). */
  constructor({ complete }: { readonly complete: boolean } = { complete: true }) {
    this.#complete = complete
  }

  get advertised(): RouteCounts {
    return { ipv4: this.#tables.ipv4.advertised, ipv6: this.#tables.ipv6.advertised }
  }

  /** Takes the full desired set: routes that are not in it are withdrawn. */
  reconcile(routes: Iterable<Route>): void {
    for (const family of families) this.#tables[family].beginPass()
    this.announce(routes)
    for (const family of families) this.#tables[family].endPass()
    this.#complete = true
    this.#messages = undefined // so that withdrawals go first
  }

  announce(routes: Iterable<Route>): void {
    for (const route of routes) this.#table(route.prefix).set(route)
  }

  withdraw(routes: Iterable<Pick<Route, 'prefix' | 'pathId'>>): void {
    for (const route of routes) this.#table(route.prefix).remove(route)
    this.#messages = undefined
  }

  /** The session is established, and the peer knows nothing: everything wanted waits to be said, then End-of-RIB (RFC 4724 §2). */
  up(input: EncoderInput): void {
    this.#input = input
    for (const family of families) this.#tables[family].up(input)
    for (const family of input.negotiated.families) this.#unfinished.set(family, { end: endOfRib(family), first: true })
  }

  /** The same routes in other words, all of them: to drain, or to stop draining. */
  reencode(change: Partial<Pick<EncoderInput, 'draining'>>): void {
    if (this.#input === undefined) return
    this.#input = { ...this.#input, ...change }
    for (const family of families) this.#tables[family].reencode(this.#input)
    this.#messages = undefined
  }

  /** The session is gone: the peer has none of our routes. */
  down(): void {
    this.#input = undefined
    this.#messages = undefined
    this.#ahead = []
    this.#unfinished.clear()
    this.#refreshRequests.clear()
    for (const family of families) this.#tables[family].down()
  }

  /** RFC 2918 §4: the peer asks for everything again; between marks where agreed, and then not before End-of-RIB was said (RFC 7313 §4). */
  refresh(family: Family): void {
    if (this.#input === undefined || !this.#input.negotiated.families.includes(family)) return
    const demarcated = this.#input.negotiated.enhancedRefresh
    if (demarcated && this.#unfinished.get(family)?.first === true) {
      this.#refreshRequests.add(family)
      return
    }
    this.#tables[family].refresh()
    if (demarcated) this.#ahead.push(framed('refresh', encodeRefresh(family, 'begin')))
    this.#unfinished.set(family, { end: demarcated ? framed('refresh', encodeRefresh(family, 'end')) : endOfRib(family), first: false })
    this.#messages = undefined
  }

  unannounced(): readonly Unannounced[] {
    return families.flatMap((family) => this.#tables[family].unannounced())
  }

  /** The next message to send, or undefined when the peer knows it all. */
  next(): Uint8Array | undefined {
    if (this.#input === undefined) return undefined
    this.#messages ??= this.#all()
    const { value, done } = this.#messages.next()
    if (done !== true) return value
    this.#messages = undefined
    const due = [...this.#refreshRequests].find((family) => !this.#unfinished.has(family))
    if (due === undefined) return undefined
    this.#refreshRequests.delete(due)
    this.refresh(due)
    return this.next()
  }

  /** May be abandoned after any message: what waits is in the tables, not in here. */
  *#all(): Generator<Uint8Array, undefined> {
    for (let mark = this.#ahead.shift(); mark !== undefined; mark = this.#ahead.shift()) yield mark
    for (const family of families) yield* this.#tables[family].withdrawals()
    for (const family of families) {
      yield* this.#tables[family].announcements()
      const unfinished = this.#complete ? this.#unfinished.get(family) : undefined
      if (unfinished === undefined) continue
      this.#unfinished.delete(family)
      yield unfinished.end
    }
  }

  #table(prefix: Prefix): FamilyTable {
    return this.#tables[prefixFamily(prefix)]
  }
}
