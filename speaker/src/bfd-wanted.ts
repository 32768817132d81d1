import type { Ip } from '@loadstone/ip'
import type { PlannedBfd, PlannedSession } from '@loadstone/plan'

/** How far the router is, as both ends must agree, because single hop and multihop are different ports (RFC 5881, RFC 5883). */
export type Distance =
  | 'one-hop'
  | 'many-hops'
  /** One hop if the router is on a link of this node. */
  | 'by-link'

/** The BFD session that watches the way to the router of a BGP session. */
export type WantedBfd = {
  /** Name of the BGPPeer. */
  readonly peer: string
  readonly address: Ip
  /** The link on which an unnumbered router is. */
  readonly interface?: string
  readonly vrf?: string
  readonly distance: Distance
  /** The address the BGPPeer says we speak from. */
  readonly source?: Ip
  /** The one the BGP session was seen to speak from. */
  readonly learned?: Ip
  readonly profile: PlannedBfd
}

/** `address` and `learned` are what the plan cannot know. */
export function wantedBfd(session: PlannedSession, address: Ip, learned: Ip | undefined): WantedBfd | undefined {
  const { peer, bfd: profile, interface: link, vrf, sourceAddress: source } = session
  if (profile === undefined) return undefined
  return {
    peer,
    address,
    ...(link === undefined ? {} : { interface: link }),
    ...(vrf === undefined ? {} : { vrf }),
    distance: distanceTo(session),
    ...(source === undefined ? {} : { source }),
    ...(learned === undefined ? {} : { learned }),
    profile,
  }
}

/** As FRR decides: multihop where the TTL of the BGP session allows several hops, which inside an AS it always does. */
function distanceTo({ myASN, peerASN, dynamicASN, ebgpMultiHop }: PlannedSession): Distance {
  if (dynamicASN === 'internal' || peerASN === myASN) return 'by-link'
  return ebgpMultiHop ? 'many-hops' : 'one-hop'
}
