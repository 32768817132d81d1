import { type Family, familyOf, type Ip } from '@loadstone/ip'
import { toBigInt } from '@loadstone/ip/bytes'
import type { ServiceKey } from '@loadstone/plan'
import type { AllocatedService } from '../../allocate/outcome'
import type { Config } from '../../config/config'
import { coverage } from '../../config/coverage'
import { type Candidate, candidates, type Rules } from '../../elect/elect'
import { compare } from '../../model/json'
import { type Note, note } from '../../model/reasons'
import type { Service, World } from '../../model/world'
import type { NodeView } from '../nodes/node-view'
import { nodesWithPod, servedIps, unserved } from '../nodes/serving'
import { candidateOf, type EligibleNodes, obstacleText } from './eligible-nodes'
import { type AddressClaim, type PublishedEntry, publishedEntries, strongestClaims, takenOverBy, termOf } from './published-entries'

/** An address answered for on the local network. */
export type L2Placement = {
  readonly address: Ip
  readonly services: readonly ServiceKey[]
  readonly candidates: readonly string[]
  readonly term: number
  readonly interfaces: ReadonlyMap<string, readonly string[] | undefined>
}

export type L2Plan = {
  readonly placements: readonly L2Placement[]
  /** Why a Service is not announced. Absent: it is, or no L2Advertisement concerns it. */
  readonly refusals: ReadonlyMap<ServiceKey, Note>
  /** Services by L2Advertisement. */
  readonly uses: ReadonlyMap<string, number>
  /** Some addresses wait for speakers that are starting, so time alone may change the plan. */
  readonly waiting: boolean
}

type L2Input = {
  readonly world: Pick<World, 'endpoints' | 'slices' | 'plans'>
  readonly config: Pick<Config, 'l2' | 'unknown'>
  readonly rules: Pick<Rules, 'count' | 'placement'>
  readonly views: ReadonlyMap<string, NodeView>
  readonly eligibleNodesOf: (advertisements: Config['l2']) => EligibleNodes
  readonly nowSeconds: number
}

/** The Services that have one address, usually one and several if it is shared, with the nodes that each may use. */
type AddressDemand = { readonly services: Service[]; readonly nodeSets: EligibleNodes[]; readonly electedBy: Ip }

export function planL2(allocated: readonly AllocatedService[], input: L2Input): L2Plan {
  const { demands, refusals, uses } = collect(allocated, input)
  return { ...placeAddresses(demands, input, refusals), refusals, uses }
}

type L2Demands = {
  readonly demands: ReadonlyMap<Ip, AddressDemand>
  readonly refusals: Map<ServiceKey, Note>
  readonly uses: ReadonlyMap<string, number>
}

/** The demand for each address, and why a Service has none. */
function collect(allocated: readonly AllocatedService[], input: L2Input): L2Demands {
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

/** With externalTrafficPolicy Local, only the nodes with a pod. */
function narrowed(nodeSet: EligibleNodes, service: Service, family: Family, world: Pick<World, 'endpoints'>): EligibleNodes {
  if (!service.local) return nodeSet
  const nodes = nodesWithPod(service, family, world)
  const within = (candidateMap: ReadonlyMap<string, Candidate>): ReadonlyMap<string, Candidate> =>
    new Map([...candidateMap].filter(([name]) => nodes.has(name)))
  const starting = new Set([...nodeSet.starting].filter((name) => nodes.has(name)))
  return { ...nodeSet, eligible: within(nodeSet.eligible), unavailable: within(nodeSet.unavailable), starting }
}

type Placements = Pick<L2Plan, 'placements' | 'waiting'>

/** Published addresses are placed first and count towards the load of their owner, so the order of Services does not matter. */
function placeAddresses(demands: ReadonlyMap<Ip, AddressDemand>, input: L2Input, refusals: Map<ServiceKey, Note>): Placements {
  const [published, claimed] = [publishedEntries(input.world.slices), strongestClaims(input.world)]
  const sorted = [...demands]
    .map(([ip, demand]) => ({ ip, demand, value: toBigInt(ip) }))
    .sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : compare(a.ip, b.ip)))
    .map(({ ip, demand }): [Ip, AddressDemand] => [ip, demand])
  const width = Math.max(1, ...new Set(sorted.map(([, { nodeSets }]) => nodeSets[0]?.eligible.size ?? 0)))
  const rules: Rules = { ...input.rules, bound: Math.ceil((1.25 * demands.size) / width) }
  const load = new Map<string, number>()
  const placements: L2Placement[] = []
  const early: AddressDemand[] = []
  for (const [ip, demand] of sorted) if (published.has(ip)) placeAddress(ip, demand)
  for (const [ip, demand] of sorted) {
    if (published.has(ip)) continue
    if (isEarly(demand)) early.push(demand)
    else placeAddress(ip, demand)
  }
  for (const { services, nodeSets } of early) for (const { key } of services) refusals.set(key, soon(nodeSets[0]))
  return { placements, waiting: early.length > 0 }

  function placeAddress(ip: Ip, demand: AddressDemand): void {
    const placement = placementOf(ip, demand, { rules, load, published: published.get(ip), claim: claimed.get(ip), input })
    const [owner] = placement?.candidates ?? []
    if (placement === undefined || owner === undefined) {
      for (const service of demand.services) refusals.set(service.key, whyNotPlaced(service, demand.nodeSets[0]))
      return
    }
    load.set(owner, (load.get(owner) ?? 0) + 1)
    placements.push(placement)
  }
}

