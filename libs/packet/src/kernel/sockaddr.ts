import { familyOf, type Ip } from '@loadstone/ip'
import { ipToBytes } from '@loadstone/ip/bytes'
import { domain, little } from './constants'

/** struct sockaddr_in or sockaddr_in6, by the family of the address. */
export function sockaddrIn(ip: Ip, port: number): Uint8Array {
  const v6 = familyOf(ip) === 'ipv6'
  const bytes = new Uint8Array(v6 ? 28 : 16)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, v6 ? domain.ipv6 : domain.ipv4, little)
  view.setUint16(2, port)
  bytes.set(ipToBytes(ip), v6 ? 8 : 4)
  return bytes
}

/** struct sockaddr_ll as bind takes it. */
export function sockaddrLl(ifIndex: number, etherType: number): Uint8Array {
  const bytes = new Uint8Array(20)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, domain.packet, little)
  view.setUint16(2, etherType)
  view.setInt32(4, ifIndex, little)
  return bytes
}

/** struct sockaddr_nl: the kernel picks the port; `groups` are RTMGRP bits. */
export function sockaddrNl(groups: number): Uint8Array {
  const bytes = new Uint8Array(12)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, domain.netlink, little)
  view.setUint32(8, groups, little)
  return bytes
}
