import { type Clock, systemClock } from '@loadstone/clock'
import type { Family, Ip } from '@loadstone/ip'
import type { Config } from './config'
import type { Agreed, Counts, Failure, PeerEvents, PeerStatus, Unannounced } from './events'
import { unicastFamily } from './family'
import type { State } from './fsm'
import { Listeners } from './listeners'
import { cease } from './notification'
import type { PeerOptions } from './options'
import { present } from './present'
import { type RefreshMessage, refreshSubtypes } from './refresh'
import { type History, restartDelay } from './restart-delay'
import { RibOut } from './rib-out'
import type { Route } from './route'
import { Session } from './session'
import { type Settings, settingsOf } from './settings'
import { randomness, tcpTransport } from './tcp'
import type { Transport } from './transport'
import type { Update } from './update'

/** The world a Peer lives in. The defaults are the real one. */
export type Ports = { readonly clock: Clock; readonly random: () => number; readonly transport: Transport }

const settledMillis = 10_000
/** OPEN, state machine and Cease errors: only a person can mend what is behind them. */
const refusals: ReadonlySet<number | undefined> = new Set([2, 5, 6])
const none: Counts = { ipv4: 0, ipv6: 0 }

/**
 * One BGP neighbour: a session that is kept up, and the routes it should know of. Told the whole truth by setRoutes(), or changes by
 * announce() and withdraw(), in any state; it works out the difference and says only that.
 */
export class Peer implements AsyncDisposable {
  readonly options: PeerOptions
  readonly #settings: Settings
  readonly #ports: Ports
  readonly #session: Session
  readonly #rib = new RibOut()
  readonly #listeners = new Listeners<PeerEvents>()
  #history: History = { failures: 0, refused: false }
  #establishedAt: number | undefined
  #since: number
  #heard = none
  #lastFailure: Failure | undefined
  #saying = false

  /** Throws RangeError that names the option and what it must be. Starts nothing. */
  constructor(options: PeerOptions, ports: Partial<Ports> = {}) {
    this.options = options
    this.#settings = settingsOf(options)
    const clock = ports.clock ?? systemClock
    this.#ports = { clock, random: ports.random ?? randomness, transport: ports.transport ?? tcpTransport(clock) }
    this.#since = clock.now()
    this.#session = this.#newSession()
  }

  /** Begins to connect, and goes on by itself whatever happens until stop() or end(), or until the signal aborts, which is as stop(). */
  start({ signal }: { readonly signal?: AbortSignal } = {}): void {
    if (signal?.aborted === true) return
    signal?.addEventListener('abort', () => void this.stop(), { once: true })
    this.#session.feed({ is: 'start' })
  }

  /** The whole truth: what is not in it is withdrawn. Only differences are sent. Safe to repeat, in any state. */
  setRoutes(routes: Iterable<Route>): void {
    this.#rib.setRoutes(routes)
    this.#say()
  }

  /** Adds or changes these routes. Each call is said at once, so pass routes together to have them share messages. */
  announce(routes: Iterable<Route>): void {
    this.#rib.announce(routes)
    this.#say()
  }

  /** Takes routes back. Those that were never announced are ignored. */
  withdraw(routes: Iterable<Pick<Route, 'prefix' | 'pathId'>>): void {
    this.#rib.withdraw(routes)
    this.#say()
  }

  /** Wanted routes that the peer is not told at present, and why. Empty unless established. */
  unannounced(): readonly Unannounced[] {
    return this.#rib.unannounced()
  }

  status(): PeerStatus {
    const { state, ends } = this.#session
    return present({
      state: state.at,
      sinceMillis: this.#since,
      told: this.#rib.told,
      heard: this.#heard,
      agreed: 'agreed' in state ? state.agreed : undefined,
      local: ends?.local,
      lastFailure: this.#lastFailure,
    })
  }

  /** Calls the listener at each such event, until the returned function is called. */
  on<Name extends keyof PeerEvents>(name: Name, listener: (event: PeerEvents[Name]) => void): () => void {
    return this.#listeners.on(name, listener)
  }

