import type { Clock } from '@loadstone/clock'
import { WireError } from '@loadstone/wire'
import { type ControlPacket, decodeControl } from './packet/control-packet'
import type { Bfd } from './session/bfd'
import { BfdSession } from './session/bfd-session'
import { nextDiscriminator, nextSourcePort } from './session/discriminators'
import type { SessionHandover } from './session/events'
import { mustAccept } from './session/profile'
import { addressedTo, refuse } from './session/reception'
import type { Session } from './session/session'
import { pathOf, pathText, type SessionOptions } from './session/session-options'
import { ControlPorts, kindOf, sameKind } from './udp/control-ports'
import type { Arrival, SessionPath, UdpTransport } from './udp/transport'

type DemultiplexerDeps = { readonly transport: UdpTransport; readonly clock: Clock; readonly random: () => number }

/** Every session of a process: finds the one a packet is for. */
export class Demultiplexer implements Bfd {
  readonly #deps: DemultiplexerDeps
  readonly #ports: ControlPorts
  readonly #byDiscriminator = new Map<number, BfdSession>()
  readonly #strays = { malformed: 0, 'unknown-session': 0 }

  constructor(deps: DemultiplexerDeps) {
    this.#deps = deps
    const { transport, clock } = deps
    this.#ports = new ControlPorts({
      transport,
      clock,
      receive: (arrival) => this.#receive(arrival),
      onTrouble: (kind, message) => {
        for (const session of this.#sessions()) if (sameKind(kindOf(session.path), kind)) session.stats.trouble('receive', message)
      },
    })
  }

  session(options: SessionOptions): Session {
    const path = pathOf(options)
    const accepted = mustAccept(options.profile ?? {})
    const resume = this.#resumeFrom(path) ?? options.resume
    if (resume !== undefined && this.#byDiscriminator.has(resume.discriminator)) {
      throw new RangeError(`resume is of a session that still runs here: discriminator ${resume.discriminator} is taken`)
    }
    const session = new BfdSession({
      ...this.#deps,
      path,
      accepted,
      discriminator: resume?.discriminator ?? nextDiscriminator((value) => this.#byDiscriminator.has(value), this.#deps.random),
      ...(resume === undefined ? {} : { resume }),
      nextPort: () => nextSourcePort((port) => this.#sessions().some(({ sourcePort }) => sourcePort === port), this.#deps.random),
      onReleased: (released) => this.#remove(released),
    })
    this.#byDiscriminator.set(session.discriminator, session)
    this.#listen()
    session.start()
    return session
  }

  sessions(): readonly Session[] {
    return this.#sessions().filter(({ closing }) => !closing)
  }

  strays(): Readonly<Record<'malformed' | 'unknown-session', number>> {
    return { ...this.#strays }
  }

  async close(): Promise<void> {
    await Promise.all(this.#sessions().map((session) => session.close()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #sessions(): readonly BfdSession[] {
    return [...this.#byDiscriminator.values()]
  }

  /** A session that is being closed still knows the peer, and RFC 5880 §6.8.1 wants that kept: one made anew for its path goes on from it. */
  #resumeFrom(path: SessionPath): SessionHandover | undefined {
    const other = this.#sessions().find((session) => pathText(session.path) === pathText(path))
    if (other === undefined) return undefined
    if (!other.closing) throw new RangeError(`there is a ${pathText(path)} session already: one path has one session (RFC 5881 §2)`)
    const left = other.handOver()
    return { ...left, state: { ...left.state, at: 'down' } }
  }

  #remove(session: BfdSession): void {
    this.#byDiscriminator.delete(session.discriminator)
    this.#listen()
  }

  #listen(): void {
    this.#ports.reconcile(this.#sessions().map(({ path }) => kindOf(path)))
  }

  #receive(arrival: Arrival): void {
    const packet = decoded(arrival.octets)
    if (packet === undefined) this.#unreadable(arrival)
    else this.#deliver(packet, arrival)
  }

  #deliver(packet: ControlPacket, arrival: Arrival): void {
    const session = packet.yourDiscriminator === 0 ? this.#addressed(arrival) : this.#byDiscriminator.get(packet.yourDiscriminator)
    if (session === undefined) this.#strays['unknown-session']++
    else session.receive(packet, arrival.lateMicros, refuse(packet, arrival, session))
  }

  #unreadable(arrival: Arrival): void {
    this.#strays.malformed++
    this.#addressed(arrival)?.stats.dropped('malformed')
  }

  /** Of several that fit, the one that says most of where its packets come from. */
  #addressed(arrival: Arrival): BfdSession | undefined {
    const fitting = this.#sessions().filter((session) => addressedTo(session, arrival))
    return fitting.sort((a, b) => particular(b.path) - particular(a.path))[0]
  }
}

const particular = ({ interface: name, local }: SessionPath): number => Number(name !== undefined) + Number(local !== undefined)

/** The one place where bytes that are no packet become a fact. */
function decoded(octets: Uint8Array): ControlPacket | undefined {
  try {
    return decodeControl(octets)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
