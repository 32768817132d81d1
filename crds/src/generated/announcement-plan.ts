// Generated from crds/manifests by crds/generate.mjs. Do not edit.
import type { ObjectMeta } from '../object-meta'
import type { Condition } from './shared'

/** What one node announces. It is named after its node; the operator writes spec, the node's speaker writes status. What is announced stands in the AnnouncementSlices and RouteSets it lists. */
export type AnnouncementPlan = {
  readonly apiVersion: 'loadstone.dev/v1alpha1'
  readonly kind: 'AnnouncementPlan'
  readonly metadata: ObjectMeta
  readonly spec: AnnouncementPlanSpec
  readonly status?: AnnouncementPlanStatus
}

/** What the speaker shall do. */
export type AnnouncementPlanSpec = {
  /** The node, which is also the name of this object. */
  readonly node: string
  /**
   * BGP sessions of the node, everything resolved; passwords by reference.
   *
   * @maxItems 256
   */
  readonly sessions: readonly {
    /** Name of the BGPPeer. Routes name their peers by it. */
    readonly peer: string
    /** The router's IP address. */
    readonly address: string
    /** The router's TCP port. */
    readonly port: number
    /** The AS number to state. */
    readonly myASN: number
    /** The AS number the router must state. */
    readonly peerASN: number
    /** Hold time to offer, 0 (never expires) or at least 3. */
    readonly holdSeconds: number
    /** Interval of keepalives, 0 for none. */
    readonly keepaliveSeconds: number
    /** How long one attempt to connect may take. */
    readonly connectSeconds: number
    /** BGP identifier to state. Absent, the local IPv4 address of the session. */
    readonly routerID?: string
    /** The local IP address to connect from. */
    readonly sourceAddress?: string
    /** Whether a router of another AS may be more than one hop away. */
    readonly ebgpMultiHop: boolean
    /** The Secret that holds the TCP-MD5 key. */
    readonly passwordSecret?: {
      /** Its name. */
      readonly name: string
      /** Changes whenever the Secret does, which renews the session. */
      readonly resourceVersion: string
    }
  }[]
  /**
   * RouteSets that the node announces, by name. One that is listed but missing keeps its last known routes.
   *
   * @maxItems 4096
   */
  readonly routeSets: readonly string[]
  /**
   * AnnouncementSlices of the node, by name. One that is listed but missing keeps its last known content.
   *
   * @maxItems 4096
   */
  readonly slices: readonly string[]
  /**
   * Regular expressions of interfaces that never announce.
   *
   * @maxItems 256
   */
  readonly excludeInterfaces: readonly string[]
  /** Why the node must hand over what it announces, if it must. */
  readonly leaving?: ('shutdown' | 'out-of-service' | 'drain')
  /**
   * IP addresses of other speakers, for gossip.
   *
   * @maxItems 1024
   */
  readonly seeds: readonly string[]
}

/** What the speaker does, by its own word. */
export type AnnouncementPlanStatus = {
  /** The metadata.generation it carries out. */
  readonly observedGeneration: number
  /**
   * RouteSets it sees now. What is not here may be deleted.
   *
   * @maxItems 4096
   */
  readonly observedRouteSets: readonly string[]
  /**
   * AnnouncementSlices it sees now. What is not here may be deleted.
   *
   * @maxItems 4096
   */
  readonly observedSlices: readonly string[]
  /** One line for people, such as 12 addresses, 2 of 3 sessions established. */
  readonly summary?: string
  /**
   * Network interfaces that could announce.
   *
   * @maxItems 4096
   */
  readonly interfaces: readonly {
    /** Its name. */
    readonly name: string
    /** Its MAC address. */
    readonly mac: string
    /** Whether it has a carrier. */
    readonly up: boolean
    /** Its own IP addresses. */
    readonly addresses: readonly string[]
  }[]
  /**
   * BGP sessions and their state.
   *
   * @maxItems 256
   */
  readonly sessions: readonly {
    /** Name of the BGPPeer. */
    readonly peer: string
    /** The router's IP address. */
    readonly address: string
    /** State of the session (RFC 4271 §8.2.2). */
    readonly state: ('Idle' | 'Connect' | 'Active' | 'OpenSent' | 'OpenConfirm' | 'Established')
    /** When it entered that state. */
    readonly since: string
    /** Prefixes the router has been told. */
    readonly announced: number
    /** What went wrong last, and what to do about it. Kept until something else goes wrong. */
    readonly lastError?: string
  }[]
  /**
   * Addresses the node answers for now, by ARP or NDP.
   *
   * @maxItems 16384
   */
  readonly claims: readonly {
    /** The address. */
    readonly address: string
    /** Interfaces it is answered for on. */
    readonly interfaces: readonly string[]
    /** The term of the plan entry it rests on. */
    readonly term: number
    /** How often the address was taken over within that term. */
    readonly takeovers: number
  }[]
  /** Ready tells whether the speaker carries the plan out: it has read it, its sockets are open and its local addresses are answered for. Degraded tells what stands in the way of a part of it: a router that does not answer, an address that somebody else uses. */
  readonly conditions: readonly Condition[]
}
