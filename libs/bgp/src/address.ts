import { type Ip, ipFromBytes, ipToBytes } from '@loadstone/ip'
import { bytes, convert } from '@loadstone/wire'

/** Four octets, network byte order: addresses, BGP Identifiers, cluster ids. */
export const ipv4 = convert(bytes(4), ipFromBytes, (ip: Ip) => ipToBytes(ip))

/** Sixteen octets. */
export const ipv6 = convert(bytes(16), ipFromBytes, (ip: Ip) => ipToBytes(ip))
