import type { Ip } from '@loadstone/ip'
import type { Failure } from '../events'
import type { Notification } from '../message/error-codes'
import type { Connection, ConnectionListener } from '../tcp/transport'
import { collide } from './collision'
import type { SessionConfig } from './config'
import type { State } from './fsm'
import { negotiate } from './negotiate'
import type { PeerOpen } from './peer-open'
import { BgpSession, type SessionDeps } from './session'

/** Like SessionDeps, with callbacks for the neighbour as a whole. */
type ConnectionsDeps = Omit<SessionDeps, 'onStep' | 'admit'> & {
  /** Whether the last failure was a refusal, ours or the peer's. */
  readonly refused: () => boolean
  readonly onStep: (before: State, after: State, failure: Failure | undefined) => void
}

const rank = { idle: 0, connect: 1, active: 1, 'open-sent': 2, 'open-confirm': 3, established: 4 } as const

/** Connection Collision Resolution (RFC 4486 §4) is not reported as a failure, because the other connection stays. */
const lostCollision = (failure: Failure | undefined): boolean => failure?.code === 6 && failure.subcode === 7

/** The connections to one neighbour: mostly one, two while both ends dial (RFC 4271 §6.8). From outside they look like one. */
export class Connections {
  #config: SessionConfig
  readonly #remote: string
  readonly #deps: ConnectionsDeps
  #main: BgpSession
  #second: BgpSession | undefined
  #reported: State = { at: 'idle' }

  constructor(config: SessionConfig, remote: string, deps: ConnectionsDeps) {
    this.#config = config
    this.#remote = remote
    this.#deps = deps
    this.#main = this.#make()
  }

  /** The state of the connection that is farthest. */
  get state(): State {
    return this.#leading.state
  }

  get ends(): { readonly local: Ip; readonly remote: Ip } | undefined {
    return this.#leading.ends
  }

  start(): void {
    this.#main.feed({ is: 'start' })
  }

  /** Resolves when no connection is left. */
  async stop(event: Parameters<BgpSession['feed']>[0]): Promise<void> {
    const all = [this.#main, ...(this.#second === undefined ? [] : [this.#second])]
    this.#second = undefined
    for (const session of all) session.feed(event)
    await Promise.all(all.map(({ closed }) => closed))
  }

  /** Ends what has come as far as an OPEN, to come back by itself. A connection still being dialled is the test of the path, so it stays. */
  halt(notification: Notification): void {
    for (const session of [this.#main, this.#second]) {
      if (session !== undefined && rank[session.state.at] >= rank['open-sent']) session.feed({ is: 'halt', notification })
    }
  }

  /** Ends the rest after a failure of the transport now: there is reason to hope. */
  connectNow(): void {
    if (this.#main.inIdleHold && !this.#deps.refused()) this.#main.feed({ is: 'start' })
  }

  /** Takes timers that the peer is not told of, into sessions that run as well. */
  retime(config: SessionConfig): void {
    this.#config = config
    for (const session of [this.#main, this.#second]) session?.retime()
  }

  flush(): void {
    this.#leading.flush()
  }

  /** One message beside the routes. */
  sendMessage(message: Uint8Array): void {
    this.#leading.sendMessage(message)
  }

  /**
   * A connection the neighbour has dialled. Undefined refuses it: in Idle, or when there are two already. The rest after a failure of the
   * transport is not kept from a peer that has come back (RFC 4271 §8.1.1: AutomaticStart with passive establishment); after a refusal it is.
   */
  accept(connection: Connection): ConnectionListener | undefined {
    if (this.#main.inIdleHold && !this.#deps.refused()) this.#main.feed({ is: 'start', passive: true })
    const { state } = this.#main
    if (state.at === 'idle' || this.#second !== undefined) return undefined
    if (state.at === 'active' && state.tcp === 'down') return this.#main.accept(connection)
    this.#second = this.#make()
    this.#second.feed({ is: 'start', passive: true })
    return this.#second.accept(connection)
  }

  get #leading(): BgpSession {
    const [main, second] = [this.#main, this.#second]
    return second !== undefined && rank[second.state.at] > rank[main.state.at] ? second : main
  }

  #make(): BgpSession {
    const session: BgpSession = new BgpSession(this.#config, this.#remote, {
      ...this.#deps,
      admit: (open) => this.#admit(session, open),
      onStep: (before, after, failure) => this.#onStep(session, { before, after, failure }),
    })
    return session
  }

  #onStep(session: BgpSession, { before, after, failure }: StepOf): void {
    if (session !== this.#main && session !== this.#second) return
    const two = this.#second !== undefined
    if (after.at !== before.at) this.#settle(session, before, after)
    const reported = this.#reported
    this.#reported = this.#leading.state
    this.#deps.onStep(reported, this.#reported, two && lostCollision(failure) ? undefined : failure)
  }

  /** What one connection has come to may decide about the other. */
  #settle(session: BgpSession, before: State, after: State): void {
    const fellBack = session === this.#second && before.at === 'open-sent' && after.at === 'active'
    if (after.at === 'established') this.#keep(session)
    else if (after.at === 'idle' || fellBack) this.#discard(session) // the connection that stays reconnects
  }

  /** The peer's OPEN has come on one of two connections: is this the one that stays? */
  #admit(fresh: BgpSession, open: PeerOpen): boolean {
    const other = fresh === this.#main ? this.#second : this.#main
    const config = this.#deps.configFor(fresh.ends?.local)
    if (other === undefined || 'refuse' in negotiate(config, open)) return true
    if (this.#forgotten(other, open)) {
      other.feed({ is: 'tcp-down', loss: replaced })
      return true
    }
    const us = { id: config.id, as: config.localAs }
    const verdict = collide(us, open, collidingConnection(fresh), collidingConnection(other))
    if (verdict === 'keep-fresh') this.#keep(fresh)
    return verdict !== 'keep-other'
  }

  /**
   * RFC 4724 §4.2: a peer that has told us of graceful restart and connects anew no longer has the session that we still hold. One that
   * came up only now is a collision instead (RFC 4271 §6.8): the peer's other dial was under way. Deviates: §5 drops the session as soon as
   * the connection is there; it stays until the peer has said who it is.
   */
  #forgotten({ state, since }: BgpSession, { gracefulRestart }: PeerOpen): boolean {
    if (state.at !== 'established' || this.#deps.clock.now() - since <= raceMillis) return false
    return state.negotiated.gracefulRestart !== undefined || gracefulRestart?.restarted === true
  }

  #keep(session: BgpSession): void {
    const dropped = session === this.#main ? this.#second : this.#main
    this.#main = session
    this.#second = undefined
    if (dropped === undefined) return
    dropped.feed({ is: 'collision' })
    dropped.feed({ is: 'stop' })
  }

  /** A connection that ended takes its timers along if another one is left. */
  #discard(session: BgpSession): void {
    if (this.#second === undefined) return
    if (session === this.#main) this.#main = this.#second
    this.#second = undefined
    session.feed({ is: 'stop' })
  }
}

type StepOf = { readonly before: State; readonly after: State; readonly failure: Failure | undefined }

/** Time after which a second connection cannot be one that crossed the first. */
const raceMillis = 5_000
const replaced = { code: 'replaced', message: 'replaced by a new connection' }

const collidingConnection = ({ state, dialledBy }: BgpSession) => ({ state: state.at, dialledBy })
