import type { Ip } from '@loadstone/ip'
import { ipFromBytes, ipToBytes } from '@loadstone/ip/bytes'
import { bits, bytes, type Codec, convert, encodeToBytes, only, Reader, refine, struct, u8, u16, u32, WireError } from '@loadstone/wire'

export const ipv6 = convert(bytes(16), ipFromBytes, ipToBytes)

const icmpv6 = 58

/** RFC 8200 §3. Only hop limit 255 will do: a router that forwarded the packet would have counted it down (RFC 4861 §7.1). */
const header = struct({
  lead: refine(bits({ version: 4, trafficClass: 8, flowLabel: 20 }), ({ version }) => (version === 6 ? undefined : 'version')),
  payloadLength: u16,
  nextHeader: only(u8, icmpv6),
  hopLimit: only(u8, 255),
  source: ipv6,
  destination: ipv6,
})

/** RFC 8200 §8.1: what the checksum covers beside the message. */
const pseudoHeader = struct({ source: ipv6, destination: ipv6, length: u32, nextHeader: u32 })

export type Icmpv6<T> = {
  readonly trafficClass: number
  readonly flowLabel: number
  readonly source: Ip
  readonly destination: Ip
  readonly message: T
}

/**
 * An ICMPv6 message in its IPv6 packet. The length is a window and the checksum is checked, so neither is a field of the value; `message`
 * is a codec of the whole message that writes zero where its checksum goes.
 */
export const icmpv6Packet = <T>(message: Codec<T>): Codec<Icmpv6<T>> => ({
  decode: (from, field) => {
    const { lead, payloadLength, source, destination } = header.decode(from, field)
    const at = from.at
    const octets = from.take(payloadLength, `${field}.message`)
    if (checksum({ source, destination }, octets) !== 0) throw new WireError('out-of-range', at + checksumAt, `${field}.message.checksum`)
    const window = new Reader(octets, at)
    const value = message.decode(window, `${field}.message`)
    window.end(`${field}.message`)
    return { trafficClass: lead.trafficClass, flowLabel: lead.flowLabel, source, destination, message: value }
  },
  encode: (to, { trafficClass, flowLabel, source, destination, message: value }, field) => {
    const octets = encodeToBytes(message, value, `${field}.message`)
    const sum = checksum({ source, destination }, octets)
    octets.set([sum >> 8, sum & 255], checksumAt)
    const lead = { version: 6, trafficClass, flowLabel }
    header.encode(to, { lead, payloadLength: octets.length, nextHeader: icmpv6, hopLimit: 255, source, destination }, field)
    to.put(octets)
  },
})

/** In every ICMPv6 message, RFC 4443 §2.1. */
const checksumAt = 2

/** RFC 4443 §2.3: zero over a message that carries its checksum, the checksum itself over one that carries zero. */
function checksum(between: Pick<Icmpv6<unknown>, 'source' | 'destination'>, message: Uint8Array): number {
  const beside = encodeToBytes(pseudoHeader, { ...between, length: message.length, nextHeader: icmpv6 }, 'pseudo-header')
  return ~fold(sumOf(beside) + sumOf(message)) & 0xffff
}

const sumOf = (octets: Uint8Array): number => octets.reduce((sum, octet, i) => sum + (i % 2 === 0 ? octet << 8 : octet), 0)

/** One's complement: what overflows 16 bits is added again (RFC 1071). */
const fold = (sum: number): number => (sum > 0xffff ? fold((sum & 0xffff) + Math.floor(sum / 0x1_0000)) : sum)
