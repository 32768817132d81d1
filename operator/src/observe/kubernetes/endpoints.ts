import { filled, list, record } from '../../model/json'
import type { Endpoints } from '../../model/world'
import { metaOf } from '../fields/meta'

/** One EndpointSlice: its Service, and the nodes with pods that serve. */
export type SliceEndpoints = { readonly service: string; readonly any: boolean; readonly nodes: readonly string[] }

export function parseEndpointSlice(object: unknown): SliceEndpoints | undefined {
  const meta = metaOf(object)
  const service = meta?.labels.get('kubernetes.io/service-name')
  if (meta === undefined || service === undefined) return undefined
  const serving = list(record(object)['endpoints']).filter(serves)
  return {
    service: `${meta.namespace}/${service}`,
    any: serving.length > 0,
    nodes: [...new Set(serving.flatMap((endpoint) => filled(record(endpoint)['nodeName']) ?? []))],
  }
}

/** An endpoint serves if `ready` is true or absent, or if it is terminating and still `serving` (MetalLB's rule). */
function serves(endpoint: unknown): boolean {
  const conditions = record(record(endpoint)['conditions'])
  return conditions['ready'] === undefined || conditions['ready'] === null || conditions['ready'] === true || conditions['serving'] === true
}

/** Merges the EndpointSlices of each Service, which may have several. */
export function endpointsByService(slices: readonly SliceEndpoints[]): ReadonlyMap<string, Endpoints> {
  const gathered = new Map<string, { any: boolean; nodes: Set<string> }>()
  for (const { service, any, nodes } of slices) {
    const all = gathered.get(service) ?? { any: false, nodes: new Set<string>() }
    all.any ||= any
    for (const node of nodes) all.nodes.add(node)
    gathered.set(service, all)
  }
  return gathered
}
