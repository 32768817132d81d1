import type { Ip, Mac } from '@loadstone/ip'
import { type ArpFrame, operation } from './frame'

const broadcast = 'ff:ff:ff:ff:ff:ff' as Mac
const noMac = '00:00:00:00:00:00' as Mac
const noIp = '0.0.0.0' as Ip

const ethernetIpv4 = {
  etherType: 0x0806,
  hardwareType: 1,
  protocolType: 0x0800,
  hardwareLength: 6,
  protocolLength: 4,
  padding: new Uint8Array(),
} as const

/** Who answers for an address: `mac`, by default the interface itself. `source` is the interface's own MAC, from which switches learn. */
export type ArpAnnouncer = { readonly source: Mac; readonly mac?: Mac }

/**
 * Gratuitous ARP for `ip`, broadcast: as a request (RFC 5227 §2.3; §3 found stacks that ignore gratuitous replies), and as a reply for
 * stacks that ignore requests. RFC 5944 §4.6 allows both; the reply's target MAC is the one that hosts store.
 */
export function announcements({ source, mac = source }: ArpAnnouncer, ip: Ip): readonly [request: ArpFrame, reply: ArpFrame] {
  const both = { ...ethernetIpv4, destination: broadcast, source, senderMac: mac, senderIp: ip, targetIp: ip }
  return [
    { ...both, operation: operation.request, targetMac: noMac },
    { ...both, operation: operation.reply, targetMac: mac },
  ]
}

/** RFC 5227 §2.1.1: a probe for `ip`. The sender's address is zero, so that no cache changes. */
export function probe(source: Mac, ip: Ip): ArpFrame {
  return {
    ...ethernetIpv4,
    destination: broadcast,
    source,
    operation: operation.request,
    senderMac: source,
    senderIp: noIp,
    targetMac: noMac,
    targetIp: ip,
  }
}

/** RFC 826: a request for `ip`, broadcast or to the one station `of`: its reply shows that it still answers for `ip`. */
export function request(source: Mac, senderIp: Ip, ip: Ip, of: Mac = broadcast): ArpFrame {
  return {
    ...ethernetIpv4,
    destination: of,
    source,
    operation: operation.request,
    senderMac: source,
    senderIp,
    targetMac: noMac,
    targetIp: ip,
  }
}

/** RFC 826: the reply to `request`: its fields swapped, the hardware address filled in. */
export function replyTo(request: ArpFrame, { source, mac = source }: ArpAnnouncer): ArpFrame {
  const { senderMac, senderIp, targetIp } = request
  return {
    ...ethernetIpv4,
    destination: senderMac,
    source,
    operation: operation.reply,
    senderMac: mac,
    senderIp: targetIp,
    targetMac: senderMac,
    targetIp: senderIp,
  }
}