/** More speakers are starting than are up. Addresses placed now would stay on the few nodes that came up first. */
const isEarly = ({ nodeSets: [nodeSet] }: AddressDemand): boolean => nodeSet !== undefined && nodeSet.starting.size > nodeSet.eligible.size

const soon = (nodeSet: EligibleNodes | undefined): Note =>
  note('SpeakersStarting', `It is announced in a moment: ${nodeSet?.starting.size ?? 0} speakers are starting.`)

type PlacementInput = {
  readonly rules: Rules
  readonly load: ReadonlyMap<string, number>
  readonly published: PublishedEntry | undefined
  readonly claim: AddressClaim | undefined
  readonly input: L2Input
}

function placementOf(
  address: Ip,
  demand: AddressDemand,
  { rules, load, published, claim, input }: PlacementInput,
): L2Placement | undefined {
  const [nodeSet, ...others] = demand.nodeSets
  if (nodeSet === undefined) return undefined
  const previous = published?.candidates ?? []
  const nodes = eligibleFor(nodeSet, others, previous, input)
  const owner = takenOverBy(claim, published)
  const list = candidates({ address: demand.electedBy, eligible: nodes, previous, owner }, rules, load)
  // If no node is eligible, the previous candidates stay that are only unavailable, not excluded.
  const chosen = list.length > 0 ? list : previous.filter((node) => nodeSet.unavailable.has(node))
  if (chosen.length === 0) return undefined
  const interfaces = chosen.every((node) => nodeSet.interfaces.has(node)) ? nodeSet.interfaces : withPublished(nodeSet, chosen, published)
  const services = demand.services.map(({ key }) => key).sort()
  return { address, services, candidates: chosen, term: termOf(chosen, published, claim, input.nowSeconds), interfaces }
}

/** Interfaces of the chosen nodes; the published ones for a node that only an unreadable advertisement selects. */
const withPublished = (
  nodeSet: EligibleNodes,
  chosen: readonly string[],
  published: PublishedEntry | undefined,
): L2Placement['interfaces'] => new Map([...chosen.map((node) => [node, published?.interfaces] as const), ...nodeSet.interfaces])

/** Nodes eligible for every Service that shares the address; if there is none, those of the first Service. */
function eligibleFor(
  nodeSet: EligibleNodes,
  others: readonly EligibleNodes[],
  previous: readonly string[],
  { config, views }: L2Input,
): ReadonlyMap<string, Candidate> {
  const different = others.filter((other) => other !== nodeSet)
  const common =
    different.length === 0
      ? nodeSet.eligible
      : new Map([...nodeSet.eligible].filter(([name]) => different.every(({ eligible }) => eligible.has(name))))
  const eligible = common.size > 0 ? common : nodeSet.eligible
  if (!config.unknown.l2) return eligible
  // Previous candidates stay eligible: an advertisement that cannot be read may still select them.
  const kept = previous
    .flatMap((name) => (eligible.has(name) ? [] : (views.get(name) ?? [])))
    .filter(({ excluded, unavailable }) => (excluded ?? unavailable) === undefined)
  return new Map([...eligible, ...kept.map((view): [string, Candidate] => [view.node.name, candidateOf(view, 0)])])
}

function whyNotPlaced(service: Service, nodeSet: EligibleNodes | undefined): Note {
  if (nodeSet === undefined) return note('NoAdvertisement')
  if (service.local && nodeSet.everywhere > 0)
    return note('NoLocalEndpoints', 'externalTrafficPolicy is Local, and no node that may announce has a pod of the Service.')
  return note('NoEligibleNode', `No node can announce it now. ${obstacleText(nodeSet)}`)
}
