import { parseIp } from '@loadstone/ip'
import { ipFromBytes, ipToBytes } from '@loadstone/ip/bytes'
import { bytes, decodeExactly, encodeToBytes, struct, u8, u16, u32 } from '@loadstone/wire'

declare const brand: unique symbol

/**
 * RFC 4360: `rt:65001:7` and `soo:65001:7` (two-octet AS, or four-octet AS when it needs four), `rt:192.0.2.1:7`; every other one as its
 * eight octets, `0x4004…`. Equal communities are equal strings.
 */
export type ExtendedCommunity = string & { readonly [brand]: 'ExtendedCommunity' }

const subtypes = { rt: 2, soo: 3 } as const
type Word = keyof typeof subtypes

/** RFC 4360 §3.1, §3.2 and RFC 5668 §2: who administers the number, by type octet. */
const byTwoOctetAs = struct({ type: u8, subtype: u8, as: u16, value: u32 })
const byAddress = struct({ type: u8, subtype: u8, address: bytes(4), value: u16 })
const byFourOctetAs = struct({ type: u8, subtype: u8, as: u32, value: u16 })

/** Reads `rt:`, `soo:` or eight octets as `0x…`. Undefined for any other text, or for a number that does not fit. */
export function parseExtendedCommunity(text: string): ExtendedCommunity | undefined {
  if (/^0x[0-9a-f]{16}$/.test(text)) return extendedFromBytes(Buffer.from(text.slice(2), 'hex'))
  const [, word, administrator = '', digits] = /^(rt|soo):([^:]+):(0|[1-9]\d{0,9})$/.exec(text) ?? []
  if (word === undefined) return undefined
  const octets = fromParts(subtypes[word as Word], administrator, Number(digits))
  return octets === undefined ? undefined : extendedFromBytes(octets)
}

function fromParts(subtype: number, administrator: string, value: number): Uint8Array | undefined {
  const ip = parseIp(administrator)
  if (ip !== undefined) {
    const address = ipToBytes(ip)
    return value > 0xffff || address.length !== 4 ? undefined : encodeToBytes(byAddress, { type: 1, subtype, address, value }, 'community')
  }
  if (!/^(0|[1-9]\d{0,9})$/.test(administrator)) return undefined
  const as = Number(administrator)
  if (as <= 0xffff) return value > 0xffff_ffff ? undefined : encodeToBytes(byTwoOctetAs, { type: 0, subtype, as, value }, 'community')
  return as > 0xffff_ffff || value > 0xffff ? undefined : encodeToBytes(byFourOctetAs, { type: 2, subtype, as, value }, 'community')
}

/** From exactly eight octets; any other number has no community. */
export function extendedFromBytes(octets: Uint8Array): ExtendedCommunity | undefined {
  if (octets.length !== 8) return undefined
  return (named(octets) ?? `0x${Buffer.from(octets).toString('hex')}`) as ExtendedCommunity
}

function named(octets: Uint8Array): string | undefined {
  const [type, subtype] = octets
  const word = (Object.keys(subtypes) as Word[]).find((name) => subtypes[name] === subtype)
  if (word === undefined) return undefined
  switch (type) {
    case 0: {
      const { as, value } = decodeExactly(byTwoOctetAs, octets, 'community')
      return `${word}:${as}:${value}`
    }
    case 1: {
      const { address, value } = decodeExactly(byAddress, octets, 'community')
      return `${word}:${ipFromBytes(address)}:${value}`
    }
    case 2: {
      const { as, value } = decodeExactly(byFourOctetAs, octets, 'community')
      return as > 0xffff ? `${word}:${as}:${value}` : undefined
    }
    default:
      return undefined
  }
}

export function extendedToBytes(community: ExtendedCommunity): Uint8Array {
  if (community.startsWith('0x')) return Uint8Array.from(Buffer.from(community.slice(2), 'hex'))
  const [word, administrator = '', value] = community.split(':')
  const octets = fromParts(subtypes[word as Word], administrator, Number(value))
  if (octets === undefined) throw new RangeError(`"${community}" is no extended community: make one with parseExtendedCommunity`)
  return octets
}
