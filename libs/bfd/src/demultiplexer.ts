import type { Clock } from '@loadstone/clock'
import { WireError } from '@loadstone/wire'
import { type ControlPacket, decodeControl } from './packet/control-packet'
import type { Bfd } from './session/bfd'
import { Endpoint } from './session/bfd-session'
import { nextDiscriminator, nextSourcePort } from './session/discriminators'
import type { Handover } from './session/events'
import { mustAccept } from './session/profile'
import { addressedTo, refuse } from './session/reception'
import type { Session } from './session/session'
import { pathOf, pathText, type SessionOptions } from './session/session-options'
import { ControlPorts, kindOf, sameKind } from './udp/control-ports'
import type { Arrival, Path, Transport } from './udp/transport'

export type ExchangeParts = { readonly transport: Transport; readonly clock: Clock; readonly random: () => number }

/** Every session of a process: finds the one a packet is for. */
export class Exchange implements Bfd {
  readonly #parts: ExchangeParts
  readonly #ports: ControlPorts
  readonly #byDiscriminator = new Map<number, Endpoint>()
  readonly #strays = { malformed: 0, 'unknown-session': 0 }

  constructor(parts: ExchangeParts) {
    this.#parts = parts
    const { transport, clock } = parts
    this.#ports = new ControlPorts({
      transport,
      clock,
      receive: (arrival) => this.#receive(arrival),
      onTrouble: (kind, message) => {
        for (const endpoint of this.#endpoints()) if (sameKind(kindOf(endpoint.path), kind)) endpoint.ledger.trouble('receive', message)
      },
    })
  }

  session(options: SessionOptions): Session {
    const path = pathOf(options)
    const accepted = mustAccept(options.profile ?? {})
    const resume = this.#inherit(path) ?? options.resume
    if (resume !== undefined && this.#byDiscriminator.has(resume.discriminator)) {
      throw new RangeError(`resume is of a session that still runs here: discriminator ${resume.discriminator} is taken`)
    }
    const endpoint = new Endpoint({
      ...this.#parts,
      path,
      accepted,
      discriminator: resume?.discriminator ?? nextDiscriminator((value) => this.#byDiscriminator.has(value), this.#parts.random),
      ...(resume === undefined ? {} : { resume }),
      nextPort: () => nextSourcePort((port) => this.#endpoints().some(({ sourcePort }) => sourcePort === port), this.#parts.random),
      onReleased: (released) => this.#forget(released),
    })
    this.#byDiscriminator.set(endpoint.discriminator, endpoint)
    this.#listen()
    endpoint.start()
    return endpoint
  }

  sessions(): readonly Session[] {
    return this.#endpoints().filter(({ closing }) => !closing)
  }

  strays(): Readonly<Record<'malformed' | 'unknown-session', number>> {
    return { ...this.#strays }
  }

  async close(): Promise<void> {
    await Promise.all(this.#endpoints().map((endpoint) => endpoint.close()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #endpoints(): readonly Endpoint[] {
    return [...this.#byDiscriminator.values()]
  }

  /** A session that is being closed still knows the peer, and RFC 5880 §6.8.1 wants that kept: one made anew for its path goes on from it. */
  #inherit(path: Path): Handover | undefined {
    const other = this.#endpoints().find((endpoint) => pathText(endpoint.path) === pathText(path))
    if (other === undefined) return undefined
    if (!other.closing) throw new RangeError(`there is a ${pathText(path)} session already: one path has one session (RFC 5881 §2)`)
    const left = other.handOver()
    return { ...left, state: { ...left.state, at: 'down' } }
  }

  #forget(endpoint: Endpoint): void {
    this.#byDiscriminator.delete(endpoint.discriminator)
    this.#listen()
  }

  #listen(): void {
    this.#ports.need(this.#endpoints().map(({ path }) => kindOf(path)))
  }

  #receive(arrival: Arrival): void {
    const packet = decoded(arrival.octets)
    if (packet === undefined) this.#unreadable(arrival)
    else this.#deliver(packet, arrival)
  }

  #deliver(packet: ControlPacket, arrival: Arrival): void {
    const endpoint = packet.yourDiscriminator === 0 ? this.#addressed(arrival) : this.#byDiscriminator.get(packet.yourDiscriminator)
    if (endpoint === undefined) this.#strays['unknown-session']++
    else endpoint.receive(packet, arrival.lateMicros, refuse(packet, arrival, endpoint))
  }

  #unreadable(arrival: Arrival): void {
    this.#strays.malformed++
    this.#addressed(arrival)?.ledger.dropped('malformed')
  }

  /** Of several that fit, the one that says most of where its packets come from. */
  #addressed(arrival: Arrival): Endpoint | undefined {
    const fitting = this.#endpoints().filter((endpoint) => addressedTo(endpoint, arrival))
    return fitting.sort((a, b) => particular(b.path) - particular(a.path))[0]
  }
}

const particular = ({ interface: name, local }: Path): number => Number(name !== undefined) + Number(local !== undefined)

/** The one place where bytes that are no packet become a fact. */
function decoded(octets: Uint8Array): ControlPacket | undefined {
  try {
    return decodeControl(octets)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
