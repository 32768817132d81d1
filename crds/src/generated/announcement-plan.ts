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
    readonly address?: string
    /** The interface on which the router is found by its router advertisements. */
    readonly interface?: string
    /** The router's TCP port. */
    readonly port: number
    /** The AS number to state. */
    readonly myASN: number
    /** The AS number the router must state. */
    readonly peerASN?: number
    /** The router may state any AS number but ours (external), or must state ours (internal). */
    readonly dynamicASN?: ('external' | 'internal')
    /**
     * Address families to offer.
     *
     * @minItems 1
     * @maxItems 2
     */
    readonly families: readonly ('ipv4' | 'ipv6')[]
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
    /** The VRF device to connect from. */
    readonly vrf?: string
    /** Whether a router of another AS may be more than one hop away. */
    readonly ebgpMultiHop: boolean
    /** How long the router is asked to keep our routes while we restart. Absent, it is not asked. */
    readonly gracefulRestartSeconds?: number
    /** How BFD watches the router. */
    readonly bfd?: {
      /** Name of the BFDProfile. */
      readonly profile: string
      /** How fast the router may send at most. */
      readonly receiveIntervalMillis: number
      /** How fast we want to send. */
      readonly transmitIntervalMillis: number
      /** How many of our packets in a row may be lost. */
      readonly detectMultiplier: number
      /** Whether to wait for the router's first packet. */
      readonly passive: boolean
      /** With multihop, the least TTL a packet may arrive with. */
      readonly minimumTtl?: number
    }
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
  /** Why the node is not told to leave although it should, a reason and a sentence. Never beside leaving. */
  readonly staying?: string
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
    /** The router's IP address; without spec.address, once it is found. */
    readonly address?: string
    /** State of the session (RFC 4271 §8.2.2). */
    readonly state: ('Idle' | 'Connect' | 'Active' | 'OpenSent' | 'OpenConfirm' | 'Established')
    /** When it entered that state. */
    readonly since: string
    /** IPv4 prefixes the router has been told. */
    readonly announcedIPv4: number
    /** IPv6 prefixes the router has been told. */
    readonly announcedIPv6: number
    /** What both ends agreed on, while the session is established. */
    readonly negotiated?: {
      /** The AS number the router states. */
      readonly peerASN: number
      /** The router's BGP identifier. */
      readonly routerID: string
      /** Hold time in force, 0 for none. */
      readonly holdSeconds: number
      /** Interval of our keepalives, 0 for none. */
      readonly keepaliveSeconds: number
      /**
       * What both can do, in words.
       *
       * @maxItems 64
       */
      readonly capabilities: readonly string[]
    }
    /** How BFD sees the router. */
    readonly bfd?: {
      /** State of the BFD session (RFC 5880 §6.2). */
      readonly state: ('AdminDown' | 'Down' | 'Init' | 'Up')
      /** When it entered that state. */
      readonly since: string
      /** So much silence means that the router is lost. */
      readonly detectionMillis?: number
      /** Why it is not up, or went down last. */
      readonly lastError?: string
    }
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
