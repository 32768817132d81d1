import type { Ip } from '@loadstone/ip'
import type { PlannedSession } from '@loadstone/plan'
import type { Distance, WantedBfd } from '../messages/bfd'

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
