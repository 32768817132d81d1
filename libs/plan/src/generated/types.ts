// Generated from crds/manifests by crds/generate.mjs. Do not edit.
import type { Family, Ip } from '@loadstone/ip'
import type { ServiceKey } from '../names'

/** What the speaker shall do. */
export type AnnouncementPlanSpec = {
  /** The node, which is also the name of this object. */
  readonly node: string
  /** BGP sessions of the node, everything resolved; passwords by reference. */
  readonly sessions: readonly PlannedSession[]
  /** RouteSets that the node announces, by name. One that is listed but missing keeps its last known routes. */
  readonly routeSets: readonly string[]
  /** AnnouncementSlices of the node, by name. One that is listed but missing keeps its last known content. */
  readonly slices: readonly string[]
  /** Regular expressions of interfaces that never announce. */
  readonly excludeInterfaces: readonly string[]
  /** Why the node must hand over what it announces, if it must. */
  readonly leaving?: Leaving
  /** Why the node is not told to leave although it should, a reason and a sentence. Never beside leaving. */
  readonly staying?: string
  /** Nodes that this one watches and is watched by: they stand by for its addresses, or it for theirs, or one hands an address to the other. */
  readonly partners: readonly Partner[]
}

/** A BGP session. */
export type PlannedSession = {
  /** Name of the BGPPeer. Routes name their peers by it. */
  readonly peer: string
  /** The router's IP address. */
  readonly address?: Ip
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
  /** Address families to offer. */
  readonly families: readonly Family[]
  /** Hold time to offer, 0 (never expires) or at least 3. */
  readonly holdSeconds: number
  /** Interval of keepalives, 0 for none. */
  readonly keepaliveSeconds: number
  /** How long one attempt to connect may take. */
  readonly connectSeconds: number
  /** BGP identifier to state. Absent, the local IPv4 address of the session. */
  readonly routerID?: Ip
  /** The local IP address to connect from. */
  readonly sourceAddress?: Ip
  /** The VRF device to connect from. */
  readonly vrf?: string
  /** Whether a router of another AS may be more than one hop away. */
  readonly ebgpMultiHop: boolean
  /** How long the router is asked to keep our routes while we restart. Absent, it is not asked. */
  readonly gracefulRestartSeconds?: number
  /** How BFD watches the router. */
  readonly bfd?: PlannedBfd
  /** The Secret that holds the TCP-MD5 key. */
  readonly passwordSecret?: SecretReference
}

