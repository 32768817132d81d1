import { type Ip, parsePrefix, prefixContains } from '@loadstone/ip'
import type { PlannedRoute, ServiceKey } from '@loadstone/plan'
import type { World } from '../../model/world'
import type { NodeView } from '../nodes/node-view'
import { type BgpPlan, prefixesOf, type Routes } from './plan-bgp'

type PublishedRoutes = Pick<World, 'routeSets' | 'slices' | 'plans'>

/**
 * Adds routes that a BGPAdvertisement with an unknown definition may cause: published routes of Services that still have an address
 * in them, on the nodes that announce them now.
 */
export function withRetained(
  plan: BgpPlan,
  published: PublishedRoutes,
  addresses: ReadonlyMap<ServiceKey, readonly Ip[]>,
  views: ReadonlyMap<string, NodeView>,
): BgpPlan {
  const wanted = prefixesOf(plan)
  const keeps = ({ prefix, services }: PlannedRoute): boolean => {
    const parsed = parsePrefix(prefix)
    if (parsed === undefined || wanted.has(prefix)) return false
    return services.some((key) => (addresses.get(key) ?? []).some((ip) => prefixContains(parsed, ip)))
  }
  const shared = new Map(plan.shared)
  for (const { meta, spec } of published.routeSets) {
    const kept = spec.routes.filter(keeps)
    if (kept.length === 0) continue
    const known = shared.get(spec.audience)
    const nodes = [...published.plans].filter(([, listed]) => listed.spec.routeSets.includes(meta.name)).map(([node]) => node)
    const may = nodes.filter((node) => views.has(node) && views.get(node)?.excluded === undefined)
    shared.set(spec.audience, { routes: withRoutes(known?.routes, kept), nodes: new Set([...(known?.nodes ?? []), ...may]) })
  }
  const own = new Map(plan.own)
  for (const { spec } of published.slices) {
    const kept = views.get(spec.node)?.excluded === undefined ? spec.routes.filter(keeps) : []
    if (kept.length > 0) own.set(spec.node, withRoutes(own.get(spec.node), kept))
  }
  return { ...plan, shared, own }
}

function withRoutes(known: Routes | undefined, more: readonly PlannedRoute[]): Routes {
  const routes = new Map(known ?? [])
  for (const route of more) routes.set(route.prefix, [...(routes.get(route.prefix) ?? []), route])
  return routes
}
