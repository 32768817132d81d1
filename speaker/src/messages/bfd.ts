import type { BfdSessionStatus, SessionHandover } from '@loadstone/bfd'
import type { Ip } from '@loadstone/ip'
import type { PlannedBfd } from '@loadstone/plan'

/** A BFD session that a speaker hands over to its successor on the node, so that the session stays up at the router. */
export type BfdHandover = { readonly peer: string; readonly path: BfdPath; readonly resume: SessionHandover }

/** Path of a session's packets, as libs/bfd takes it. */
export type BfdPath = { readonly peer: Ip; readonly local?: Ip; readonly interface?: string; readonly multihop: boolean }

/** Status of the BFD session of a BGP session, as the worker sees it. */
export type BfdReport = {
  readonly peer: string
  readonly state: BfdSessionStatus['state']
  /** How often the path to the router failed. BGP is told of each failure once. */
  readonly losses: number
  readonly detectionMillis?: number
  /** Why the session is not up or went down last, and which value of its profile is not met, as sentences. */
  readonly problem?: string
}

/** Packets and events of a BFD session since it began in this process. */
export type BfdCounts = Omit<BfdSessionStatus['counters'], 'dropped'>

/** Distance of the router. Both ends must agree on it, because single hop and multihop use different UDP ports (RFC 5881, RFC 5883). */
export type BfdHops =
  | 'single-hop'
  | 'multihop'
  /** Single hop if the router is on a link of this node, else multihop. */
  | 'auto'

/** The desired BFD session to the router of a BGP session. */
export type BfdSessionSpec = {
  /** Name of the BGPPeer. */
  readonly peer: string
  readonly address: Ip
  /** The link on which an unnumbered router is. */
  readonly interface?: string
  readonly vrf?: string
  readonly hops: BfdHops
  /** The sourceAddress of the BGPPeer. */
  readonly source?: Ip
  /** The local address of the BGP session, as observed. */
  readonly observedLocal?: Ip
  readonly profile: PlannedBfd
}
