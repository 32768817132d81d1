import type { Ip } from '@loadstone/ip'
import type { PlannedSession } from '@loadstone/plan'
import type { BfdHops, BfdSessionSpec } from '../messages/bfd'

/** The BFD session of a BGP session, or undefined without a profile. `address` and `observedLocal` are not in the plan. */
export function bfdSessionSpec(session: PlannedSession, address: Ip, observedLocal: Ip | undefined): BfdSessionSpec | undefined {
  const { peer, bfd: profile, interface: link, vrf, sourceAddress: source } = session
  if (profile === undefined) return undefined
  return {
    peer,
    address,
    ...(link === undefined ? {} : { interface: link }),
    ...(vrf === undefined ? {} : { vrf }),
    hops: hopsTo(session),
    ...(source === undefined ? {} : { source }),
    ...(observedLocal === undefined ? {} : { observedLocal }),
    profile,
  }
}

/** FRR's rule: multihop where the TTL of the BGP session allows several hops, as it always does for iBGP. */
function hopsTo({ myASN, peerASN, dynamicASN, ebgpMultiHop }: PlannedSession): BfdHops {
  if (dynamicASN === 'internal' || peerASN === myASN) return 'auto'
  return ebgpMultiHop ? 'multihop' : 'single-hop'
}
