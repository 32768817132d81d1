import { isIPv4, isIPv6 } from 'node:net'

declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** Canonical text (RFC 5952 for IPv6). Equal addresses are equal strings, so Ip is a safe Map key; only parseIp makes one. */
export type Ip = Brand<string, 'Ip'>
export type Family = 'ipv4' | 'ipv6'
/** Both, in the order in which people list them. */
export const families: readonly Family[] = ['ipv4', 'ipv6']

/** Strict: no octal octets, no missing parts, no zone, no surrounding space. An IPv4-mapped IPv6 address becomes the IPv4 one. */
export function parseIp(text: string): Ip | undefined {
  if (isIPv4(text)) return text as Ip
  if (!isIPv6(text) || text.includes('%')) return undefined
  const bits = ipv6ToBigInt(text)
  return bits >> 32n === 0xffffn ? fromBigInt('ipv4', bits & 0xffff_ffffn) : fromBigInt('ipv6', bits)
}

export const familyOf = (ip: Ip): Family => (ip.includes(':') ? 'ipv6' : 'ipv4')

/** Bits of an address of the family: 32 or 128. */
export const widthOf = (family: Family): number => (family === 'ipv4' ? 32 : 128)

export function toBigInt(ip: Ip): bigint {
  return familyOf(ip) === 'ipv4' ? BigInt(ipv4ToNumber(ip)) : ipv6ToBigInt(ip)
}

/** The inverse of toBigInt. The value must fit the family. */
export function fromBigInt(family: Family, value: bigint): Ip {
  return (family === 'ipv4' ? ipv4Text(Number(value)) : ipv6Text(value)) as Ip
}

/** Network byte order: 4 or 16 octets. */
export function ipToBytes(ip: Ip): Uint8Array {
  const size = widthOf(familyOf(ip)) / 8
  const value = toBigInt(ip)
  return Uint8Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * (size - 1 - i))) & 0xffn))
}

/** From 4 or 16 octets in network byte order; undefined for any other length. An IPv4-mapped address stays IPv6. */
export function ipFromBytes(bytes: Uint8Array): Ip | undefined {
  if (bytes.length !== 4 && bytes.length !== 16) return undefined
  const value = bytes.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n)
  return fromBigInt(bytes.length === 4 ? 'ipv4' : 'ipv6', value)
}

/** Orders IPv4 before IPv6, then by value. */
export function compareIps(a: Ip, b: Ip): number {
  if (familyOf(a) !== familyOf(b)) return familyOf(a) === 'ipv4' ? -1 : 1
  const [left, right] = [toBigInt(a), toBigInt(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** RFC 4291 §2.5.6: fe80::/10. Such an address has a meaning on one link only. */
export const isLinkLocal = (ip: Ip): boolean => /^fe[89ab][0-9a-f]:/.test(ip)

const ipv4ToNumber = (text: string): number => text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
const ipv4Text = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')

function ipv6ToBigInt(text: string): bigint {
  const dotted = text.lastIndexOf('.') > 0 ? text.slice(text.lastIndexOf(':') + 1) : undefined
  const plain = dotted === undefined ? text : text.slice(0, -dotted.length) + hextetsOfIpv4(dotted)
  const [head = '', tail] = plain.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].reduce((sum, hextet) => (sum << 16n) | BigInt(`0x${hextet}`), 0n)
}

function hextetsOfIpv4(dotted: string): string {
  const value = ipv4ToNumber(dotted)
  return `${Math.floor(value / 65_536).toString(16)}:${(value % 65_536).toString(16)}`
}

/** RFC 5952 §4: lower case, no leading zeros, the longest run of at least two zero groups shortened, the first on a tie. */
function ipv6Text(value: bigint): string {
  const hextets = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(16 * (7 - i))) & 0xffffn))
  let [start, length] = [0, 0]
  for (let i = 0; i < 8; i++) {
    let end = i
    while (end < 8 && hextets[end] === 0) end++
    if (end - i > length) [start, length] = [i, end - i]
  }
  const text = (part: readonly number[]): string => part.map((hextet) => hextet.toString(16)).join(':')
  if (length < 2) return text(hextets)
  return `${text(hextets.slice(0, start))}::${text(hextets.slice(start + length))}`
}
