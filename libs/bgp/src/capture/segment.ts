import { hostAndPort } from '@loadstone/ip'
import { ipFromBytes } from '@loadstone/ip/bytes'
import { type Packet, viewOf } from './capture'

/** One TCP segment of a capture. */
export type TcpSegment = {
  readonly frame: number
  /** `192.0.2.1:179` or `[2001:db8::1]:179`. */
  readonly from: string
  readonly to: string
  readonly ports: readonly [number, number]
  readonly sequence: number
  readonly syn: boolean
  /** What the capture has of what it carried. */
  readonly payload: Uint8Array
  /** How much it carried. */
  readonly size: number
}

/** Where the IP packet begins, by link type of pcap; and where the EtherType stands, if there is one. */
type Link = { readonly header: number; readonly etherType?: number }
const links: ReadonlyMap<number, Link> = new Map([
  [0, { header: 4 }], // BSD loopback
  [1, { header: 14, etherType: 12 }], // Ethernet
  [12, { header: 0 }], // raw IP, as some systems number it
  [101, { header: 0 }], // raw IP
  [108, { header: 4 }], // OpenBSD loopback
  [113, { header: 16, etherType: 14 }], // Linux cooked
  [228, { header: 0 }], // raw IPv4
  [229, { header: 0 }], // raw IPv6
  [276, { header: 20, etherType: 0 }], // Linux cooked, version 2
])
const etherTypes = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100, serviceVlan: 0x88a8 } as const
const tcp = 6
/** IPv6 headers that may stand before TCP and say their length in the same way (RFC 8200 §4): hop-by-hop, routing, destination options. */
const extensions = new Set([0, 43, 60])

export const isKnownLink = (link: number): boolean => links.has(link)

/** Undefined for what is no TCP segment in one piece with its whole header. */
export function segmentOf({ frame, link, octets }: Packet): TcpSegment | undefined {
  const packet = ipPacketOf(links.get(link), octets)
  const version = (packet?.[0] ?? 0) >> 4
  if (packet === undefined || (version !== 4 && version !== 6)) return undefined
  const inside = version === 4 ? inIpv4(packet) : inIpv6(packet)
  return inside === undefined ? undefined : inTcp(frame, inside)
}

function ipPacketOf(link: Link | undefined, octets: Uint8Array): Uint8Array | undefined {
  if (link === undefined || octets.length < link.header) return undefined
  if (link.etherType === undefined) return octets.subarray(link.header)
  let [header, type] = [link.header, viewOf(octets).getUint16(link.etherType)]
  for (; (type === etherTypes.vlan || type === etherTypes.serviceVlan) && header + 4 <= octets.length; header += 4) {
    type = viewOf(octets).getUint16(header + 2)
  }
  return type === etherTypes.ipv4 || type === etherTypes.ipv6 ? octets.subarray(header) : undefined
}

/** What an IP packet carries: `size` octets on the wire, of which the capture has `octets`. */
type Inside = { readonly from: Uint8Array; readonly to: Uint8Array; readonly octets: Uint8Array; readonly size: number }

/** A total length of zero is what the kernel shows of a packet that the card will cut up. Padding behind the packet is left out. */
function inIpv4(packet: Uint8Array): Inside | undefined {
  if (packet.length < 20 || packet[9] !== tcp) return undefined
  const view = viewOf(packet)
  if ((view.getUint16(6) & 0x3fff) !== 0) return undefined // a fragment
  const [head, total] = [((packet[0] ?? 0) & 15) * 4, view.getUint16(2) || packet.length]
  return { from: packet.subarray(12, 16), to: packet.subarray(16, 20), octets: packet.subarray(head, total), size: total - head }
}

function inIpv6(packet: Uint8Array): Inside | undefined {
  if (packet.length < 40) return undefined
  const total = 40 + (viewOf(packet).getUint16(4) || packet.length - 40)
  let [next, head] = [packet[6] ?? 0, 40]
  while (extensions.has(next) && head + 8 <= packet.length) [next, head] = [packet[head] ?? 0, head + 8 + (packet[head + 1] ?? 0) * 8]
  if (next !== tcp) return undefined
  return { from: packet.subarray(8, 24), to: packet.subarray(24, 40), octets: packet.subarray(head, total), size: total - head }
}

function inTcp(frame: number, { from, to, octets, size }: Inside): TcpSegment | undefined {
  if (octets.length < 20) return undefined
  const view = viewOf(octets)
  const ports = [view.getUint16(0), view.getUint16(2)] as const
  const head = (view.getUint8(12) >> 4) * 4
  if (head < 20 || head > size) return undefined
  const syn = (view.getUint8(13) & 2) !== 0
  const ends = { from: endText(from, ports[0]), to: endText(to, ports[1]) }
  return { frame, ...ends, ports, sequence: view.getUint32(4), syn, payload: octets.subarray(head), size: size - head }
}

function endText(address: Uint8Array, port: number): string {
  const ip = ipFromBytes(address)
  return hostAndPort(String(ip), port)
}
