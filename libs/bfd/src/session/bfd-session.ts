import type { Cancel, Clock } from '@loadstone/clock'
import { Emitter } from '@loadstone/fsm'
import { type ControlPacket, encodeControl } from '../packet/control-packet'
import type { PacketSender, SessionPath, UdpTransport } from '../udp/transport'
import type { BfdSessionStatus, SessionEvents, SessionHandover } from './events'
import { detectionTimeMicros, initial, periodMicros, type State } from './fsm'
import { type AcceptedProfile, mustAccept, type Profile } from './profile'
import type { Addressee, Drop } from './reception'
import type { Session } from './session'
import { SessionRunner } from './session-runner'
import { SessionStats } from './session-stats'

/** What the demultiplexer gives each session. */
type BfdSessionDeps = {
  readonly path: SessionPath
  readonly accepted: AcceptedProfile
  readonly discriminator: number
  readonly resume?: SessionHandover
  readonly transport: UdpTransport
  readonly clock: Clock
  readonly random: () => number
  /** Draws an unused source port. */
  readonly nextPort: () => number
  readonly onReleased: (session: BfdSession) => void
}

/** A session with its socket, timers and statistics. */
export class BfdSession implements Session, Addressee {
  readonly path: SessionPath
  readonly discriminator: number
  readonly stats: SessionStats
  readonly #deps: BfdSessionDeps
  readonly #runner: SessionRunner
  readonly #sender: PacketSender
  readonly #listeners = new Emitter<SessionEvents>()
  #accepted: AcceptedProfile
  #sourcePort = 0
  #released = false
  #closing: { readonly done: Promise<void>; readonly resolve: () => void; readonly cancel: Cancel } | undefined

  constructor(deps: BfdSessionDeps) {
    const { path, accepted, discriminator, clock, random, transport, resume } = deps
    this.#deps = deps
    this.path = path
    this.discriminator = discriminator
    this.#accepted = accepted
    this.stats = new SessionStats(path.peer, clock, this.#listeners)
    this.#sender = transport.open(
      path,
      () => this.#nextPort(),
      (message) => this.stats.trouble('send', message),
    )
    const send = (packet: ControlPacket): void => this.#send(packet)
    const settled = (run: () => void): void => transport.settled(run)
    const onStep = (before: State, after: State): void => this.#stepped(before, after)
    this.#runner = new SessionRunner({ discriminator, clock, random, send, settled, onStep }, resume?.state ?? initial(accepted.wanted))
  }

  start(): void {
    this.#runner.start()
    this.#runner.feed({ is: 'profile-changed', wanted: this.#accepted.wanted })
  }

  get minimumTtl(): number {
    return this.#accepted.minimumTtl
  }
  get link(): number | undefined {
    return this.#sender.link
  }
  get sourcePort(): number {
    return this.#sourcePort
  }
  get closing(): boolean {
    return this.#closing !== undefined
  }

  /** A packet that the rules accepted or refused. */
  receive(packet: ControlPacket, lateMicros: number, refused: Drop | undefined): void {
    if (refused !== undefined) this.stats.dropped(refused)
    else {
      this.stats.received()
      this.#runner.receive(packet, lateMicros)
    }
  }

  status(): BfdSessionStatus {
    return { ...this.stats.status(this.#runner.state), discriminator: this.discriminator, notes: this.#accepted.notes }
  }

  on<Name extends keyof SessionEvents>(name: Name, listener: (event: SessionEvents[Name]) => void): () => void {
    return this.#listeners.on(name, listener)
  }

  once<Name extends keyof SessionEvents>(name: Name, how: { readonly signal?: AbortSignal } = {}): Promise<SessionEvents[Name]> {
    return this.#listeners.once(name, how.signal)
  }

  update(profile: Profile): void {
    this.#accepted = mustAccept(profile)
    this.#runner.feed({ is: 'profile-changed', wanted: this.#accepted.wanted })
  }

  disable(): void {
    this.#runner.feed({ is: 'disabled' })
  }

  enable(): void {
    if (this.#closing === undefined) this.#runner.feed({ is: 'enabled' })
  }

  /** The session lives on a while: RFC 5880 §6.8.16 has AdminDown told, and §6.8.1 what is known of the peer kept, for a detection time. */
  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing.done
    if (this.#released) return Promise.resolve()
    let resolve = (): void => undefined
    const done = new Promise<void>((settle) => {
      resolve = settle
    })
    const lingerMillis = Math.ceil(lingerMicros(this.#runner.state) / 1000)
    this.#closing = { done, resolve, cancel: this.#deps.clock.after(lingerMillis, () => this.#release()) }
    this.#runner.feed({ is: 'disabled' })
    return done
  }

  handOver(): SessionHandover {
    const { state } = this.#runner
    this.#release()
    return { discriminator: this.discriminator, sourcePort: this.#sourcePort, state }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #stepped(before: State, after: State): void {
    this.stats.stepped(before, after)
    if (after.at === 'admin-down' && peerIsDown(after)) this.#closing?.resolve()
  }

  #send(packet: ControlPacket): void {
    if (this.#sender.send(encodeControl(packet))) this.stats.sent()
  }

  /** A successor first tries the port of its predecessor: it stays the same while the session lives, RFC 5881 §4. */
  #nextPort(): number {
    const first = this.#sourcePort === 0 ? this.#deps.resume?.sourcePort : undefined
    this.#sourcePort = first ?? this.#deps.nextPort()
    return this.#sourcePort
  }

  #release(): void {
    if (this.#released) return
    this.#released = true
    this.#closing?.cancel()
    this.#runner.stop()
    this.#sender.close()
    this.#closing?.resolve()
    this.#deps.onReleased(this)
  }
}

/** How long AdminDown is sent before the session ends: a detection time (RFC 5880 §6.8.16), and at least one period of packets. */
const lingerMicros = (state: State): number => Math.max(detectionTimeMicros(state) ?? 0, periodMicros({ ...state, at: 'admin-down' }) ?? 0)

/** Whether the peer is down as well, or is not heard. */
const peerIsDown = ({ remote }: State): boolean => remote === undefined || remote.state === 'down' || remote.state === 'admin-down'
