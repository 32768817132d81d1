import { type Ip, ipFromBytes, ipToBytes } from '@loadstone/ip'
import { bytes, convert } from '@loadstone/wire'

/** Four octets, network byte order: addresses, BGP Identifiers, cluster ids. */
export const ipv4 = convert(bytes(4), ipFromBytes, (ip: Ip) => ipToBytes(ip))

/** Sixteen octets. */
export const ipv6 = convert(bytes(16), ipFromBytes, (ip: Ip) => ipToBytes(ip))

/** RFC 4291 §2.5.6: fe80::/10. It means something on one link only. */
export const isLinkLocal = (ip: Ip): boolean => /^fe[89ab][0-9a-f]:/.test(ip)
