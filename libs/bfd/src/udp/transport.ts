import type { Family, Ip } from '@loadstone/ip'

/** RFC 5881 §4 and RFC 5883 §5: the ports tell single-hop from multihop. */
export const controlPort = { singleHop: 3784, multihop: 4784 } as const

/** RFC 5881 §4: the range of a session's source port, which stays the same while the session lives. */
export const sourcePorts = { first: 49_152, last: 65_535 } as const

/** The path of a session's packets. */
export type SessionPath = {
  readonly peer: Ip
  /** Source address, and the only address at which packets are accepted. Absent: the kernel chooses. */
  readonly local?: Ip
  /** Interface on which packets are sent and accepted. Absent: any. */
  readonly interface?: string
  /** RFC 5883 in place of RFC 5881. */
  readonly multihop: boolean
}

/** A datagram received on one of the control ports. */
export type Arrival = {
  readonly octets: Uint8Array
  readonly from: Ip
  readonly to?: Ip
  /** Index of the receiving interface. */
  readonly link?: number
  /** TTL or hop limit of the received packet. */
  readonly ttl: number
  readonly multihop: boolean
  /** Time since the kernel received the packet. */
  readonly lateMicros: number
}

/** The sending socket of a session. It opens by itself and retries, because its interface may appear later. */
export type PacketSender = {
  /** Index of the path's interface, once known. */
  readonly link: number | undefined
  /** Sends a packet. Returns whether the kernel took it. */
  send(octets: Uint8Array): boolean
  close(): void
}

/** What sessions need of UDP. udpTransport() is that of the system. */
export type UdpTransport = {
  /** Receives on the control port of this family and kind until the returned function is called. Throws the system's error if the port is taken. */
  listen(what: { readonly family: Family; readonly multihop: boolean }, receive: (arrival: Arrival) => void): () => void
  /**
   * Opens a sender. `nextPort` gives source ports to try until one is free. `onTrouble` gets a sentence about why packets cannot be sent,
   * and undefined once they can.
   */
  open(path: SessionPath, nextPort: () => number, onTrouble: (message: string | undefined) => void): PacketSender
  /** Calls `run` once every packet that the kernel had by now has been received. */
  settled(run: () => void): void
}
