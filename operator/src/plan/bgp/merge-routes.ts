import type { PlannedRoute } from '@loadstone/plan'
import { contradictory, sharePeers } from '../../config/bgp-conflicts'
import type { ActiveBgpAdvertisement } from '../../config/config'
import { distinct } from '../../model/json'
import type { Service } from '../../model/world'

/** An advertisement that covers an address of a Service, which is a reason to announce a prefix. */
export type Contribution = { readonly service: Service; readonly advertisement: ActiveBgpAdvertisement }

/** Most Services named with a route or an address: an aggregate may have thousands, too many for an object. */
export const shownServices = 64

/**
 * Merges the contributions to one prefix into routes, at most one for each peer. Communities are united (as in MetalLB); the senior
 * advertisement that sets one decides on local preference and prepending. `peers` are all BGPPeers, for advertisements that name some.
 */
export function mergeRoutes(prefix: string, contributions: readonly Contribution[], peers: readonly string[]): readonly PlannedRoute[] {
  if (contributions.every(({ advertisement }) => advertisement.definition.peers.length === 0)) return [routeOf(prefix, contributions)]
  const named = distinct([...peers, ...contributions.flatMap(({ advertisement }) => advertisement.definition.peers)])
  const groups = new Map<string, { meant: Contribution[]; peers: string[] }>()
  for (const peer of named) {
    const meant = contributions.filter(
      ({ advertisement: { definition } }) => definition.peers.length === 0 || definition.peers.includes(peer),
    )
    if (meant.length === 0) continue
    const key = JSON.stringify(routeOf(prefix, meant))
    const group = groups.get(key) ?? { meant, peers: [] }
    group.peers.push(peer)
    groups.set(key, group)
  }
  return [...groups.values()].map(({ meant, peers: receivers }) => ({ ...routeOf(prefix, meant), peers: receivers }))
}

function routeOf(prefix: string, contributions: readonly Contribution[]): PlannedRoute {
  const communities = distinct(contributions.flatMap(({ advertisement }) => advertisement.communities))
  const senior = (attribute: 'localPref' | 'asPathPrepend'): number | undefined =>
    contributions.map(({ advertisement: { definition } }) => definition[attribute]).find((value) => value > 0)
  const [localPref, asPathPrepend] = [senior('localPref'), senior('asPathPrepend')]
  const healthCheckNodePort = commonHealthPort(contributions)
  return {
    prefix,
    services: distinct(contributions.map(({ service }) => service.key)).slice(0, shownServices),
    ...(communities.length > 0 ? { communities } : {}),
    ...(localPref === undefined ? {} : { localPref }),
    ...(asPathPrepend === undefined ? {} : { asPathPrepend }),
    ...(healthCheckNodePort === undefined ? {} : { healthCheckNodePort }),
  }
}

/** The health check port if a single Service contributes. An aggregate must not depend on the pods of one of its Services. */
function commonHealthPort(contributions: readonly Contribution[]): number | undefined {
  const [first, ...others] = contributions
  if (first?.service.local !== true) return undefined
  return others.every(({ service }) => service.key === first.service.key) ? first.service.healthCheckNodePort : undefined
}

/**
 * The first two advertisements of one Service that contradict each other. This is decided per Service only if one of them has
 * serviceSelectors; other conflicts are decided on the configuration objects (MetalLB's rule).
 */
export function contradict(
  advertisements: readonly ActiveBgpAdvertisement[],
): readonly [ActiveBgpAdvertisement, ActiveBgpAdvertisement] | undefined {
  for (const [i, a] of advertisements.entries()) {
    const b = advertisements.slice(i + 1).find((other) => clash(a, other))
    if (b !== undefined) return [a, b]
  }
  return undefined
}

function clash({ definition: a }: ActiveBgpAdvertisement, { definition: b }: ActiveBgpAdvertisement): boolean {
  if (contradictory(a, b) === undefined || (a.serviceSelectors.length === 0 && b.serviceSelectors.length === 0)) return false
  return sharePeers(a, b) && (a.aggregation.ipv4 === b.aggregation.ipv4 || a.aggregation.ipv6 === b.aggregation.ipv6)
}
