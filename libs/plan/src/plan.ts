import type { Family, Ip } from '@loadstone/ip'

/**
 * The contract between operator and speaker, and the only thing they share (docs/design.md §1). These are the `spec` and `status` of
 * the three kinds of loadstone.dev/v1alpha1; crds/ holds their schemas, and a test holds both to each other.
 */
export const planGroup = 'loadstone.dev'
export const planVersion = 'v1alpha1'

/** Entries and routes of one AnnouncementSlice together, and routes of one RouteSet. Above it the API object would grow too large. */
export const maxEntries = 256

/** On AnnouncementSlice: the node it is for (see nodeLabel). A speaker selects its slices by it. */
export const nodeLabelKey = 'loadstone.dev/node'

/** On RouteSet, always 'shared': the one selector with which every speaker watches route sets. */
export const routesLabelKey = 'loadstone.dev/routes'

/** Namespaced `namespace/name` of a Service. */
export type ServiceKey = string

export type SecretReference = {
  readonly name: string
  /** Changes whenever the Secret does, so that a new password renews the session. */
  readonly resourceVersion: string
}

/** No BFD session is faster: what a profile asks for below it runs at it (docs of libs/bfd). A test holds libs/bfd to it. */
export const fastestBfdMillis = 50

/** The BFDProfile of a session, resolved (RFC 5880 §6.8.1). Times in milliseconds, as people write them. */
export type PlannedBfd = {
  /** Name of the BFDProfile, for people. */
  readonly profile: string
  readonly receiveIntervalMillis: number
  readonly transmitIntervalMillis: number
  readonly detectMultiplier: number
  /** Wait for the router's first packet (RFC 5880 §6.1). */
  readonly passive: boolean
  /** Multihop sessions take no packet that arrives with less. Single hop always demands 255 (RFC 5881 §5). */
  readonly minimumTtl?: number
}

/**
 * One BGP session this node holds. The BGPPeer is resolved: whatever the speaker needs stands here, passwords by reference. `myASN` is
 * what we state to this router, so a localASN is resolved too. Exactly one of `address` and `interface`, of `peerASN` and `dynamicASN`.
 */
export type PlannedSession = {
  /** Name of the BGPPeer. Routes name their peers by it. */
  readonly peer: string
  readonly address?: Ip
  /** Unnumbered: the router is whoever sends router advertisements on this interface (RFC 4861 §4.2). */
  readonly interface?: string
  /** TCP port of the peer. */
  readonly port: number
  readonly myASN: number
  readonly peerASN?: number
  /** The router may state any AS but ours, or must state ours. */
  readonly dynamicASN?: 'external' | 'internal'
  /** Address families offered (RFC 4760). Never empty. */
  readonly families: readonly Family[]
  /** RFC 4271 §4.2: 0 (off) or at least 3. */
  readonly holdSeconds: number
  readonly keepaliveSeconds: number
  /** How long one attempt to connect may take. */
  readonly connectSeconds: number
  /** BGP identifier, dotted. Absent: the speaker takes the local IPv4 address of the session. */
  readonly routerID?: Ip
  readonly sourceAddress?: Ip
  /** The VRF device to connect from. */
  readonly vrf?: string
  readonly ebgpMultiHop: boolean
  /** How long the router is asked to keep our routes while we restart (RFC 4724). Absent: graceful restart is not offered. */
  readonly gracefulRestartSeconds?: number
  readonly passwordSecret?: SecretReference
  readonly bfd?: PlannedBfd
}

/** Why a node must hand over what it announces. A plain cordon is no reason. */
export type Leaving = 'shutdown' | 'out-of-service' | 'drain'

export type AnnouncementPlanSpec = {
  readonly node: string
  readonly sessions: readonly PlannedSession[]
  /** RouteSets this node announces, by name. One that is listed but missing keeps its last known routes. */
  readonly routeSets: readonly string[]
  /** Slices of this node, by name. One that is listed but missing keeps its last known content. */
  readonly slices: readonly string[]
  /** Regular expressions of interfaces that never announce. */
  readonly excludeInterfaces: readonly string[]
  readonly leaving?: Leaving
  /** Why the node is not told to leave although it should: a reason and a sentence, for people. */
  readonly staying?: string
  /** Addresses of other speakers, for gossip. */
  readonly seeds: readonly Ip[]
}

