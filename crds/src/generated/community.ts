// Generated from crds/manifests by crds/generate.mjs. Do not edit.
import type { ObjectMeta } from '../object-meta'
import type { StatusCondition } from './shared'

/** Names for BGP communities, which BGPAdvertisements may then use. */
export type Community = {
  readonly apiVersion: 'metallb.io/v1beta1'
  readonly kind: 'Community'
  readonly metadata: ObjectMeta
  readonly spec?: CommunitySpec
  readonly status?: CommunityStatus
}

/** The names. A name may stand in one Community object only. */
export type CommunitySpec = {
  /**
   * Names and what they stand for.
   *
   * @maxItems 1024
   */
  readonly communities?: readonly {
    /** The name. */
    readonly name: string
    /** The community, as 64512:100 or large:64512:1:2. */
    readonly value: string
  }[]
}

/** What the operator makes of the names. */
export type CommunityStatus = {
  /** Accepted tells whether the object is in order; if not, reason and message tell why. InForce tells whether it has effect, which for an object that was in order before is what it said then. */
  readonly conditions?: readonly StatusCondition[]
}
