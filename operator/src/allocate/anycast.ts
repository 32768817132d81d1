import type { Block } from '../model/definitions'

const lowHalf = (1n << 64n) - 1n

/**
 * Whether an IPv6 address is an anycast address of its subnet, which nodes answer or which is kept for mobile IP: the first of a prefix
 * (RFC 4291 §2.6.1), of a /64 in particular, and the highest 128 of a /64 (RFC 2526 §2). Nobody is given one without asking for it by
 * name. A /127 has none (RFC 6164 §4), nor has a single address.
 */
export function isAnycast({ family, first, last, prefix }: Block, value: bigint): boolean {
  if (family === 'ipv4' || last - first < 2n) return false
  const low = value & lowHalf
  return (prefix && value === first) || low === 0n || (low >= 0xfdff_ffff_ffff_ff80n && low <= 0xfdff_ffff_ffff_ffffn)
}