/** An address answered for by ARP or NDP. The first candidate owns it; the others stand by, in this order. */
export type L2Entry = {
  readonly address: Ip
  readonly services: readonly ServiceKey[]
  /** Interfaces it is answered on; absent means every one. Never empty. */
  readonly interfaces?: readonly string[]
  readonly candidates: readonly string[]
  /** Rises with every change of candidates, so that the newer of two plans is known (docs/design.md §3). */
  readonly term: number
  /** The node that hands it over in order (make before break). */
  readonly from?: string
}

export type PlannedRoute = {
  /** Canonical `address/length`. */
  readonly prefix: string
  readonly services: readonly ServiceKey[]
  /** BGPPeers it goes to; absent means all of the node's sessions. Never empty. */
  readonly peers?: readonly string[]
  /** `a:b` or `large:a:b:c`, aliases resolved, sorted. */
  readonly communities?: readonly string[]
  /** Sent to iBGP peers only. */
  readonly localPref?: number
  /** externalTrafficPolicy Local: the kubelet-side health port that withdraws the route when the pods on this node go. */
  readonly healthCheckNodePort?: number
}

export type AnnouncementSliceSpec = {
  readonly node: string
  readonly l2: readonly L2Entry[]
  readonly routes: readonly PlannedRoute[]
}

export type RouteSetSpec = {
  /** Who announces it: 'every-node', or the node selectors it came from, by name. For people; the plan's routeSets decides. */
  readonly audience: string
  readonly routes: readonly PlannedRoute[]
}

export type ConditionStatus = 'True' | 'False' | 'Unknown'
export type Condition = {
  readonly type: string
  readonly status: ConditionStatus
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
  readonly observedGeneration?: number
}

export type InterfaceStatus = { readonly name: string; readonly mac: string; readonly up: boolean; readonly addresses: readonly string[] }
/** RFC 4271 §8.2.2, as routers print them. */
export type SessionState = 'Idle' | 'Connect' | 'Active' | 'OpenSent' | 'OpenConfirm' | 'Established'
/** What both ends agreed on in their OPENs. */
export type Negotiated = {
  readonly peerASN: number
  /** The router's BGP identifier. */
  readonly routerID: string
  readonly holdSeconds: number
  readonly keepaliveSeconds: number
  /** In words, sorted: `ipv4-unicast`, `four-octet-as`, `graceful-restart` … */
  readonly capabilities: readonly string[]
}
/** RFC 5880 §6.2, as routers print them. */
export type BfdState = 'AdminDown' | 'Down' | 'Init' | 'Up'
export type BfdStatus = {
  readonly state: BfdState
  /** RFC 3339; when it entered that state. */
  readonly since: string
  /** So much silence means that the router is lost. Present once both ends have said what they can. */
  readonly detectionMillis?: number
  /** Why it is not up, or went down last, in words. */
  readonly lastError?: string
}
export type SessionStatus = {
  readonly peer: string
  /** The router's address; of an unnumbered session, once it is found. */
  readonly address?: string
  readonly state: SessionState
  /** RFC 3339; when the session entered that state. */
  readonly since: string
  /** Prefixes the peer has been told, by family. */
  readonly announcedIPv4: number
  readonly announcedIPv6: number
  /** While established. */
  readonly negotiated?: Negotiated
  /** Of a session with a BFDProfile. */
  readonly bfd?: BfdStatus
  /** What went wrong last, in words, and what to do. Kept after recovery until the next failure replaces it. */
  readonly lastError?: string
}
export type ClaimStatus = {
  readonly address: string
  readonly interfaces: readonly string[]
  readonly term: number
  readonly takeovers: number
}

export type AnnouncementPlanStatus = {
  readonly observedGeneration: number
  /** Names of the sets and slices that the speaker sees now: what is not here may be deleted safely. */
  readonly observedRouteSets: readonly string[]
  readonly observedSlices: readonly string[]
  /** One line for `kubectl get announcementplans`, such as `12 addresses, 2 of 3 sessions established`. At most 256 characters. */
  readonly summary?: string
  readonly interfaces: readonly InterfaceStatus[]
  readonly sessions: readonly SessionStatus[]
  /** L2 addresses this node answers for now. */
  readonly claims: readonly ClaimStatus[]
  readonly conditions: readonly Condition[]
}
