import assert from 'node:assert/strict'
import { random, SimClock, SimStreamNet, type StreamLink } from '@loadstone/sim'
import { Listener } from '../src/listener'
import type { PeerOptions } from '../src/options'
import { simTransport } from '../test/sim-peers'
import { lookCount, prefixes, Side } from './side'

type Roll = () => number
type Session = { readonly one: Side; readonly two: Side; readonly hosts: readonly [string, string] }
type Link = { -readonly [K in keyof StreamLink]: StreamLink[K] }

const pick = <T>(items: readonly T[], roll: Roll): T => items[Math.floor(roll() * items.length)] as T

/** Speakers with sessions between them, over a network that cuts, stalls and refuses; all of it from one seed. */
export class SimWorld {
  readonly #clock = new SimClock()
  readonly #roll: Roll
  readonly #links = new Map<string, Link>()
  readonly #net: SimStreamNet
  readonly #sessions: readonly Session[]

  constructor(seed: number) {
    this.#roll = random(seed * 104_729 + 7)
    this.#net = new SimStreamNet(this.#clock, (from, to) => this.#link(from, to), pick([1, 60, 300, 65_536], this.#roll))
    const hosts = Array.from({ length: 3 + Math.floor(this.#roll() ** 3 * 9) }, (_, i) => `192.0.2.${i + 1}`)
    const pairs = hosts.flatMap((one, i) => hosts.slice(i + 1).map((two): [string, string] => [one, two]))
    const wanted = 2 + Math.floor(this.#roll() ** 4 * 49)
    this.#sessions = pairs
      .filter((_, i) => i < 2 || this.#roll() < wanted / pairs.length)
      .slice(0, 50)
      .map((pair) => this.#session(pair))
    for (const host of hosts) this.#listen(host)
  }

  get size(): number {
    return this.#sessions.length
  }

  /** Turmoil for a while, then peace: all is as the class comment of Peer promises. */
  run(): void {
    for (const { one, two } of this.#sessions) for (const { peer } of [one, two]) if (this.#roll() < 0.9) peer.start()
    for (let i = 20 + Math.floor(this.#roll() * 60) + 4 * this.size; i > 0; i--) {
      const session = pick(this.#sessions, this.#roll)
      const trouble = this.#roll() ** 2 * 6
      for (let j = 0; j < trouble; j++) {
        this.#disturb(session)
        this.#clock.advance(Math.floor(this.#roll() ** 3 * 40))
      }
      this.#clock.advance(Math.floor(this.#roll() ** 4 * 20_000))
    }
    this.#calm()
    this.#settle()
    this.#rest()
  }

  /** Each direction has its own: what is asked arrives while the answer is held up. */
  #link(from: string, to: string): Link {
    const key = `${from} ${to}`
    const known = this.#links.get(key)
    if (known !== undefined) return known
    const fresh: Link = { latency: Math.floor(this.#roll() ** 2 * 200), stalled: false, refused: false }
    this.#links.set(key, fresh)
    return fresh
  }

  #session(hosts: [string, string]): Session {
    const chance = (odds: number): boolean => this.#roll() < odds
    const ases = [65001, chance(0.3) ? 65001 : 65002]
    const passive = chance(0.2) ? Math.floor(this.#roll() * 2) : undefined
    const side = (me: 0 | 1): Side => {
      const [local, address] = [hosts[me], hosts[me === 0 ? 1 : 0]]
      const options: PeerOptions = {
        address,
        localAs: ases[me] as number,
        peerAs: ases[me === 0 ? 1 : 0] as number,
        routerId: local,
        holdSeconds: pick([9, 30, 90], this.#roll),
        passive: passive === me,
        delayOpenSeconds: chance(0.1) ? 2 : 0,
        nextHops: { ipv6: '2001:db8::1' as never },
        ...(chance(0.3) ? { gracefulRestartSeconds: 30 } : {}),
      }
      return new Side(options, this.#clock, this.#roll, simTransport(this.#net, local))
    }
    return { one: side(0), two: side(1), hosts }
  }

  #listen(host: string): void {
    const peers = this.#sessions.flatMap(({ one, two, hosts }) => (hosts[0] === host ? [one.peer] : hosts[1] === host ? [two.peer] : []))
    if (peers.length > 0) void new Listener({}, peers, simTransport(this.#net, host)).open()
  }

  #disturb({ one, two, hosts }: Session): void {
    const roll = this.#roll
    const [me, other] = roll() < 0.5 ? [one, two] : [two, one]
    const link = roll() < 0.5 ? this.#link(hosts[0], hosts[1]) : this.#link(hosts[1], hosts[0])
    const some = (): ReadonlyMap<string, number> =>
      new Map(prefixes.filter(() => roll() < 0.5).map((prefix) => [prefix, Math.floor(roll() * lookCount)]))
    const disturbances: readonly (readonly [number, () => void])[] = [
      [4, () => me.setRoutes(some())],
      [4, () => me.announce(pick(prefixes, roll), Math.floor(roll() * lookCount))],
      [4, () => me.withdraw(pick(prefixes, roll))],
      [2, () => me.drain(roll() < 0.5, other)],
      [2, () => me.refresh(roll() < 0.5 ? 'ipv4' : 'ipv6')],
      [1, () => void me.peer.stop()],
      [1, () => void me.peer.end()],
      [4, () => me.peer.start()],
      [1, () => me.peer.pathDown()],
      [1, () => me.peer.pathUp()],
      [1, () => this.#net.cut(...hosts, { loud: roll() < 0.5 })],
      [2, () => void Object.assign(link, { stalled: !link.stalled })],
      [1, () => void Object.assign(link, { refused: !link.refused })],
    ]
    const weighted = disturbances.flatMap(([weight, run]) => Array.from({ length: weight }, () => run))
    pick(weighted, roll)()
  }

  #calm(): void {
    for (const link of this.#links.values()) Object.assign(link, { stalled: false, refused: false })
    for (const side of this.#sessions.flatMap(({ one, two }) => [one, two])) {
      side.peer.start()
      side.complete()
    }
  }

  /** Nothing is stuck: some time after the longest hold time has shown what was cut, every session is up, and each end has heard what the other wants. */
  #settle(): void {
    this.#clock.advance(90_000)
    for (let seconds = 0; seconds < 300 && this.#wrong() !== undefined; seconds += 5) this.#clock.advance(5000)
    assert.equal(this.#wrong(), undefined)
  }

  #wrong(): string | undefined {
    for (const { one, two, hosts } of this.#sessions) {
      for (const [me, other] of [
        [one, two],
        [two, one],
      ] as const) {
        const { state, told } = me.peer.status()
        if (state !== 'established') return `${hosts.join(' with ')}: ${state}, ${JSON.stringify(me.peer.status().lastFailure)}`
        const [promise, heard] = [describe(me.promise), describe(other.heard)]
        if (promise !== heard) return `${hosts.join(' with ')}: wanted ${promise}\nheard  ${heard}`
        if (me.refreshing) return `${hosts.join(' with ')}: a refresh was asked for and never ended`
        if (told.ipv4 + told.ipv6 !== me.promise.size) return `${hosts.join(' with ')}: told counts ${JSON.stringify(told)}`
      }
    }
    return undefined
  }

  /** When all is said nothing more is: no message that repeats, no session that falls. */
  #rest(): void {
    const sum = (): number => this.#sessions.reduce((total, { one, two }) => total + one.updates + two.updates + one.drops + two.drops, 0)
    this.#clock.advance(1000)
    const before = sum()
    this.#clock.advance(60_000)
    assert.equal(sum(), before, 'something was said, or a session fell, though nothing had changed')
    for (const { one, two } of this.#sessions) for (const { peer } of [one, two]) void peer.stop()
    this.#clock.advance(1000)
  }
}

const describe = (table: ReadonlyMap<string, string>): string =>
  [...table]
    .map(([prefix, looks]) => `${prefix}: ${looks}`)
    .sort()
    .join('; ')
