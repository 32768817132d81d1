import { type Family, familyOf, type Ip, type Prefix } from '@loadstone/ip'
import { ipFromBytes, widthOf } from '@loadstone/ip/bytes'
import { Reader, WireError } from '@loadstone/wire'

declare const brand: unique symbol

/**
 * A prefix as it goes on the wire (RFC 4271 §4.3: length in bits, then the fewest octets), one character per octet. Equal prefixes of one
 * family are equal strings, so it is a Map key and the octets to send at once; a Uint8Array each would cost ten times the memory.
 */
export type Nlri = string & { readonly [brand]: 'Nlri' }

export function nlriOf({ ip, length }: Prefix): Nlri {
  const nlri = familyOf(ip) === 'ipv4' ? ipv4Nlri(ip, length) : ipv6Nlri(ip, length)
  return (octetsFor(length) + 1 === nlri.length ? nlri : nlri.slice(0, 1 + octetsFor(length))) as Nlri
}

const octetsFor = (bits: number): number => (bits + 7) >> 3

/** Canonical text, so nothing is checked; a character at a time, since at 100,000 routes reading addresses is most of the work. */
function ipv4Nlri(ip: Ip, length: number): string {
  let [address, value] = [0, 0]
  for (let i = 0; i < ip.length; i++) {
    const digit = ip.charCodeAt(i) - 48
    if (digit >= 0) value = value * 10 + digit
    else {
      address = (address << 8) | value
      value = 0
    }
  }
  return String.fromCharCode(length, (address >>> 16) & 0xff, (address >>> 8) & 0xff, address & 0xff, value)
}

/** The groups before `::` from the front, those after it against the end. */
function ipv6Nlri(ip: Ip, length: number): string {
  const octets = new Array<number>(17).fill(0)
  octets[0] = length
  let [at, hextet, gap] = [1, 0, -1]
  for (let i = 0; i < ip.length; i++) {
    const code = ip.charCodeAt(i)
    if (code !== colon) {
      hextet = hextet * 16 + (code <= nine ? code - 48 : code - 87)
      continue
    }
    if (i > 0 && ip.charCodeAt(i - 1) !== colon) at = put(octets, at, hextet)
    else if (i > 0) gap = at
    hextet = 0
  }
  if (ip.charCodeAt(ip.length - 1) !== colon) at = put(octets, at, hextet)
  if (gap >= 0) octets.copyWithin(17 - (at - gap), gap, at).fill(0, gap, 17 - (at - gap))
  return String.fromCharCode(...octets)
}

const [colon, nine] = [58, 57]

function put(octets: number[], at: number, hextet: number): number {
  octets[at] = hextet >> 8
  octets[at + 1] = hextet & 0xff
  return at + 2
}

export function prefixOfNlri(family: Family, nlri: Nlri): Prefix {
  const octets = Uint8Array.from({ length: widthOf(family) / 8 }, (_, i) => (i + 1 < nlri.length ? nlri.charCodeAt(i + 1) : 0))
  return prefixOfOctets(octets, nlri.charCodeAt(0))
}

/** One prefix received. */
export type Path = {
  readonly prefix: Prefix
  /** RFC 7911; only where add-path was agreed. */
  readonly pathId?: number
}

/** Every prefix of a field of NLRI, RFC 4271 §4.3 and RFC 7911 §3. Bits beyond a prefix's length mean nothing. Throws WireError. */
export function readNlri(octets: Uint8Array, family: Family, withPathId: boolean): readonly Path[] {
  const from = new Reader(octets)
  const paths: Path[] = []
  while (from.left > 0) {
    const pathId = withPathId ? { pathId: from.u32('path id') } : {}
    paths.push({ prefix: readPrefix(from, family), ...pathId })
  }
  return paths
}

function readPrefix(from: Reader, family: Family): Prefix {
  const at = from.at
  const length = from.u8('prefix length')
  if (length > widthOf(family)) throw new WireError('out-of-range', at, 'prefix length')
  const address = new Uint8Array(widthOf(family) / 8)
  address.set(from.take(octetsFor(length), 'prefix'))
  const last = length >> 3
  if (last < address.length) address[last] = (address[last] ?? 0) & (0xff00 >> (length & 7))
  return prefixOfOctets(address, length)
}

function prefixOfOctets(address: Uint8Array, length: number): Prefix {
  const ip = address.length === 4 ? (address.join('.') as Ip) : ipFromBytes(address)
  if (ip === undefined) throw new WireError('out-of-range', 0, 'prefix')
  return { ip, length }
}