  /** The next such event. Rejects when the signal aborts. */
  once<Name extends keyof PeerEvents>(name: Name, { signal }: { readonly signal?: AbortSignal } = {}): Promise<PeerEvents[Name]> {
    return this.#listeners.once(name, signal)
  }

  /**
   * Cease/Administrative Shutdown with the reason (RFC 9003: 255 octets of UTF-8, what is longer is cut), then closes. Resolves when the
   * connection is gone. The routes stay wanted, for the next start().
   */
  stop({ reason = '' }: { readonly reason?: string } = {}): Promise<void> {
    this.#session.feed({ is: 'stop', notification: cease('administrativeShutdown', reason) })
    return this.#session.closed
  }

  /** Closes TCP without a NOTIFICATION, as a process that restarts does: with graceful restart the peer keeps our routes (RFC 4724 §4). */
  end(): Promise<void> {
    this.#session.feed({ is: 'stop' })
    return this.#session.closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #newSession(): Session {
    const { clock, random, transport } = this.#ports
    const { config, id, dial } = this.#settings
    const complete: Config = { ...config, id: id ?? ('0.0.0.0' as Ip) }
    return new Session(complete, `${dial.address} port ${dial.port}`, {
      clock,
      random,
      dial: (listener) => transport.dial(dial, listener),
      idFor: (local) => id ?? local,
      restSeconds: (failure) => this.#restSeconds(failure),
      next: () => this.#next(),
      onStep: (before, after, failure) => this.#onStep(before, after, failure),
      onRoutes: (agreed) => this.#onRoutes(agreed),
      onUpdate: (update) => this.#onUpdate(update),
      onRefresh: (refresh) => this.#onRefresh(refresh),
    })
  }

  #say(): void {
    this.#session.pump()
  }

  #next(): Uint8Array | undefined {
    const message = this.#rib.next()
    const done = this.#saying && message === undefined
    this.#saying = message !== undefined
    if (done) this.#listeners.emit('told', this.#rib.told)
    return message
  }

  #onStep(before: State, after: State, failure: Failure | undefined): void {
    if (after.at !== before.at) this.#since = this.#ports.clock.now()
    if (failure !== undefined) this.#lastFailure = failure
    if (after.at !== before.at) this.#listeners.emit('state', { state: after.at, previous: before.at })
    if (failure !== undefined) this.#listeners.emit('failed', failure)
    const { ends } = this.#session
    if (after.at !== 'established' || before.at === 'established' || ends === undefined) return
    this.#listeners.emit('established', { agreed: after.agreed, ...ends })
    this.#say()
  }

  #onRoutes(agreed: Agreed | undefined): void {
    const { ends } = this.#session
    this.#saying = false
    if (agreed === undefined || ends === undefined) {
      this.#rib.down()
      return
    }
    this.#establishedAt = this.#ports.clock.now()
    this.#heard = none
    const { config, nextHops } = this.#settings
    this.#rib.up({ agreed, localAs: config.localAs, local: ends.local, nextHops, onlyToCustomer: false })
  }

  #onUpdate(update: Update): void {
    const heard: Record<Family, number> = { ...this.#heard }
    for (const { family, paths } of update.announced) heard[family] += paths.length
    this.#heard = heard
    this.#listeners.emit('update', update)
  }

  #onRefresh({ afi, safi, subtype }: RefreshMessage): void {
    const family = unicastFamily(afi, safi)
    if (family === undefined || subtype !== refreshSubtypes.request) return
    this.#rib.tellAgain(family)
    this.#say()
  }

  /** A session that held for a while ends the row of failures before it. */
  #restSeconds(failure: Failure | undefined): number {
    const { clock, random } = this.#ports
    const settled = this.#establishedAt !== undefined && clock.now() - this.#establishedAt >= settledMillis
    this.#establishedAt = undefined
    this.#history = { failures: settled ? 1 : this.#history.failures + 1, refused: failure !== undefined && refusals.has(failure.code) }
    return restartDelay(this.#history, random)
  }
}
