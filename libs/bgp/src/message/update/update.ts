import type { Family, Ip } from '@loadstone/ip'
import { only, prefixed, rest, struct, u16, type ValueOf } from '@loadstone/wire'
import type { Fault } from '../error-codes'
import type { Aggregator, AsPathSegment } from './as-path'
import type { RawAttribute } from './attribute'
import type { LargeCommunity, StandardCommunity } from './community'
import type { ExtendedCommunity } from './extended-community'
import type { Path } from './nlri'

/** UPDATE, RFC 4271 §4.3, its three parts still opaque: each has errors of its own (RFC 7606). */
export const updateMessage = struct({ withdrawn: prefixed(u16, rest), attributes: prefixed(u16, rest), nlri: rest })
/** The beginning of an UPDATE without withdrawals: the length of its attributes. */
export const updateLead = struct({ withdrawn: only(u16, 0), attributes: u16 })
export type UpdateMessage = ValueOf<typeof updateMessage>

/** The path attributes of received routes. An attribute is absent if it was not received or had to be discarded. */
export type Attributes = {
  readonly origin?: Origin
  readonly asPath?: readonly AsPathSegment[]
  readonly med?: number
  readonly localPref?: number
  readonly atomicAggregate?: true
  readonly aggregator?: Aggregator
  readonly communities?: readonly StandardCommunity[]
  readonly extendedCommunities?: readonly ExtendedCommunity[]
  readonly largeCommunities?: readonly LargeCommunity[]
  readonly originatorId?: Ip
  readonly clusterList?: readonly Ip[]
  /** RFC 9234 §5. */
  readonly onlyToCustomer?: number
  /** Attributes this library does not know, as they came. */
  readonly unknown: readonly RawAttribute[]
}

/** Paths of one family with the same next hop. */
export type AnnouncedPaths = {
  readonly family: Family
  /** The global address, and a link-local one if it came too (RFC 2545 §3). */
  readonly nextHops: readonly Ip[]
  readonly paths: readonly Path[]
}
/** Withdrawn paths of one family. */
export type WithdrawnPaths = { readonly family: Family; readonly paths: readonly Path[] }

/** A received UPDATE, judged by RFC 7606: what it announces and withdraws after every remedy was applied. */
export type Update = {
  readonly announced: readonly AnnouncedPaths[]
  readonly withdrawn: readonly WithdrawnPaths[]
  readonly attributes: Attributes
  /** End-of-RIB of this family, RFC 4724 §2. */
  readonly endOfRib?: Family
  /** Malformed attributes that were tolerated by RFC 7606. */
  readonly faults: readonly Fault[]
  /** A family that cannot be parsed any more: its routes are ignored until the next session (RFC 7606 §2). */
  readonly disabled?: Family
}

/** RFC 4271 §4.3 a): how the route came into BGP. */
export type Origin = 'igp' | 'egp' | 'incomplete'
