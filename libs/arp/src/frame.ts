import { ipFromBytes, ipToBytes, macFromBytes, macToBytes } from '@loadstone/ip/bytes'
import { bytes, convert, only, rest, struct, u8, u16, type ValueOf } from '@loadstone/wire'

const mac = convert(bytes(6), macFromBytes, macToBytes)
const ipv4 = convert(bytes(4), ipFromBytes, ipToBytes)

/**
 * ARP for IPv4 in an Ethernet frame, RFC 826. The lengths are fixed because no other pair is ever announced. What follows the packet is
 * Ethernet's padding to 60 octets, which the sender's hardware adds.
 */
export const arpFrame = struct({
  destination: mac,
  source: mac,
  etherType: only(u16, 0x0806),
  hardwareType: only(u16, 1),
  protocolType: only(u16, 0x0800),
  hardwareLength: only(u8, 6),
  protocolLength: only(u8, 4),
  operation: u16,
  senderMac: mac,
  senderIp: ipv4,
  targetMac: mac,
  targetIp: ipv4,
  padding: rest,
})
export type ArpFrame = ValueOf<typeof arpFrame>

export const operation = { request: 1, reply: 2 } as const
