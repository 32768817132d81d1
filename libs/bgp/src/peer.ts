import { type Clock, systemClock, systemRandom } from '@loadstone/clock'
import { Emitter } from '@loadstone/fsm'
import type { Family, Ip } from '@loadstone/ip'
import { AdjRibOut } from './adj-rib-out/adj-rib-out'
import type { Route } from './adj-rib-out/route'
import type { RouteCounts, Unannounced } from './adj-rib-out/unannounced'
import { type Failure, MessageCounters, type PeerEvents, type PeerStatus } from './events'
import { notification, notifications } from './message/error-codes'
import { unicastFamily } from './message/family'
import { framed } from './message/frame'
import type { NegotiatedSession } from './message/negotiated-session'
import { cease } from './message/notification'
import { demarcationOf, encodeRefresh, type RefreshMessage, refreshSubtypes } from './message/route-refresh'
import type { Update } from './message/update/update'
import { omitUndefined } from './omit-undefined'
import { type PeerOptions, type PeerSettings, settingsOf } from './options'
import { isInternal, type SessionConfig } from './session/config'
import { Connections } from './session/connections'
import type { State } from './session/fsm'
import { RefreshDemarcation } from './session/refresh-demarcation'
import { type History, restartDelay } from './session/restart-delay'
import { systemTransport } from './tcp/tcp'
import type { Connection, ConnectionListener, TcpTransport } from './tcp/transport'

/** What a Peer needs of its surroundings: time, randomness in [0, 1), and TCP. Defaults are those of the system. */
export type PeerDeps = { readonly clock: Clock; readonly random: () => number; readonly transport: TcpTransport }

const settledMillis = 10_000
/** OPEN, state machine and Cease errors: only a person can mend what is behind them. A path that BFD found broken mends itself. */
const refusals: ReadonlySet<number | undefined> = new Set([2, 5, 6])
const refusal = (failure: Failure | undefined): boolean =>
  refusals.has(failure?.code) && !(failure?.code === notifications.bfdDown.code && failure.subcode === notifications.bfdDown.subcode)
const none: RouteCounts = { ipv4: 0, ipv6: 0 }

/**
 * One BGP neighbour: a session that is kept up, and the routes to advertise to it. setRoutes() takes the complete set, announce() and
 * withdraw() take changes, in any state. Only differences are sent.
 */
export class Peer implements AsyncDisposable {
  #options: PeerOptions
  #settings: PeerSettings
  readonly #deps: PeerDeps
  readonly #connections: Connections
  readonly #rib: AdjRibOut
  readonly #listeners = new Emitter<PeerEvents>()
  readonly #counters = new MessageCounters()
  readonly #demarcation = new RefreshDemarcation()
  #history: History = { failures: 0, refused: false }
  #establishedAt: number | undefined
  /** RFC 4724 §4.1: until a session came up, this process is one that has just restarted. */
  #restarted = true
  #draining = false
  #since: number
  #received = none
  #lastFailure: Failure | undefined
  #sending = false

