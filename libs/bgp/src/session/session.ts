import type { Cancel, Clock } from '@loadstone/clock'
import { runToCompletion } from '@loadstone/fsm'
import type { Family, Ip } from '@loadstone/ip'
import { encodeToBytes } from '@loadstone/wire'
import type { Failure } from '../events'
import { frame, framed, keepalive, kindOf, lengths, type MessageKind } from '../message/frame'
import type { NegotiatedSession } from '../message/negotiated-session'
import { encodeNotification } from '../message/notification'
import { openMessage } from '../message/open'
import type { RefreshMessage } from '../message/route-refresh'
import type { Update } from '../message/update/update'
import { omitUndefined } from '../omit-undefined'
import type { Connection, ConnectionListener } from '../tcp/transport'
import type { SessionConfig } from './config'
import { failureOf } from './failure-text'
import { type Action, type Event, type State, step, type Timer } from './fsm'
import { eventOf } from './incoming-message'
import { keepaliveOf, ourOpen } from './negotiate'
import type { PeerOpen } from './peer-open'

/** What a session needs, and its callbacks. */
export type SessionDeps = {
  readonly clock: Clock
  readonly random: () => number
  readonly dial: (listener: ConnectionListener) => Connection
  /** The configuration for a connection with this local address. */
  readonly configFor: (local: Ip | undefined) => SessionConfig
  /** Seconds to rest before the next attempt, once a connection has failed. */
  readonly idleHoldSeconds: (failure: Failure | undefined) => number
  /** The next message for the peer, asked for while there is room, in Established only. */
  readonly nextMessage: () => Uint8Array | undefined
  /** RFC 4271 §6.8: whether this connection is the one to go on with, asked before its OPEN is answered. */
  readonly admit: (open: PeerOpen) => boolean
  readonly onStep: (before: State, after: State, failure: Failure | undefined) => void
  readonly onRoutes: (agreed: NegotiatedSession | undefined) => void
  readonly onUpdate: (update: Update) => void
  readonly onRefresh: (refresh: RefreshMessage) => void
  /** Each whole message, to be counted. */
  readonly onSent: (kind: MessageKind) => void
  readonly onReceived: (kind: MessageKind) => void
}

const expiry: Readonly<Record<Exclude<Timer, 'connect-retry'>, Event>> = {
  'delay-open': { is: 'delay-open-expired' },
  'idle-hold': { is: 'idle-hold-expired' },
  'send-hold': { is: 'send-hold-expired' },
  hold: { is: 'hold-expired' },
  keepalive: { is: 'keepalive-due' },
}

/** RFC 4271 §10: these are up to a quarter shorter, at random, so that sessions do not move in step. */
const jittered: ReadonlySet<Timer> = new Set(['connect-retry', 'keepalive'])

/** RFC 4271 §4.4: never more than one a second, jitter or not. */
const leastKeepaliveMillis = 1000

type Performers = { readonly [K in Action['do']]: (action: Extract<Action, { do: K }>) => void }

const nothing: Uint8Array = new Uint8Array()
const writeOctets = 32_768

