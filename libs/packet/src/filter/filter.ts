/**
 * One condition on a packet: the big-endian number of `size` octets at `at` is one of `is`. Offsets count from what the socket reads:
 * the Ethernet header of a packet socket, the UDP header of a UDP socket.
 */
export type FilterCheck = {
  readonly size: 1 | 2 | 4
  /** 'network' counts from the IP header; 'kind' is the packet type (PACKET_HOST …), where `at` is 0. */
  readonly from?: 'packet' | 'network' | 'kind'
  readonly at: number
  /** One to eight values. */
  readonly is: readonly number[]
}

/** A packet passes when every check holds; a packet too short for a check does not. */
export type Filter = readonly FilterCheck[]

/** PACKET_HOST, PACKET_BROADCAST, PACKET_MULTICAST: neither frames of this host nor frames to others nor those of unknown VLANs. */
const forUs: FilterCheck = { size: 1, from: 'kind', at: 0, is: [0, 1, 2] }

export const filters = {
  /** ARP requests and replies for IPv4 over Ethernet, RFC 826. */
  arp: [
    forUs,
    { size: 2, at: 12, is: [0x0806] },
    { size: 4, at: 14, is: [0x0001_0800] },
    { size: 2, at: 18, is: [0x0604] },
    { size: 2, at: 20, is: [1, 2] },
  ],
  /** Neighbour solicitations and advertisements that no router forwarded: hop limit 255, RFC 4861 §7.1. */
  ndp: [forUs, { size: 2, at: 12, is: [0x86dd] }, { size: 2, at: 20, is: [0x3aff] }, { size: 2, at: 54, is: [0x8700, 0x8800] }],
  /** Router advertisements from a link-local address (fe80::/16 only, which all implementations use) with hop limit 255, RFC 4861 §6.1.2. */
  routers: [
    forUs,
    { size: 2, at: 12, is: [0x86dd] },
    { size: 2, at: 20, is: [0x3aff] },
    { size: 2, at: 22, is: [0xfe80] },
    { size: 2, at: 54, is: [0x8600] },
  ],
  /** GTSM on a UDP socket (RFC 5082; RFC 5881 §5): only datagrams with TTL 255. */
  udp4Ttl255: [{ size: 1, from: 'network', at: 8, is: [255] }],
  /** GTSM on a UDP socket over IPv6: only datagrams with hop limit 255. */
  udp6HopLimit255: [{ size: 1, from: 'network', at: 7, is: [255] }],
} as const satisfies Readonly<Record<string, Filter>>
