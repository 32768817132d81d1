import { type Family, families, type Ip } from '@loadstone/ip'
import { ipFromBytes, ipToBytes } from '@loadstone/ip/bytes'
import { bytes, convert, struct, u8, u16 } from '@loadstone/wire'

/** Four octets, network byte order: addresses, BGP Identifiers, cluster ids. */
export const ipv4 = convert(bytes(4), ipFromBytes, (ip: Ip) => ipToBytes(ip))

/** Address Family Identifiers that we route, RFC 4760; the SAFI is always unicast. */
export const afis: Readonly<Record<Family, number>> = { ipv4: 1, ipv6: 2 }
export const unicast = 1

/** Any AFI and SAFI, known or not. */
export const afiSafi = struct({ afi: u16, safi: u8 })

/** The unicast family of the pair, if it is supported. */
export const unicastFamily = (afi: number, safi: number): Family | undefined =>
  safi === unicast ? families.find((family) => afis[family] === afi) : undefined
