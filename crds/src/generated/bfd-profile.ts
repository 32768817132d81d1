// Generated from crds/manifests by crds/generate.mjs. Do not edit.
import type { ObjectMeta } from '../object-meta'
import type { StatusCondition } from './shared'

/** How a BGP session is watched by BFD (RFC 5880). BGPPeers refer to it by name. */
export type BFDProfile = {
  readonly apiVersion: 'metallb.io/v1beta1'
  readonly kind: 'BFDProfile'
  readonly metadata: ObjectMeta
  readonly spec?: BFDProfileSpec
  readonly status?: BFDProfileStatus
}

/** Intervals and mode. What is left out has the default given with it. */
export type BFDProfileSpec = {
  /** The shortest interval between control packets that we accept, in milliseconds. 300 if absent; below 50 it is 50. */
  readonly receiveInterval?: number
  /** The interval at which we want to send control packets, in milliseconds. 300 if absent; below 50 it is 50. */
  readonly transmitInterval?: number
  /** After how many missed packets the session is down. 3 if absent. */
  readonly detectMultiplier?: number
  /** The interval of echo packets. Without effect, for there are none. */
  readonly echoInterval?: number
  /** The echo function (RFC 5880 §6.4), which Loadstone does not have; sessions of a profile with it run without. */
  readonly echoMode?: boolean
  /** Whether to wait for the peer's first packet instead of sending one. */
  readonly passiveMode?: boolean
  /** Multihop sessions only, the lowest TTL a packet may arrive with. 254 if absent. */
  readonly minimumTtl?: number
}

/** What the operator makes of the profile. */
export type BFDProfileStatus = {
  /** Accepted tells whether the object is in order; if not, reason and message tell why. InForce tells whether it has effect, which for an object that was in order before is what it said then. */
  readonly conditions?: readonly StatusCondition[]
}
