import { compareIps, type Family, familyOf, fromBigInt, type Ip, parseIp, toBigInt, widthOf } from './ip'
import { type Prefix, parsePrefix } from './prefix'

/** Both ends belong to it, both are of one family, first ≤ last. */
export type Range = { readonly first: Ip; readonly last: Ip }
export type RangeProblem = 'malformed' | 'start-after-end' | 'mixed-families'

/** A pool entry: a CIDR, or `start-end` with spaces allowed around each end (MetalLB's syntax). */
export function parseRange(text: string): Range | RangeProblem {
  const prefix = parsePrefix(text)
  if (prefix !== undefined) return prefixRange(prefix)
  const [first, last, ...more] = text.split('-').map((end) => parseIp(end.trim()))
  if (first === undefined || last === undefined || more.length > 0) return 'malformed'
  if (familyOf(first) !== familyOf(last)) return 'mixed-families'
  return compareIps(first, last) > 0 ? 'start-after-end' : { first, last }
}

function prefixRange(prefix: Prefix): Range {
  const family = familyOf(prefix.ip)
  const size = 1n << BigInt(widthOf(family) - prefix.length)
  return { first: prefix.ip, last: fromBigInt(family, toBigInt(prefix.ip) + size - 1n) }
}

export const rangeFamily = (range: Range): Family => familyOf(range.first)

/** How many addresses: up to 2^128, hence bigint. */
export const rangeSize = (range: Range): bigint => toBigInt(range.last) - toBigInt(range.first) + 1n

export function rangeContains(range: Range, ip: Ip): boolean {
  return familyOf(ip) === rangeFamily(range) && compareIps(range.first, ip) <= 0 && compareIps(ip, range.last) <= 0
}

export function rangesOverlap(a: Range, b: Range): boolean {
  return rangeContains(a, b.first) || rangeContains(b, a.first)
}

/** The fewest prefixes that cover exactly the range, lowest first: 10.0.0.5-10.0.0.9 is .5/32, .6/31, .8/31. */
export function rangePrefixes(range: Range): readonly Prefix[] {
  const family = rangeFamily(range)
  const [width, end] = [widthOf(family), toBigInt(range.last)]
  const prefixes: Prefix[] = []
  for (let at = toBigInt(range.first); at <= end; ) {
    let host = 0
    while (host < width && (at & ((1n << BigInt(host + 1)) - 1n)) === 0n && at + (1n << BigInt(host + 1)) - 1n <= end) host++
    prefixes.push({ ip: fromBigInt(family, at), length: width - host })
    at += 1n << BigInt(host)
  }
  return prefixes
}
