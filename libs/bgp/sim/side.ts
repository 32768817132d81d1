import assert from 'node:assert/strict'
import { type Family, type Prefix, prefixText } from '@loadstone/ip'
import type { SimClock } from '@loadstone/sim'
import { type Route, route } from '../src/adj-rib-out/route'
import type { Attributes, Update } from '../src/message/update/update'
import type { PeerOptions } from '../src/options'
import { Peer } from '../src/peer'
import type { TcpTransport } from '../src/tcp/transport'

/** A few prefixes in two families and a few looks: collisions between what is wanted and what was said are then frequent. */
export const prefixes: readonly string[] = Array.from({ length: 24 }, (_, i) =>
  i % 3 === 0 ? `2001:db8:${i + 1}::/48` : `198.51.${i}.0/24`,
)
export const lookCount = 3
const look = (prefix: string, i: number): Route => route(prefix, i === 0 ? {} : { med: i, communities: [`65000:${i}`] })

/** What a route looks like from the other end, as far as its sender chose it. */
const seen = ({ med, communities = [] }: Pick<Attributes, 'med' | 'communities'>): string => `${med ?? '-'} ${communities.join(',')}`

/** One end of one session: what it wants told, and what it has heard and been promised. */
export class Side {
  readonly peer: Peer
  readonly #wanted = new Map<string, Route>()
  #heard = new Map<string, string>()
  /** Routes that may come again unchanged, since their sender rephrased all it had. */
  #again = new Map<string, number>()
  #refreshing = new Set<Family>()
  /** What a refresh in progress has not named again yet. */
  readonly #stale: Record<Family, Set<string>> = { ipv4: new Set(), ipv6: new Set() }
  #draining = false
  #whole = false
  updates = 0
  drops = 0

  constructor(options: PeerOptions, clock: SimClock, random: () => number, transport: TcpTransport) {
    this.peer = new Peer(options, { clock, random, transport })
    this.peer.on('established', () => this.#begin())
    this.peer.on('update', (update) => this.#hear(update))
    this.peer.on('refresh', ({ family, mark }) => this.#mark(family, mark))
    this.peer.on('state', ({ previous }) => void (previous === 'established' && this.drops++))
  }

  setRoutes(chosen: ReadonlyMap<string, number>): void {
    this.#wanted.clear()
    for (const [prefix, i] of chosen) this.#wanted.set(prefix, look(prefix, i))
    this.#setWhole()
  }

  /** One that has restarted waits with End-of-RIB, and so with every refresh, for the whole truth (RFC 4724 §4.1). */
  complete(): void {
    if (!this.#whole) this.#setWhole()
  }

  #setWhole(): void {
    this.#whole = true
    this.peer.setRoutes(this.#wanted.values())
  }

  announce(prefix: string, i: number): void {
    this.#wanted.set(prefix, look(prefix, i))
    this.peer.announce([look(prefix, i)])
  }

  withdraw(prefix: string): void {
    this.#wanted.delete(prefix)
    this.peer.withdraw([route(prefix)])
  }

  /** The other end may hear all again: once for each time we change our words. */
  drain(draining: boolean, other: Side): void {
    if (draining === this.#draining) return
    this.#draining = draining
    for (const prefix of this.#wanted.keys()) other.#again.set(prefix, (other.#again.get(prefix) ?? 0) + 1)
    this.peer.drain(draining)
  }

  refresh(family: Family): void {
    if (!this.#refreshing.has(family) && this.peer.requestRefresh(family)) this.#refreshing.add(family)
  }

  /** A refresh that was asked for has not been answered. */
  get refreshing(): boolean {
    return this.#refreshing.size > 0
  }

  /** What the other end must have heard when all is quiet. */
  get promise(): ReadonlyMap<string, string> {
    const drained = this.#draining ? ['65535:0'] : []
    return new Map(
      [...this.#wanted].map(([prefix, { med, communities = [] }]) => [
        prefix,
        seen({ ...(med === undefined ? {} : { med }), communities: [...communities, ...drained] as never }),
      ]),
    )
  }

  get heard(): ReadonlyMap<string, string> {
    return this.#heard
  }

  #begin(): void {
    this.#heard = new Map()
    this.#again = new Map()
    this.#refreshing = new Set()
    for (const stale of Object.values(this.#stale)) stale.clear()
  }

  /** RFC 7313 §4: between the marks all is told again; who keeps routes would drop the others. */
  #mark(family: Family, mark: 'begin' | 'end'): void {
    if (mark === 'begin')
      this.#stale[family] = new Set([...this.#heard.keys()].filter((prefix) => prefix.includes(':') === (family === 'ipv6')))
    else {
      assert.deepEqual([...this.#stale[family]], [], 'not told again, though asked')
      this.#refreshing.delete(family)
    }
  }

  #hear({ announced, withdrawn, attributes, faults }: Update): void {
    this.updates++
    assert.deepEqual(faults, [], 'what we say must have no faults')
    for (const { paths } of withdrawn) for (const path of paths) this.#lose(prefixText(path.prefix))
    for (const { family, paths } of announced) for (const { prefix } of paths) this.#learn(prefix, family, seen(attributes))
  }

  #lose(prefix: string): void {
    for (const stale of Object.values(this.#stale)) stale.delete(prefix)
    assert.ok(this.#heard.delete(prefix), `${prefix} was withdrawn though not told`)
  }

  #learn(prefix: Prefix, family: Family, news: string): void {
    const text = prefixText(prefix)
    this.#stale[family].delete(text)
    if (this.#heard.get(text) === news && !this.#refreshing.has(family)) {
      const left = this.#again.get(text) ?? 0
      assert.ok(left > 0, `${text} was told twice`)
      this.#again.set(text, left - 1)
    }
    this.#heard.set(text, news)
  }
}
