import type { BfdSessionStatus, SessionHandover } from '@loadstone/bfd'
import type { Ip } from '@loadstone/ip'
import type { PlannedBfd } from '@loadstone/plan'

/** A BFD session that a speaker leaves to the one that replaces it on the node, so that the router notices nothing. */
export type BfdHandover = { readonly peer: string; readonly path: BfdPath; readonly resume: SessionHandover }

/** Where a session's packets go, as libs/bfd takes it. */
export type BfdPath = { readonly peer: Ip; readonly local?: Ip; readonly interface?: string; readonly multihop: boolean }

/** How the BFD session of a BGP session stands, as the wire worker sees it. */
export type BfdReport = {
  readonly peer: string
  readonly state: BfdSessionStatus['state']
  /** How often the way to the router was lost while it was watched: BGP hears of each once. */
  readonly losses: number
  readonly detectionMillis?: number
  /** Why it is not up, or went down last, and what of its profile it does not get, in words. */
  readonly problem?: string
}

/** Packets and events of a BFD session since it was begun here. */
export type BfdCounts = Omit<BfdSessionStatus['counters'], 'dropped'>

/** How far the router is, as both ends must agree, because single hop and multihop are different ports (RFC 5881, RFC 5883). */
export type BfdHops =
  | 'single-hop'
  | 'multihop'
  /** One hop if the router is on a link of this node. */
  | 'auto'

/** The BFD session that watches the way to the router of a BGP session. */
export type BfdSessionSpec = {
  /** Name of the BGPPeer. */
  readonly peer: string
  readonly address: Ip
  /** The link on which an unnumbered router is. */
  readonly interface?: string
  readonly vrf?: string
  readonly hops: BfdHops
  /** The address the BGPPeer says we speak from. */
  readonly source?: Ip
  /** The one the BGP session was seen to speak from. */
  readonly observedLocal?: Ip
  readonly profile: PlannedBfd
}
