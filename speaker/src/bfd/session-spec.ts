import type { Ip } from '@loadstone/ip'
import type { PlannedSession } from '@loadstone/plan'
import type { BfdHops, BfdSessionSpec } from '../messages/bfd'

/** `address` and `observedLocal` are what the plan cannot know. */
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

/** As FRR decides: multihop where the TTL of the BGP session allows several hops, which inside an AS it always does. */
function hopsTo({ myASN, peerASN, dynamicASN, ebgpMultiHop }: PlannedSession): BfdHops {
  if (dynamicASN === 'internal' || peerASN === myASN) return 'auto'
  return ebgpMultiHop ? 'multihop' : 'single-hop'
}
