import type { Clock } from '@loadstone/clock'
import { familyOf, parseIp } from '@loadstone/ip'
import type { SimDatagram, SimDatagramPort, SimNet } from '@loadstone/sim'
import { nowMicros } from '../src/timers/deadline-timer'
import type { Arrival, PacketSender, SessionPath, UdpTransport } from '../src/transport'
import { type PortKind, sameKind } from '../src/udp/control-ports'

type Queued = { readonly datagram: SimDatagram; readonly atMicros: number }
type Conditions = { ttl?: number; link?: number; duplicates?: () => boolean; portTaken?: boolean }

/**
 * A host on a SimNet. The first octet on the simulated wire tells multihop from single hop, as the port does on the real one. While
 * the host is stalled its kernel goes on receiving, as a real one does when the thread that reads is late.
 */
export class SimTransport implements UdpTransport {
  /** Of what it receives, and of what happens here; a test may change it at any time. */
  readonly conditions: Conditions = {}
  /** Every datagram sent, with its time. */
  readonly sent: { readonly atMillis: number; readonly octets: Uint8Array }[] = []
  readonly ports: number[] = []
  readonly #taken = new Set<number>()
  readonly #clock: Clock
  readonly #port: SimDatagramPort
  readonly #listeners: { readonly kind: PortKind; readonly receive: (arrival: Arrival) => void }[] = []
  #queue: Queued[] = []
  #stalled = false

  constructor(net: SimNet, clock: Clock, address: string) {
    this.#clock = clock
    this.#port = net.attach(address)
    this.#port.onReceive((datagram) => {
      this.#queue.push({ datagram, atMicros: nowMicros(clock) })
      if (!this.#stalled) this.#drain()
    })
  }

  stall(): void {
    this.#stalled = true
  }

  /** The loop turns again: what waits is read, unless a timer of ours came first and had it read. */
  resume(): void {
    this.#stalled = false
    this.#drain()
  }

  listen(kind: PortKind, receive: (arrival: Arrival) => void): () => void {
    if (this.conditions.portTaken === true || this.#listeners.some((one) => sameKind(one.kind, kind))) {
      throw new Error('address already in use')
    }
    const listener = { kind, receive }
    this.#listeners.push(listener)
    return () => void this.#listeners.splice(this.#listeners.indexOf(listener), 1)
  }

  open(path: SessionPath, nextPort: () => number, onTrouble: (message: string | undefined) => void): PacketSender {
    const port = this.#portOf(path, nextPort, onTrouble)
    return {
      get link() {
        return port.taken() && path.interface !== undefined ? 1 : undefined
      },
      send: (octets) => {
        if (!port.taken()) return false
        onTrouble(undefined)
        this.#send(path, octets)
        return true
      },
      close: port.close,
    }
  }

  /** Taken with the first packet: the next one that is free, unless the path has no way out. */
  #portOf({ interface: device, peer }: SessionPath, nextPort: () => number, onTrouble: (message: string) => void) {
    let port: number | undefined
    let closed = false
    const taken = (): boolean => {
      if (closed || port !== undefined) return !closed
      if (device === 'nowhere') onTrouble(`no packet leaves for ${peer}: no such device`)
      else for (port = nextPort(); this.#taken.has(port); ) port = nextPort()
      if (port === undefined) return false
      this.#taken.add(port)
      this.ports.push(port)
      return true
    }
    const close = (): void => {
      closed = true
      if (port !== undefined) this.#taken.delete(port)
    }
    return { taken, close }
  }

  #send({ peer, multihop }: SessionPath, octets: Uint8Array): void {
    this.sent.push({ atMillis: this.#clock.now(), octets: Uint8Array.from(octets) })
    const wire = Uint8Array.from([Number(multihop), ...octets])
    this.#port.send(peer, wire)
    if (this.conditions.duplicates?.() === true) this.#port.send(peer, wire)
  }

  settled(run: () => void): void {
    this.#drain()
    run()
  }

  #drain(): void {
    const waiting = this.#queue
    this.#queue = []
    for (const { datagram, atMicros } of waiting) this.#deliver(datagram, nowMicros(this.#clock) - atMicros)
  }

  #deliver({ from, to, bytes }: SimDatagram, lateMicros: number): void {
    const { ttl = 255, link = 1 } = this.conditions
    const arrival = { octets: bytes.subarray(1), from: ip(from), to: ip(to), link, ttl, multihop: bytes[0] === 1, lateMicros }
    for (const { kind, receive } of [...this.#listeners])
      if (sameKind(kind, { family: familyOf(arrival.to), multihop: arrival.multihop })) receive(arrival)
  }
}

const ip = (text: string) => parseIp(text) ?? assertNever(text)
const assertNever = (text: string): never => {
  throw new Error(`${text} is no address`)
}
