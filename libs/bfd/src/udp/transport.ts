import type { Family, Ip } from '@loadstone/ip'

/** RFC 5881 §4 and RFC 5883 §5: the ports tell single-hop from multihop. */
export const controlPort = { singleHop: 3784, multihop: 4784 } as const

/** RFC 5881 §4: the range of a session's source port, which stays the same while the session lives. */
export const sourcePorts = { first: 49_152, last: 65_535 } as const

/** Where a session's packets go. */
export type SessionPath = {
  readonly peer: Ip
  /** Address to send from, and the only one to be spoken to at. Absent: the kernel chooses. */
  readonly local?: Ip
  /** Interface to send on, and the only one to be spoken to on. */
  readonly interface?: string
  readonly multihop: boolean
}

/** A datagram that came to one of the control ports. */
export type Arrival = {
  readonly octets: Uint8Array
  readonly from: Ip
  readonly to?: Ip
  /** Index of the interface it came in on. */
  readonly link?: number
  /** TTL or hop limit it arrived with. */
  readonly ttl: number
  readonly multihop: boolean
  /** How long ago the kernel received it. */
  readonly lateMicros: number
}

/** What a session sends through. It opens by itself, again and again: an interface may come later, or come back. */
export type PacketSender = {
  /** Index of the path's interface, once known. */
  readonly link: number | undefined
  /** Whether the packet left. */
  send(octets: Uint8Array): boolean
  close(): void
}

/** The port to the network: udp.ts is the real one. */
export type UdpTransport = {
  /** Receives on the control port of this family and kind until the returned function is called. Throws when the port cannot be had. */
  listen(what: { readonly family: Family; readonly multihop: boolean }, receive: (arrival: Arrival) => void): () => void
  /** `nextPort` offers source ports until one is free. `onTrouble` hears, in words, what keeps packets from being sent; undefined: no more. */
  open(path: SessionPath, nextPort: () => number, onTrouble: (message: string | undefined) => void): PacketSender
  /** Runs once whatever had already arrived by now has been received. */
  settled(run: () => void): void
}