  /** Throws RangeError that names the option and what it must be. Starts nothing. */
  constructor(options: PeerOptions, deps: Partial<PeerDeps> = {}) {
    this.#options = options
    this.#settings = settingsOf(options)
    this.#rib = new AdjRibOut({ complete: options.gracefulRestartSeconds === undefined })
    this.#deps = {
      clock: deps.clock ?? systemClock,
      random: deps.random ?? systemRandom,
      transport: deps.transport ?? systemTransport,
    }
    this.#since = this.#deps.clock.now()
    this.#connections = this.#newConnections()
  }

  /** Those of the constructor, with the timers of the last retime(). */
  get options(): PeerOptions {
    return this.#options
  }

  /**
   * Replaces the timers that the neighbour is not told of, without ending the session; one that is left out has its default. Throws
   * RangeError as the constructor does, and then nothing has changed.
   */
  retime({ connectSeconds, keepaliveSeconds }: Pick<PeerOptions, 'connectSeconds' | 'keepaliveSeconds'>): void {
    const { connectSeconds: _, keepaliveSeconds: __, ...others } = this.#options
    const options: PeerOptions = { ...others, ...omitUndefined({ connectSeconds, keepaliveSeconds }) }
    this.#settings = settingsOf(options)
    this.#options = options
    this.#connections.retime(this.#configFor(undefined))
  }

  /** Begins to connect, and reconnects by itself until stop() or end(). An aborted signal calls stop(). */
  start({ signal }: { readonly signal?: AbortSignal } = {}): void {
    if (signal?.aborted === true) return
    signal?.addEventListener('abort', () => void this.stop(), { once: true })
    this.#connections.start()
  }

  /** Takes the complete set of routes: a route that is not in it is withdrawn. Only differences are sent. Safe to repeat, in any state. */
  setRoutes(routes: Iterable<Route>): void {
    this.#rib.reconcile(routes)
    this.#connections.flush()
  }

  /** Adds or changes these routes. Each call sends at once, so pass routes together to have them share messages. */
  announce(routes: Iterable<Route>): void {
    this.#rib.announce(routes)
    this.#connections.flush()
  }

  /** Withdraws routes. Routes that were never announced are ignored. */
  withdraw(routes: Iterable<Pick<Route, 'prefix' | 'pathId'>>): void {
    this.#rib.withdraw(routes)
    this.#connections.flush()
  }

  /**
   * RFC 8326: announces every route again with GRACEFUL_SHUTDOWN (and LOCAL_PREF 0 inside the AS), so that the network chooses other paths
   * while this one still works. The caller then waits some seconds and calls stop(). drain(false) takes it back.
   */
  drain(draining = true): void {
    if (this.#draining === draining) return
    this.#draining = draining
    this.#rib.reencode({ draining })
    this.#connections.flush()
  }

  /**
   * To be called when the BFD session of the path went from Up to Down, but not for AdminDown (RFC 5882 §4.2). Ends a session at once with
   * Cease/BFD Down (RFC 9384), with graceful restart as well; the Peer then reconnects as after any loss. Without a session nothing happens.
   */
  pathDown(): void {
    this.#connections.halt(notification('bfdDown'))
  }

  /** To be called when BFD is Up: an attempt to connect that waits for its time begins now. Safe to call in any state. */
  pathUp(): void {
    this.#connections.connectNow()
  }

  /** Asks the peer to send all its routes of the family again (RFC 2918). False if it cannot, or no session is up. */
  requestRefresh(family: Family): boolean {
    const { state } = this.#connections
    if (state.at !== 'established' || !state.negotiated.routeRefresh || !state.negotiated.families.includes(family)) return false
    this.#connections.sendMessage(framed('refresh', encodeRefresh(family, 'request')))
    return true
  }

  /** Routes that cannot be advertised to the peer at present, and why. Empty unless established. */
  unannounced(): readonly Unannounced[] {
    return this.#rib.unannounced()
  }

  /** The present state, as a value that does not change. */
  status(): PeerStatus {
    const { state, ends } = this.#connections
    return omitUndefined({
      state: state.at,
      sinceMillis: this.#since,
      told: this.#rib.advertised,
      heard: this.#received,
      agreed: 'negotiated' in state ? state.negotiated : undefined,
      local: ends?.local,
      lastFailure: this.#lastFailure,
      counters: this.#counters.counters,
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
    return this.#connections.stop({ is: 'stop', notification: cease('administrativeShutdown', reason) })
  }

  /** Closes TCP without a NOTIFICATION, as a process that restarts does: with graceful restart the peer keeps our routes (RFC 4724 §4). */
  end(): Promise<void> {
    return this.#connections.stop({ is: 'stop' })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** Called by a Listener with a connection of this neighbour. Returns undefined to refuse it. */
  accept(connection: Connection): ConnectionListener | undefined {
    return this.#connections.accept(connection)
  }

  #newConnections(): Connections {
    const { clock, random, transport } = this.#deps
    const { connect } = this.#settings
    return new Connections(this.#configFor(undefined), `${connect.address} port ${connect.port}`, {
      clock,
      random,
      dial: (listener) => transport.connect(connect, listener),
      configFor: (local) => this.#configFor(local),
      refused: () => this.#history.refused,
      idleHoldSeconds: (failure) => this.#idleHoldSeconds(failure),
      nextMessage: () => this.#next(),
      onStep: (before, after, failure) => this.#onStep(before, after, failure),
      onRoutes: (agreed) => this.#onRoutes(agreed),
      onUpdate: (update) => this.#onUpdate(update),
      onRefresh: (refresh) => this.#onRefresh(refresh),
      onSent: (kind) => this.#counters.sent(kind),
      onReceived: (kind) => this.#counters.received(kind),
    })
  }

  #configFor(local: Ip | undefined): SessionConfig {
    const { config, id } = this.#settings
    const { gracefulRestart } = config
    return omitUndefined({
      ...config,
      id: id ?? local ?? ('0.0.0.0' as Ip),
      gracefulRestart: gracefulRestart === undefined ? undefined : { ...gracefulRestart, restarted: this.#restarted },
    })
  }

  #next(): Uint8Array | undefined {
    const message = this.#rib.next()
    const done = this.#sending && message === undefined
    this.#sending = message !== undefined
    if (done) this.#listeners.emit('told', this.#rib.advertised)
    return message
  }

  #onStep(before: State, after: State, failure: Failure | undefined): void {
    if (after.at !== before.at) this.#since = this.#deps.clock.now()
    if (failure !== undefined) this.#lastFailure = failure
    if (after.at !== before.at) this.#listeners.emit('state', { state: after.at, previous: before.at })
    if (failure !== undefined) this.#listeners.emit('failed', failure)
    const { ends } = this.#connections
    if (after.at !== 'established' || before.at === 'established' || ends === undefined) return
    this.#listeners.emit('established', { agreed: after.negotiated, ...ends })
    this.#connections.flush()
  }

  #onRoutes(negotiated: NegotiatedSession | undefined): void {
    const { ends } = this.#connections
    this.#sending = false
    if (negotiated === undefined || ends === undefined) {
      this.#rib.down()
      return
    }
    this.#establishedAt = this.#deps.clock.now()
    this.#restarted = false
    this.#received = none
    this.#demarcation.up(negotiated)
    const { config, nextHops } = this.#settings
    const above = config.role === 'provider' || config.role === 'peer' || config.role === 'rs'
    const onlyToCustomer = above && !isInternal(config)
    this.#rib.up({ negotiated, localAs: config.localAs, ...ends, nextHops, onlyToCustomer, draining: this.#draining })
  }

  #onUpdate(update: Update): void {
    const received: Record<Family, number> = { ...this.#received }
    for (const { family, paths } of update.announced) received[family] += paths.length
    this.#received = received
    if (update.endOfRib !== undefined) this.#demarcation.endOfRib(update.endOfRib)
    this.#listeners.emit('update', update)
  }

  #onRefresh(refresh: RefreshMessage): void {
    const family = unicastFamily(refresh.afi, refresh.safi)
    if (family === undefined) return
    if (refresh.subtype !== refreshSubtypes.request) {
      const mark = demarcationOf(refresh)
      if (mark !== undefined && this.#demarcation.accepts(family, mark)) this.#listeners.emit('refresh', { family, mark })
      return
    }
    this.#rib.refresh(family)
    this.#connections.flush()
  }

  /** A session that was established for 10 s ends the row of failures before it. */
  #idleHoldSeconds(failure: Failure | undefined): number {
    const { clock, random } = this.#deps
    const settled = this.#establishedAt !== undefined && clock.now() - this.#establishedAt >= settledMillis
    this.#establishedAt = undefined
    this.#history = { failures: settled ? 1 : this.#history.failures + 1, refused: refusal(failure) }
    return restartDelay(this.#history, random)
  }
}