/** Performs the actions of step() and feeds events back to it. */
export class BgpSession {
  #state: State = { at: 'idle' }
  #config: SessionConfig
  #since: number
  #connection: Connection | undefined
  #ends: { readonly local: Ip; readonly remote: Ip } | undefined
  #pending = nothing
  #room = true
  #dialledBy: 'us' | 'them' = 'us'
  #failure: Failure | undefined
  #closed: Promise<void> = Promise.resolve()
  readonly #remoteText: string
  readonly #disabled = new Set<Family>()
  readonly #timers = new Map<Timer, Cancel>()
  readonly #deps: SessionDeps
  readonly #perform: Performers = {
    arm: ({ timer, seconds }) => this.#arm(timer, seconds),
    'arm-restart': () => this.#arm('idle-hold', this.#deps.idleHoldSeconds(this.#failure)),
    'arm-retry': () => this.#arm('connect-retry', Math.min(this.#config.connectSeconds, this.#deps.idleHoldSeconds(this.#failure))),
    disarm: ({ timer }) => this.#disarm(timer),
    dial: () => this.#dial(),
    'hang-up': () => this.#close(),
    'send-open': () => this.sendMessage(framed('open', encodeToBytes(openMessage, ourOpen(this.#config), 'OPEN'))),
    'send-keepalive': () => this.sendMessage(keepalive),
    'send-notification': ({ notification }) => this.sendMessage(framed('notification', encodeNotification(notification))),
    'routes-up': () => this.#deps.onRoutes('negotiated' in this.#state ? this.#state.negotiated : undefined),
    'routes-down': () => this.#deps.onRoutes(undefined),
    'take-update': ({ update }) => this.#takeUpdate(update),
    'take-refresh': ({ refresh }) => this.#deps.onRefresh(refresh),
  }

  constructor(config: SessionConfig, remote: string, deps: SessionDeps) {
    this.#config = config
    this.#remoteText = remote
    this.#deps = deps
    this.#since = deps.clock.now()
  }

  get state(): State {
    return this.#state
  }

  /** When it entered that state, on the clock. */
  get since(): number {
    return this.#since
  }

  /** Both ends of the connection, while there is one. */
  get ends(): { readonly local: Ip; readonly remote: Ip } | undefined {
    return this.#ends
  }

  /** Resolves when the connection that was hung up last is gone. */
  get closed(): Promise<void> {
    return this.#closed
  }

  /** In Idle after a failure, to come back by itself. */
  get inIdleHold(): boolean {
    return this.#timers.has('idle-hold')
  }

  /** Who dialled the connection, or would. */
  get dialledBy(): 'us' | 'them' {
    return this.#dialledBy
  }

  /** Takes a connection the peer has dialled, in Active. What it reports goes to the listener returned. */
  accept(connection: Connection): ConnectionListener {
    this.#dialledBy = 'them'
    this.#connection = connection
    return this.#listenerFor(() => connection)
  }

  /** Takes an event, or keeps it until the step under way has ended. */
  readonly feed = runToCompletion<Event>((event) => this.#take(event))

  /** Takes timers that the peer is not told of: KEEPALIVEs of a session that is up keep the new pace from now on. */
  retime(): void {
    this.#config = this.#deps.configFor(this.#ends?.local)
    const state = this.#state
    if (!('negotiated' in state)) return
    const { holdSeconds } = state.negotiated
    const keepaliveSeconds = keepaliveOf(this.#config, holdSeconds)
    this.#state = { ...state, negotiated: { ...state.negotiated, keepaliveSeconds } }
    if (holdSeconds > 0) this.#arm('keepalive', keepaliveSeconds)
  }

  /** Sends what waits, as far as there is room. */
  flush(): void {
    while (this.#room && this.#connection !== undefined && this.#state.at === 'established') {
      const messages = this.#gather()
      if (messages.length === 0) return
      this.#send(messages.length === 1 ? (messages[0] as Uint8Array) : Buffer.concat(messages))
    }
  }

  /** One message beside the routes; without a connection it goes nowhere. */
  sendMessage(message: Uint8Array): void {
    if (this.#connection !== undefined) this.#countSent(message)
    this.#send(message)
  }

  /** Many messages to one write: system calls cost more than copying. */
  #gather(): readonly Uint8Array[] {
    const messages: Uint8Array[] = []
    for (let octets = 0; octets < writeOctets; ) {
      const message = this.#deps.nextMessage()
      if (message === undefined) break
      messages.push(message)
      this.#countSent(message)
      octets += message.length
    }
    return messages
  }

  #take(event: Event): void {
    const before = this.#state
    const { state, actions } = step(this.#config, before, event)
    if (state.at !== before.at) this.#since = this.#deps.clock.now()
    this.#state = state
    this.#failure = failureOf({ config: this.#config, remote: this.#remoteText, state: before, event }, actions)
    for (const action of actions) (this.#perform[action.do] as (action: Action) => void)(action)
    if (state !== before || this.#failure !== undefined) this.#deps.onStep(before, state, this.#failure)
  }

  #takeUpdate(update: Update): void {
    if (update.disabled !== undefined) this.#disabled.add(update.disabled)
    this.#deps.onUpdate(update)
  }

  #dial(): void {
    this.#dialledBy = 'us'
    const connection: Connection = this.#deps.dial(this.#listenerFor(() => connection))
    this.#connection = connection
  }

  /** Listens to one connection at a time: reports of an abandoned one are dropped. */
  #listenerFor(connection: () => Connection): ConnectionListener {
    const ours = (run: () => void): void => {
      if (connection() === this.#connection) run()
    }
    return {
      onUp: (local, remote) => ours(() => this.#up({ local, remote })),
      onBytes: (bytes) => ours(() => this.#receive(bytes)),
      onDrained: () => ours(() => this.#drained()),
      onWritten: () => ours(() => this.#written()),
      onDown: (loss) => ours(() => this.feed({ is: 'tcp-down', loss })),
    }
  }

  #up(ends: { readonly local: Ip; readonly remote: Ip }): void {
    this.#ends = ends
    this.#config = this.#deps.configFor(ends.local)
    this.feed({ is: 'tcp-up' })
  }

  #close(): void {
    if (this.#connection !== undefined) this.#closed = this.#connection.close()
    this.#connection = undefined
    this.#ends = undefined
    this.#pending = nothing
    this.#room = true
    this.#disabled.clear()
  }

  #receive(bytes: Uint8Array): void {
    const connection = this.#connection
    let stream: Uint8Array = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
    this.#pending = nothing
    while (connection === this.#connection) {
      const found = frame(stream, this.#limit())
      if ('incomplete' in found) {
        this.#pending = stream
        return
      }
      if ('malformed' in found) {
        this.feed({ is: 'malformed', notification: found.malformed })
        return
      }
      stream = found.rest
      this.#deps.onReceived(found.message.kind)
      const event = eventOf(found.message, this.#state, this.#disabled)
      this.feed(event.is === 'open' && !this.#deps.admit(event.open) ? { is: 'collision' } : event)
    }
  }

  /** RFC 8654 §4: how long its messages may be depends on our OPEN alone, which always offers it. */
  #limit(): number {
    return 'negotiated' in this.#state ? lengths.extended : lengths.usual
  }

  #send(bytes: Uint8Array): void {
    if (this.#connection === undefined) return
    this.#room = this.#connection.send(bytes)
    if (!this.#timers.has('send-hold') && this.#connection.waiting()) this.feed({ is: 'blocked' })
  }

  #countSent(message: Uint8Array): void {
    const kind = kindOf(message)
    if (kind !== undefined) this.#deps.onSent(kind)
  }

  #drained(): void {
    this.#room = true
    this.flush()
  }

  /** RFC 9687 §4.3: whatever goes out starts the time anew; here that is what the peer takes. */
  #written(): void {
    if (!this.#timers.has('send-hold') || this.#connection === undefined) return
    this.feed({ is: this.#connection.waiting() ? 'blocked' : 'drained' })
  }

  #arm(timer: Timer, seconds: number): void {
    this.#disarm(timer)
    const jitter = jittered.has(timer) ? 1 - this.#deps.random() / 4 : 1
    const millis = Math.max(timer === 'keepalive' ? leastKeepaliveMillis : 0, seconds * jitter * 1000)
    this.#timers.set(
      timer,
      this.#deps.clock.after(millis, () => this.#expire(timer)),
    )
  }

  /** Asks for the diagnosis before the connection is closed. */
  #expire(timer: Timer): void {
    this.#timers.delete(timer)
    const diagnosis = this.#connection?.diagnosis?.()
    this.feed(timer === 'connect-retry' ? omitUndefined({ is: 'connect-retry-expired' as const, diagnosis }) : expiry[timer])
  }

  #disarm(timer: Timer): void {
    this.#timers.get(timer)?.()
    this.#timers.delete(timer)
  }
}
