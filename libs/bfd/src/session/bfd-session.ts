import type { Cancel, Clock } from '@loadstone/clock'
import { Emitter } from '@loadstone/fsm'
import { type ControlPacket, encodeControl } from '../packet/control-packet'
import type { Line, Path, Transport } from '../udp/transport'
import type { Handover, SessionEvents, SessionStatus } from './events'
import { initial, patienceMicros, periodMicros, type State } from './fsm'
import { type Accepted, mustAccept, type Profile } from './profile'
import type { Addressee, Drop } from './reception'
import type { Session } from './session'
import { Engine } from './session-runner'
import { Ledger } from './session-stats'

/** What the exchange gives each of its sessions. */
export type EndpointParts = {
  readonly path: Path
  readonly accepted: Accepted
  readonly discriminator: number
  readonly resume?: Handover
  readonly transport: Transport
  readonly clock: Clock
  readonly random: () => number
  /** Draws an unused source port. */
  readonly nextPort: () => number
  readonly onReleased: (endpoint: Endpoint) => void
}

/** A session, and its side towards the network. */
export class Endpoint implements Session, Addressee {
  readonly path: Path
  readonly discriminator: number
  readonly ledger: Ledger
  readonly #parts: EndpointParts
  readonly #engine: Engine
  readonly #line: Line
  readonly #listeners = new Emitter<SessionEvents>()
  #accepted: Accepted
  #sourcePort = 0
  #released = false
  #leaving: { readonly told: Promise<void>; readonly tell: () => void; readonly cancel: Cancel } | undefined

  constructor(parts: EndpointParts) {
    const { path, accepted, discriminator, clock, random, transport, resume } = parts
    this.#parts = parts
    this.path = path
    this.discriminator = discriminator
    this.#accepted = accepted
    this.ledger = new Ledger(path.peer, clock, this.#listeners)
    this.#line = transport.open(
      path,
      () => this.#nextPort(),
      (message) => this.ledger.trouble('send', message),
    )
    const send = (packet: ControlPacket): void => this.#send(packet)
    const settled = (run: () => void): void => transport.settled(run)
    const onStep = (before: State, after: State): void => this.#stepped(before, after)
    this.#engine = new Engine({ discriminator, clock, random, send, settled, onStep }, resume?.state ?? initial(accepted.wanted))
  }

  start(): void {
    this.#engine.start()
    this.#engine.feed({ is: 'rewanted', wanted: this.#accepted.wanted })
  }

  get minimumTtl(): number {
    return this.#accepted.minimumTtl
  }
  get link(): number | undefined {
    return this.#line.link
  }
  get sourcePort(): number {
    return this.#sourcePort
  }
  get closing(): boolean {
    return this.#leaving !== undefined
  }

  /** A packet that the rules accepted or refused. */
  receive(packet: ControlPacket, lateMicros: number, refused: Drop | undefined): void {
    if (refused !== undefined) this.ledger.dropped(refused)
    else {
      this.ledger.heard()
      this.#engine.hear(packet, lateMicros)
    }
  }

  status(): SessionStatus {
    return { ...this.ledger.status(this.#engine.state), discriminator: this.discriminator, notes: this.#accepted.notes }
  }

  on<Name extends keyof SessionEvents>(name: Name, listener: (event: SessionEvents[Name]) => void): () => void {
    return this.#listeners.on(name, listener)
  }

  once<Name extends keyof SessionEvents>(name: Name, how: { readonly signal?: AbortSignal } = {}): Promise<SessionEvents[Name]> {
    return this.#listeners.once(name, how.signal)
  }

  update(profile: Profile): void {
    this.#accepted = mustAccept(profile)
    this.#engine.feed({ is: 'rewanted', wanted: this.#accepted.wanted })
  }

  disable(): void {
    this.#engine.feed({ is: 'disabled' })
  }

  enable(): void {
    if (this.#leaving === undefined) this.#engine.feed({ is: 'enabled' })
  }

  /** The session lives on a while: RFC 5880 §6.8.16 has AdminDown told, and §6.8.1 what is known of the peer kept, for a detection time. */
  close(): Promise<void> {
    if (this.#leaving !== undefined) return this.#leaving.told
    if (this.#released) return Promise.resolve()
    let tell = (): void => undefined
    const told = new Promise<void>((resolve) => {
      tell = resolve
    })
    const lingerMillis = Math.ceil(lingerMicros(this.#engine.state) / 1000)
    this.#leaving = { told, tell, cancel: this.#parts.clock.after(lingerMillis, () => this.#release()) }
    this.#engine.feed({ is: 'disabled' })
    return told
  }

  handOver(): Handover {
    const { state } = this.#engine
    this.#release()
    return { discriminator: this.discriminator, sourcePort: this.#sourcePort, state }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #stepped(before: State, after: State): void {
    this.ledger.stepped(before, after)
    if (after.at === 'admin-down' && farewellHeard(after)) this.#leaving?.tell()
  }

  #send(packet: ControlPacket): void {
    if (this.#line.send(encodeControl(packet))) this.ledger.sent()
  }

  /** A successor first tries the port of its predecessor: it stays the same while the session lives, RFC 5881 §4. */
  #nextPort(): number {
    const first = this.#sourcePort === 0 ? this.#parts.resume?.sourcePort : undefined
    this.#sourcePort = first ?? this.#parts.nextPort()
    return this.#sourcePort
  }

  #release(): void {
    if (this.#released) return
    this.#released = true
    this.#leaving?.cancel()
    this.#engine.stop()
    this.#line.close()
    this.#leaving?.tell()
    this.#parts.onReleased(this)
  }
}

/** How long AdminDown is told before the session may be forgotten: a detection time, RFC 5880 §6.8.16, and twice at least. */
const lingerMicros = (state: State): number => Math.max(patienceMicros(state) ?? 0, periodMicros({ ...state, at: 'admin-down' }) ?? 0)

/** Whether the peer has followed us down, or is not there to do so. */
const farewellHeard = ({ remote }: State): boolean => remote === undefined || remote.state === 'down' || remote.state === 'admin-down'
