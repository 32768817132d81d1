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

/** A MAC that answers for an address. `source` is the interface that says so: switches learn from it, so it is always our own. */
export type Announcer = { readonly source: Mac; readonly mac?: Mac }

/**
 * That `ip` is at our MAC, to everybody: as a request (RFC 5227 §2.3; §3 found stacks that ignore gratuitous replies), and as a reply for
 * those that heed nothing else. Both are forms that RFC 5944 §4.6 allows; in the reply the target MAC is the one to remember.
 */
export function announcements({ source, mac = source }: Announcer, ip: Ip): readonly [request: ArpFrame, reply: ArpFrame] {
  const both = { ...ethernetIpv4, destination: broadcast, source, senderMac: mac, senderIp: ip, targetIp: ip }
  return [
    { ...both, operation: operation.request, targetMac: noMac },
    { ...both, operation: operation.reply, targetMac: mac },
  ]
}

/** RFC 5227 §2.1.1: is anybody using `ip`? The sender's address is zero, so that no cache is touched. */
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

/** RFC 826: who has `ip`? Asked of one station when `of` is given: its answer shows that it is alive and still answers for `ip`. */
export function question(source: Mac, senderIp: Ip, ip: Ip, of: Mac = broadcast): ArpFrame {
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

/** RFC 826: the fields swapped, the hardware address filled in. */
export function replyTo(asked: ArpFrame, { source, mac = source }: Announcer): ArpFrame {
  const { senderMac, senderIp, targetIp } = asked
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
