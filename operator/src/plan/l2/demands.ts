import { type Family, familyOf, type Ip } from '@loadstone/ip'
import type { ServiceKey } from '@loadstone/plan'
import type { AllocatedService } from '../../allocate/outcome'
import type { Config } from '../../config/config'
import { coverage } from '../../config/coverage'
import { among } from '../../elect/candidate'
import type { Rules } from '../../elect/elect'
import { type Note, note } from '../../model/reasons'
import type { Service, World } from '../../model/world'
import { nodesWithPod, servedIps, unserved } from '../nodes/serving'
import type { EligibleNodes } from './eligible-nodes'
import type { L2Input } from './placement'

/** The Services that have one address, usually one and several if it is shared, with the nodes that each may use. */
export type AddressDemand = { readonly services: Service[]; readonly nodeSets: EligibleNodes[]; readonly electedBy: Ip }

type L2Demands = {
  readonly demands: ReadonlyMap<Ip, AddressDemand>
  readonly refusals: Map<ServiceKey, Note>
  readonly uses: ReadonlyMap<string, number>
}

/** The demand for each address, and why a Service has none. */
export function collect(allocated: readonly AllocatedService[], input: L2Input): L2Demands {
  const refusals = new Map<ServiceKey, Note>()
  const uses = new Map<string, number>()
  const demands = new Map<Ip, AddressDemand>()
  const advertisementsOf = coverage(input.config.l2)
  for (const { service, ips, pool } of allocated) {
    const advertisements = advertisementsOf(service, pool)
    if (advertisements.length === 0 && !input.config.unknown.l2) continue
    const { announced, refusal } = announceable(service, ips, advertisements, input.world)
    if (refusal !== undefined) refusals.set(service.key, refusal)
    if (announced.length === 0) continue
    for (const { name } of advertisements) uses.set(name, (uses.get(name) ?? 0) + 1)
    const nodeSet = input.eligibleNodesOf(advertisements)
    const nodesFor = (ip: Ip): EligibleNodes => narrowed(nodeSet, service, familyOf(ip), input.world)
    addDemand(demands, { service, ips: announced, electedBy: ips[0], nodesFor }, input.rules.placement)
  }
  return { demands, refusals, uses }
}

type ServiceDemand = {
  readonly service: Service
  readonly ips: readonly Ip[]
  readonly electedBy: Ip | undefined
  readonly nodesFor: (ip: Ip) => EligibleNodes
}

/** With placement `metallb`, the first address of a Service decides the election of all of them. */
function addDemand(
  demands: Map<Ip, AddressDemand>,
  { service, ips, electedBy, nodesFor }: ServiceDemand,
  placement: Rules['placement'],
): void {
  for (const ip of ips) {
    const known = demands.get(ip) ?? { services: [], nodeSets: [], electedBy: placement === 'metallb' ? (electedBy ?? ip) : ip }
    demands.set(ip, known)
    known.services.push(service)
    known.nodeSets.push(nodesFor(ip))
  }
}

type Announceable = { readonly announced: readonly Ip[]; readonly refusal: Note | undefined }

/** The addresses that can be announced, and why not all. The first reason that applies, in MetalLB's order (docs/metallb-behaviour.md §1.7). */
function announceable(service: Service, ips: readonly Ip[], advertisements: Config['l2'], world: Pick<World, 'endpoints'>): Announceable {
  const served = servedIps(service, ips, world)
  const selects = advertisements.some(({ definition }) => definition.serviceSelectors.length > 0)
  if (served.length === 0 || service.shareKey === undefined || !selects) return { announced: served, refusal: unserved(ips, served) }
  const message = 'The Service shares its address, and an L2Advertisement with serviceSelectors covers it; remove one of the two.'
  return { announced: [], refusal: note('SharedWithServiceSelectors', message) }
}

/** With externalTrafficPolicy Local, only the nodes with a pod. They are few, so the others are not looked at. */
function narrowed(nodeSet: EligibleNodes, service: Service, family: Family, world: Pick<World, 'endpoints'>): EligibleNodes {
  if (!service.local) return nodeSet
  const nodes = nodesWithPod(service, family, world)
  const starting = nodeSet.starting.size === 0 ? nodeSet.starting : new Set([...nodes].filter((name) => nodeSet.starting.has(name)))
  return {
    ...nodeSet,
    eligible: among(nodeSet.eligible, nodes),
    unavailable: among(nodeSet.unavailable, nodes),
    starting,
    isNarrowed: true,
  }
}
