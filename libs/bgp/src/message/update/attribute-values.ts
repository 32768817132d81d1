import { bytes, type Codec, convert, many, prefixed, refine, rest, struct, u8, u32 } from '@loadstone/wire'
import { afiSafi, ipv4 } from '../family'
import {
  communityFromNumber,
  communityToNumber,
  type LargeCommunity,
  largeCommunityFromNumbers,
  largeCommunityToNumbers,
} from './community'
import { type ExtendedCommunity, extendedFromBytes, extendedToBytes } from './extended-community'
import type { Origin } from './update'

const origins = ['igp', 'egp', 'incomplete'] as const satisfies readonly Origin[]

/** RFC 4271 §4.3 a). */
export const origin: Codec<Origin> = convert(
  u8,
  (octet) => origins[octet],
  (name: Origin) => origins.indexOf(name),
)

/** RFC 7606 §7.8: never empty. */
const some = <T>(item: Codec<T>): Codec<readonly T[]> =>
  refine(many(item), (items) => (items.length === 0 ? 'must not be empty' : undefined))

/** RFC 1997. */
export const communities = some(convert(u32, communityFromNumber, communityToNumber))

const distinct = <T>(items: readonly T[]): readonly T[] => [...new Set(items)]

/** RFC 8092 §3: none is sent twice, and one that came twice counts once. */
export const largeCommunities = convert(
  some(
    convert(
      struct({ global: u32, first: u32, second: u32 }),
      ({ global, first, second }) => largeCommunityFromNumbers(global, first, second),
      (community: LargeCommunity) => {
        const [global = 0, first = 0, second = 0] = largeCommunityToNumbers(community)
        return { global, first, second }
      },
    ),
  ),
  distinct,
  distinct,
)

/** RFC 4360 §2. */
export const extendedCommunities = some(convert(bytes(8), extendedFromBytes, (community: ExtendedCommunity) => extendedToBytes(community)))

/** NEXT_HOP, RFC 4271 §6.3: the address of a host, which none in 0/8, 127/8 and from 224 on is. */
export const hostAddress = refine(ipv4, (ip) => {
  const first = Number.parseInt(ip, 10)
  return first === 0 || first === 127 || first >= 224 ? 'no address of a host' : undefined
})

/** RFC 4456 §8. */
export const clusterList = some(ipv4)

/** MP_REACH_NLRI, RFC 4760 §3: the next hop's length depends on family and what was agreed, so it is looked at later. */
export const mpReach = struct({ family: afiSafi, nextHop: prefixed(u8, rest), reserved: u8, nlri: rest })
/** MP_UNREACH_NLRI, RFC 4760 §4. */
export const mpUnreach = struct({ family: afiSafi, nlri: rest })
