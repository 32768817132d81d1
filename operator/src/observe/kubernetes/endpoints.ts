import { type Family, families } from '@loadstone/ip'
import { filled, list, record } from '../../model/json'
import type { Endpoints } from '../../model/world'
import { metaOf } from '../fields/meta'

/** One EndpointSlice: its Service, its families, and the nodes with pods that serve. */
export type SliceEndpoints = {
  readonly service: string
  readonly families: readonly Family[]
  readonly any: boolean
  readonly nodes: readonly string[]
  readonly readyNodes: readonly string[]
}

export function parseEndpointSlice(object: unknown): SliceEndpoints | undefined {
  const meta = metaOf(object)
  const service = meta?.labels.get('kubernetes.io/service-name')
  if (meta === undefined || service === undefined) return undefined
  const endpoints = list(record(object)['endpoints'])
  const serving = endpoints.filter(serves)
  return {
    service: `${meta.namespace}/${service}`,
    families: familiesOf(record(object)['addressType']),
    any: serving.length > 0,
    nodes: nodesOf(serving),
    readyNodes: nodesOf(endpoints.filter(isReady)),
  }
}

/** A slice has addresses of one family. One of host names has none that a node forwards to. */
function familiesOf(addressType: unknown): readonly Family[] {
  if (addressType === undefined) return families
  return addressType === 'IPv4' ? ['ipv4'] : addressType === 'IPv6' ? ['ipv6'] : []
}

const nodesOf = (endpoints: readonly unknown[]): readonly string[] => [
  ...new Set(endpoints.flatMap((endpoint) => filled(record(endpoint)['nodeName']) ?? [])),
]

/** An endpoint serves if it is ready, or if it is terminating and still `serving` (MetalLB's rule). */
const serves = (endpoint: unknown): boolean => isReady(endpoint) || record(record(endpoint)['conditions'])['serving'] === true

/** `ready` is true or absent. */
function isReady(endpoint: unknown): boolean {
  const { ready } = record(record(endpoint)['conditions'])
  return ready === undefined || ready === null || ready === true
}

type Gathered = { any: boolean; nodes: Set<string>; readyNodes: Set<string> }
const empty = (): Gathered => ({ any: false, nodes: new Set(), readyNodes: new Set() })

/** Merges the EndpointSlices of each Service, which may have several. */
export function endpointsByService(slices: readonly SliceEndpoints[]): ReadonlyMap<string, Endpoints> {
  const gathered = new Map<string, Record<Family, Gathered>>()
  for (const slice of slices) {
    const all = gathered.get(slice.service) ?? { ipv4: empty(), ipv6: empty() }
    gathered.set(slice.service, all)
    for (const family of slice.families) {
      const known = all[family]
      known.any ||= slice.any
      for (const node of slice.nodes) known.nodes.add(node)
      for (const node of slice.readyNodes) known.readyNodes.add(node)
    }
  }
  return gathered
}
