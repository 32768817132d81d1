import { setImmediate } from 'node:timers'
import { familyOf } from '@loadstone/ip'
import { filters, type SocketError } from '@loadstone/packet'
import { type Datagram, openUdpSocket, type UdpSocket } from '@loadstone/packet/udp'
import type { PortKind } from './control-ports'
import { type Arrival, controlPort, type PacketSender, type SessionPath, type UdpTransport } from './transport'

const portOf = (multihop: boolean): number => (multihop ? controlPort.multihop : controlPort.singleHop)

/** CS6, network control: routers send it ahead of the traffic whose path it tests. */
const networkControl = 0xc0

/** UDP of this machine, RFC 5881 §4 and RFC 5883 §5. In a worker as well as in the main thread. */
export function udpTransport(): UdpTransport {
  let arrivals = 0
  const arrived = (receive: (arrival: Arrival) => void, arrival: Arrival): void => {
    arrivals++
    receive(arrival)
  }
  return {
    listen: (kind, receive) => listen(kind, (arrival) => arrived(receive, arrival)),
    open: (path, nextPort, onTrouble) => new UdpSender(path, nextPort, onTrouble),
    settled: (run) => whenQuiet(() => arrivals, run),
  }
}

/** Single hop: TTL 255 or nothing, decided by the kernel (RFC 5881 §5), so that a flood from afar costs this thread nothing. */
function listen({ family, multihop }: PortKind, receive: (arrival: Arrival) => void): () => void {
  const filter = multihop ? [] : family === 'ipv4' ? filters.udp4Ttl255 : filters.udp6HopLimit255
  const port = portOf(multihop)
  const socket = openUdpSocket({ family, port, filter, onDatagram: (datagram) => receive(arrivalOf(datagram, multihop)) })
  return () => socket.close()
}

function arrivalOf({ bytes, from, to, ifIndex, ttl = 0, lateMicros }: Datagram, multihop: boolean): Arrival {
  return {
    octets: bytes,
    from,
    ...(to === undefined ? {} : { to }),
    ...(ifIndex === undefined ? {} : { link: ifIndex }),
    ttl,
    multihop,
    lateMicros,
  }
}

/**
 * Calls `run` after a turn of the event loop in which no packet arrived, which shows that the sockets are empty. Waits 16 turns at most, so
 * that a flood delays no decision.
 */
function whenQuiet(arrivals: () => number, run: () => void, turns = 16): void {
  const before = arrivals()
  setImmediate(() => (arrivals() === before || turns === 1 ? run() : whenQuiet(arrivals, run, turns - 1)))
}

/** The socket no longer serves: its interface or address is gone, and may come back. */
const stale: ReadonlySet<string> = new Set(['ENODEV', 'ENXIO', 'EADDRNOTAVAIL', 'EINVAL', 'EBADF'])
const portTries = 16

/** Sends from a port of its own, which it keeps: RFC 5881 §4. Opened by the first packet, and anew after its interface went away. */
class UdpSender implements PacketSender {
  readonly #path: SessionPath
  readonly #nextPort: () => number
  readonly #onTrouble: (message: string | undefined) => void
  #port: number | undefined
  #socket: UdpSocket | undefined
  #closed = false

  constructor(path: SessionPath, nextPort: () => number, onTrouble: (message: string | undefined) => void) {
    this.#path = path
    this.#nextPort = nextPort
    this.#onTrouble = onTrouble
  }

  get link(): number | undefined {
    this.#ready()
    return this.#socket?.ifIndex
  }

  send(octets: Uint8Array): boolean {
    if (!this.#ready()) return false
    const { peer, multihop } = this.#path
    const refused = this.#socket?.send(octets, peer, portOf(multihop))
    this.#onTrouble(refused === undefined ? undefined : this.#problemOf(refused))
    if (refused !== undefined && stale.has(refused.code)) this.#drop()
    return refused === undefined
  }

  close(): void {
    this.#closed = true
    this.#drop()
  }

  #drop(): void {
    this.#socket?.close()
    this.#socket = undefined
  }

  #ready(): boolean {
    for (let tries = 0; tries < portTries && this.#socket === undefined && !this.#closed; tries++) {
      this.#port ??= this.#nextPort()
      const refused = this.#tryOpen(this.#port)
      if (refused === undefined) break
      this.#onTrouble(this.#problemOf(refused))
      if (refused.code !== 'EADDRINUSE') break
      this.#port = undefined
    }
    return this.#socket !== undefined
  }

  #tryOpen(port: number): SocketError | undefined {
    const { peer, local, interface: device } = this.#path
    const bound = { ...(local === undefined ? {} : { source: local }), ...(device === undefined ? {} : { device }) }
    try {
      this.#socket = openUdpSocket({ family: familyOf(peer), port, ttl: 255, trafficClass: networkControl, ...bound })
      return undefined
    } catch (error) {
      return error as SocketError
    }
  }

  #problemOf(refused: SocketError): string {
    const why =
      refused.call === 'sendmmsg' && refused.code === 'EPERM' ? 'a packet filter of this machine drops them (EPERM)' : refused.message
    return `no packet leaves for ${this.#path.peer}: ${why}`
  }
}