/** How BFD watches the router. */
export type PlannedBfd = {
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
export type SecretReference = {
  /** Its name. */
  readonly name: string
  /** Changes whenever the Secret does, which renews the session. */
  readonly resourceVersion: string
}

/** Why the node must hand over what it announces, if it must. */
export type Leaving = 'shutdown' | 'out-of-service' | 'drain'

/** A partner, and where it is reached. */
export type Partner = {
  /** Its node. */
  readonly node: string
  /** Its links that announce, by its speaker's report. */
  readonly links: readonly PartnerLink[]
}

/** A link of a partner. */
export type PartnerLink = {
  /** The name of the interface on its node. */
  readonly name: string
  /** Its MAC address, six bytes in lower-case hexadecimal with colons. */
  readonly mac: string
  /** Its own IP addresses. */
  readonly addresses: readonly Ip[]
}

/** What the speaker does, by its own word. */
export type AnnouncementPlanStatus = {
  /** The metadata.generation it carries out. */
  readonly observedGeneration: number
  /** RouteSets it sees now. What is not here may be deleted. */
  readonly observedRouteSets: readonly string[]
  /** AnnouncementSlices it sees now. What is not here may be deleted. */
  readonly observedSlices: readonly string[]
  /** One line for people, such as 12 addresses, 2 of 3 sessions established. */
  readonly summary?: string
  /** Network interfaces that could announce. */
  readonly interfaces: readonly InterfaceStatus[]
  /** BGP sessions and their state. */
  readonly sessions: readonly SessionStatus[]
  /** Addresses the node answers for now, by ARP or NDP. */
  readonly claims: readonly ClaimStatus[]
  /** Ready tells whether the speaker carries the plan out: it has read it, its sockets are open and its local addresses are answered for. Degraded tells what stands in the way of a part of it: a router that does not answer, an address that somebody else uses. */
  readonly conditions: readonly Condition[]
}

/** A network interface. */
export type InterfaceStatus = {
  /** Its name. */
  readonly name: string
  /** Its MAC address. */
  readonly mac: string
  /** Whether it has a carrier. */
  readonly up: boolean
  /** Its own IP addresses. */
  readonly addresses: readonly string[]
}

/** The state of a BGP session. */
export type SessionStatus = {
  /** Name of the BGPPeer. */
  readonly peer: string
  /** The router's IP address; without spec.address, once it is found. */
  readonly address?: string
  /** State of the session (RFC 4271 §8.2.2). */
  readonly state: SessionState
  /** When it entered that state. */
  readonly since: string
  /** IPv4 prefixes the router has been told. */
  readonly announcedIPv4: number
  /** IPv6 prefixes the router has been told. */
  readonly announcedIPv6: number
  /** What both ends agreed on, while the session is established. */
  readonly negotiated?: Negotiated
  /** How BFD sees the router. */
  readonly bfd?: BfdStatus
  /** What went wrong last, and what to do about it. Kept until something else goes wrong. */
  readonly lastError?: string
}

/** State of the session (RFC 4271 §8.2.2). */
export type SessionState = 'Idle' | 'Connect' | 'Active' | 'OpenSent' | 'OpenConfirm' | 'Established'

/** What both ends agreed on, while the session is established. */
export type Negotiated = {
  /** The AS number the router states. */
  readonly peerASN: number
  /** The router's BGP identifier. */
  readonly routerID: string
  /** Hold time in force, 0 for none. */
  readonly holdSeconds: number
  /** Interval of our keepalives, 0 for none. */
  readonly keepaliveSeconds: number
  /** What both can do, in words. */
  readonly capabilities: readonly string[]
}

/** How BFD sees the router. */
export type BfdStatus = {
  /** State of the BFD session (RFC 5880 §6.2). */
  readonly state: BfdState
  /** When it entered that state. */
  readonly since: string
  /** So much silence means that the router is lost. */
  readonly detectionMillis?: number
  /** Why it is not up, or went down last. */
  readonly lastError?: string
}

/** State of the BFD session (RFC 5880 §6.2). */
export type BfdState = 'AdminDown' | 'Down' | 'Init' | 'Up'

/** An address the node answers for. */
export type ClaimStatus = {
  /** The address. */
  readonly address: string
  /** Interfaces it is answered for on. */
  readonly interfaces: readonly string[]
  /** The term of the plan entry it rests on. */
  readonly term: number
  /** How often the address was taken over within that term. */
  readonly takeovers: number
}

/** One aspect of the object's state. */
export type Condition = {
  /** Which aspect, in CamelCase. */
  readonly type: string
  /** Whether it holds. */
  readonly status: ConditionStatus
  /** Why, as one word in CamelCase for programs. */
  readonly reason: string
  /** Why, and what to do about it, for people. */
  readonly message: string
  /** When status last changed. */
  readonly lastTransitionTime: string
  /** The metadata.generation this was decided for. */
  readonly observedGeneration?: number
}

/** Whether it holds. */
export type ConditionStatus = 'True' | 'False' | 'Unknown'

/** The addresses and routes, at most 256 together. */
export type AnnouncementSliceSpec = {
  /** The node. */
  readonly node: string
  /** Addresses answered for by ARP or NDP. */
  readonly l2: readonly L2Entry[]
  /** Routes announced by BGP from this node alone. */
  readonly routes: readonly PlannedRoute[]
}

/** An address, and who answers for it. */
export type L2Entry = {
  /** The address. */
  readonly address: Ip
  /** The Services that have it, as namespace/name. */
  readonly services: readonly ServiceKey[]
  /** Interfaces it is answered for on. Absent, every one. */
  readonly interfaces?: readonly string[]
  /** Nodes that may answer. The first does; the others stand by in this order. */
  readonly candidates: readonly string[]
  /** Rises with every change of candidates, so that the newer decision is known. */
  readonly term: number
  /** The node that hands the address over. */
  readonly from?: string
}

/** A prefix, and what is said with it. */
export type PlannedRoute = {
  /** The prefix, as address/length. */
  readonly prefix: string
  /** The Services it is announced for, as namespace/name. */
  readonly services: readonly ServiceKey[]
  /** The BGPPeers it goes to. Absent, all of the node's sessions. */
  readonly peers?: readonly string[]
  /** Its communities, as a:b or large:a:b:c, sorted. */
  readonly communities?: readonly string[]
  /** LOCAL_PREF, which only iBGP peers are told. */
  readonly localPref?: number
  /** How many times more the own AS number stands in AS_PATH, which only eBGP peers are told. */
  readonly asPathPrepend?: number
  /** The port on the node that tells whether it has an endpoint of the Service (externalTrafficPolicy Local). While it has none, the route is withdrawn. */
  readonly healthCheckNodePort?: number
}

/** The routes, at most 256. */
export type RouteSetSpec = {
  /** Which nodes announce it, for people to read. AnnouncementPlans decide. */
  readonly audience: string
  /** The routes. */
  readonly routes: readonly PlannedRoute[]
}
