import { type Family, familyOf, fromBigInt, type Ip, parseIp, toBigInt, widthOf } from './ip'

/** A network: host bits are zero. */
export type Prefix = { readonly ip: Ip; readonly length: number }

/** `address/length`. Host bits are cleared, as MetalLB does; anything else that is not exact text is refused. */
export function parsePrefix(text: string): Prefix | undefined {
  const [, address = '', digits = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? []
  const ip = parseIp(address)
  if (ip === undefined) return undefined
  const length = Number(digits) - mappedBits(address, ip)
  return length < 0 || length > widthOf(familyOf(ip)) ? undefined : prefixOf(ip, length)
}

/** ::ffff:192.0.2.0/120 was parsed to IPv4, so its length loses the 96 bits of the mapping. */
const mappedBits = (text: string, ip: Ip): number => (text.includes(':') && familyOf(ip) === 'ipv4' ? 96 : 0)

/** The network of that length around an address. */
export function prefixOf(ip: Ip, length: number): Prefix {
  const family = familyOf(ip)
  const host = BigInt(widthOf(family) - length)
  return { ip: fromBigInt(family, (toBigInt(ip) >> host) << host), length }
}

export const prefixText = (prefix: Prefix): string => `${prefix.ip}/${prefix.length}`

export const prefixFamily = (prefix: Prefix): Family => familyOf(prefix.ip)

export function prefixContains(prefix: Prefix, ip: Ip): boolean {
  if (familyOf(ip) !== familyOf(prefix.ip)) return false
  const host = BigInt(widthOf(familyOf(ip)) - prefix.length)
  return toBigInt(ip) >> host === toBigInt(prefix.ip) >> host
}
