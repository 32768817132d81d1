import type { PlannedRoute, PlannedSession } from '@loadstone/plan'

/** A prefix as it is advertised to one peer. */
export type Advertised = Pick<PlannedRoute, 'prefix' | 'communities' | 'localPref' | 'asPathPrepend'>
/** By prefix. */
export type AdvertisedPrefixes = ReadonlyMap<string, Advertised>

/**
 * The routes to advertise, by peer. A prefix that several routes give to one peer is advertised once, with all their communities and as
 * the most preferred of them: with the highest local preference and the least prepending. So the order of objects decides nothing.
 */
export function adjRibsOut(sessions: readonly PlannedSession[], routes: Iterable<PlannedRoute>): ReadonlyMap<string, AdvertisedPrefixes> {
  const ribs = new Map(sessions.map(({ peer }) => [peer, new Map<string, Advertised>()]))
  for (const route of routes) {
    for (const peer of route.peers ?? ribs.keys()) {
      const rib = ribs.get(peer)
      const same = rib?.get(route.prefix)
      rib?.set(route.prefix, same === undefined ? route : merge(same, route))
    }
  }
  return ribs
}

function merge(a: Advertised, b: Advertised): Advertised {
  const communities = [...new Set([...(a.communities ?? []), ...(b.communities ?? [])])].sort()
  const preferences = [a.localPref, b.localPref].filter((preference) => preference !== undefined)
  const prepended = Math.min(a.asPathPrepend ?? 0, b.asPathPrepend ?? 0)
  return {
    prefix: a.prefix,
    communities,
    ...(preferences.length === 0 ? {} : { localPref: Math.max(...preferences) }),
    ...(prepended === 0 ? {} : { asPathPrepend: prepended }),
  }
}

/** Routes to announce, and prefixes of routes to withdraw because their health check port reports no pods. */
export function byHealth(
  routes: readonly PlannedRoute[],
  silent: ReadonlySet<number>,
): { readonly announced: readonly PlannedRoute[]; readonly withdrawn: ReadonlySet<string> } {
  if (silent.size === 0) return { announced: routes, withdrawn: new Set() }
  const falls = ({ healthCheckNodePort: port }: PlannedRoute): boolean => port !== undefined && silent.has(port)
  return { announced: routes.filter((route) => !falls(route)), withdrawn: new Set(routes.filter(falls).map(({ prefix }) => prefix)) }
}

/** `map` without `keys`; the same map if it has none of them. */
export function without<V>(map: ReadonlyMap<string, V>, keys: ReadonlySet<string>): ReadonlyMap<string, V> {
  return [...keys].some((key) => map.has(key)) ? new Map([...map].filter(([key]) => !keys.has(key))) : map
}
