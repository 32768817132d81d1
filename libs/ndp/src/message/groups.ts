import type { Ip, Mac } from '@loadstone/ip'
import { fromBigInt, ipToBytes, macFromBytes, toBigInt } from '@loadstone/ip/bytes'

/** All nodes of the link, RFC 4291 §2.7.1. */
export const allNodes = 'ff02::1' as Ip
/** All routers of the link. */
export const allRouters = 'ff02::2' as Ip

/** RFC 4291 §2.7.1: the group whose members may hold `ip`, by its last 24 bits: where its solicitations go. */
export function solicitedNodeGroup(ip: Ip): Ip {
  return fromBigInt('ipv6', 0xff02_0000_0000_0000_0000_0001_ff00_0000n | (toBigInt(ip) & 0xff_ffffn))
}

/** RFC 2464 §7: the MAC of an IPv6 group, 33:33 and its last four octets. */
export function groupMac(group: Ip): Mac {
  return macFromBytes(Uint8Array.of(0x33, 0x33, ...ipToBytes(group).subarray(12))) as Mac
}
