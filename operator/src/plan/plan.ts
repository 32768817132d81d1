import type { AnnouncementPlanSpec, AnnouncementSliceSpec, RouteSetSpec, ServiceKey } from '@loadstone/plan'
import type { AllocatedService, Allocation } from '../allocate/outcome'
import type { Config } from '../config/config'
import { compare } from '../model/json'
import type { Note } from '../model/reasons'
import type { OperatorSettings } from '../model/settings'
import { bySeniority, type World } from '../model/world'
import { audiences } from './bgp/node-groups'
import { type BgpPlan, lastingAudiences, planBgp, prefixesOf } from './bgp/plan-bgp'
import { type PasswordPlan, planPasswords } from './bgp/plan-passwords'
import { planSessions } from './bgp/plan-sessions'
import { paced, type Renewals } from './bgp/renewals'
import { withRetained } from './bgp/retained-routes'
import { type Departures, departures } from './departures'
import { type AnnouncementAnswer, announcedBy } from './explain'
import { eligibility } from './l2/eligible-nodes'
import type { MoveMemory } from './l2/movement'
import { partnerLists } from './l2/partner-lists'
import type { L2Placement } from './l2/placement'
import { planL2 } from './l2/plan-l2'
import { type NodeView, nodeViews } from './nodes/node-view'
import { type PlannedObject, packRouteSets, packSlices } from './pack/pack-objects'
import { type Lagging, type NodeReports, nodeReports } from './reports/node-report'

/** The result of planning, which publishing compares with the published objects. */
export type Plan = {
  readonly plans: ReadonlyMap<string, AnnouncementPlanSpec>
  readonly slices: readonly PlannedObject<AnnouncementSliceSpec>[]
  readonly routeSets: readonly PlannedObject<RouteSetSpec>[]
  readonly announced: ReadonlyMap<ServiceKey, AnnouncementAnswer>
  /** By BGPPeer, why its sessions cannot be planned. */
  readonly peerWarnings: ReadonlyMap<string, Note>
  readonly passwords: PasswordPlan
  /** Sessions that begin anew and are awaited, for the next pass. */
  readonly renewals: Renewals
  /** Services per advertisement, by `kind/name`. */
  readonly uses: ReadonlyMap<string, number>
  /** New L2 addresses that the next pass places, because this one has placed enough. */
  readonly deferred: number
  /** What the next pass needs to know of L2 addresses that move. */
  readonly moves: MoveMemory
  /** Seconds until time alone may change the plan, 0 for at once; undefined if it does not. */
  readonly nextSeconds: number | undefined
  /** What is known of each node by its speaker. */
  readonly reports: NodeReports
}

type PlanInput = {
  readonly settings: OperatorSettings
  readonly nowSeconds: number
  /** `Plan.renewals` of the last pass; undefined for the first one of a leader. */
  readonly renewals?: Renewals | undefined
  /** `Plan.moves` of the last pass; undefined for the first one of a leader. */
  readonly moves: MoveMemory | undefined
  readonly behind: Lagging
}

export function plan(world: World, config: Config, allocation: Allocation, input: PlanInput): Plan {
  const { settings, nowSeconds, renewals: before, moves, behind } = input
  const views = nodeViews(world, settings, nowSeconds)
  const allocated = allocatedServices(world, config, allocation)
  const { sessions: wanted, warnings } = planSessions(world, config, views)
  const { sessions, renewals, waiting } = paced(wanted, { world, before, nowSeconds })
  const rules = { count: settings.candidates, placement: settings.placement, rebalance: settings.rebalance }
  const l2 = planL2(allocated, { world, config, views, rules, eligibleNodesOf: eligibility(views), nowSeconds, moves })
  const divide = audiences(views)
  const drawn = planBgp(allocated, { world, config, views, divide, peerNames: peerNames(config) })
  const held = new Map(allocated.map(({ service, ips }) => [service.key, ips]))
  const bgp = withLasting(config.unknown.bgp ? withRetained(drawn, world, held, views) : drawn, world, config, views)
  const routeSets = routeSetsOf(bgp, world, config)
  const planned = [...views.keys()].filter((name) => world.speakers.has(name) || world.plans.has(name))
  const slices = slicesOf(planned, l2.placements, bgp, world)
  const lists = {
    routeSets: listing(routeSets, bgp),
    slices: groupBy(slices, ({ spec }) => [spec.node]),
    sessions,
    settings,
    partners: partnerLists(l2.placements, world.plans, settings),
    departing: departures(views, { l2, bgp, sessions }),
  }
  const reports = nodeReports(world, views, { behind, nowSeconds })
  const explained = { l2, bgp, sessions, world, views, config, reports, peerWarnings: warnings, perNode: settings.serviceBgpStatus }
  return {
    plans: new Map(planned.map((name) => [name, specOf(name, lists)])),
    slices,
    routeSets,
    announced: announcedBy(allocated, explained),
    peerWarnings: warnings,
    passwords: planPasswords(world, config),
    renewals,
    uses: new Map([...keyed('L2Advertisement', l2.uses), ...keyed('BGPAdvertisement', bgp.uses)]),
    deferred: l2.deferred,
    moves: l2.moves,
    nextSeconds: waiting ? Math.min(1, l2.nextSeconds ?? 1) : l2.nextSeconds,
    reports,
  }
}

const keyed = (kind: string, uses: ReadonlyMap<string, number>): readonly (readonly [string, number])[] =>
  [...uses].map(([name, n]) => [`${kind}/${name}`, n])

function allocatedServices(world: World, config: Config, allocation: Allocation): readonly AllocatedService[] {
  const pools = new Map([...config.former, ...config.pools].map((pool) => [pool.name, pool]))
  return [...world.services].sort(bySeniority).flatMap((service) => {
    const outcome = allocation.outcomes.get(service.key)
    const pool = outcome?.kind === 'assigned' ? pools.get(outcome.pool) : undefined
    return outcome?.kind === 'assigned' && pool !== undefined ? [{ service, ips: outcome.ips, pool }] : []
  })
}

const peerNames = ({ verdicts }: Config): readonly string[] =>
  verdicts.flatMap(({ object }) => (object.kind === 'BGPPeer' ? [object.meta.name] : [])).sort(compare)

/** Keeps an empty RouteSet while an advertisement has its audience. Otherwise each first Service would change the plans of all nodes. */
function withLasting(bgp: BgpPlan, world: World, config: Config, views: ReadonlyMap<string, NodeView>): BgpPlan {
  const lasting = lastingAudiences(config.bgp)
  const empty = world.routeSets.filter(({ spec }) => lasting.has(spec.audience) && !bgp.shared.has(spec.audience))
  if (empty.length === 0) return bgp
  const divide = audiences(views)
  const nodes = new Map(config.bgp.flatMap((advertisement) => divide([advertisement])).map((audience) => [audience.text, audience.nodes]))
  const may = (audience: string): ReadonlySet<string> =>
    new Set((nodes.get(audience) ?? []).filter((name) => views.get(name)?.excluded === undefined))
  return {
    ...bgp,
    shared: new Map([
      ...bgp.shared,
      ...empty.map(({ spec }) => [spec.audience, { routes: new Map(), nodes: may(spec.audience) }] as const),
    ]),
  }
}

function routeSetsOf(bgp: BgpPlan, world: World, config: Config): readonly PlannedObject<RouteSetSpec>[] {
  const moved = prefixesOf(bgp)
  const lasting = lastingAudiences(config.bgp)
  return [...bgp.shared].flatMap(([audience, { routes }]) =>
    keepOneEmpty(
      packRouteSets(audience, routes, world.routeSets, moved),
      ({ interim }) => interim.routes.length > 0,
      lasting.has(audience),
    ),
  )
}

function slicesOf(
  planned: readonly string[],
  placements: readonly L2Placement[],
  bgp: BgpPlan,
  world: World,
): readonly PlannedObject<AnnouncementSliceSpec>[] {
  const moved = prefixesOf(bgp)
  const published = groupBy(world.slices, ({ spec }) => [spec.node])
  const entries = groupBy(placements, ({ candidates, from }) =>
    from === undefined || candidates.includes(from) ? candidates : [...candidates, from],
  )
  return planned.flatMap((node) => {
    const content = { l2: entries.get(node) ?? [], routes: bgp.own.get(node) ?? new Map() }
    const slices = packSlices(node, content, published.get(node) ?? [], moved)
    return keepOneEmpty(slices, ({ interim }) => interim.l2.length + interim.routes.length > 0, true)
  })
}

/** Keeps at most the first of the empty objects. */
function keepOneEmpty<O>(objects: readonly O[], hasContent: (object: O) => boolean, keep: boolean): readonly O[] {
  const spare = keep && !objects.some(hasContent) ? objects[0] : undefined
  return objects.filter((object) => object === spare || hasContent(object))
}

function groupBy<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    for (const key of keysOf(item)) {
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [item])
      else group.push(item)
    }
  }
  return groups
}

/** Names of the RouteSets of each node. */
function listing(routeSets: readonly PlannedObject<RouteSetSpec>[], { shared }: BgpPlan): ReadonlyMap<string, readonly string[]> {
  const sets = groupBy(routeSets, ({ spec }) => [...(shared.get(spec.audience)?.nodes ?? [])])
  return new Map([...sets].map(([node, objects]) => [node, objects.map(({ name }) => name).sort(compare)]))
}

type Lists = {
  readonly routeSets: ReadonlyMap<string, readonly string[]>
  readonly slices: ReadonlyMap<string, readonly PlannedObject<AnnouncementSliceSpec>[]>
  readonly sessions: ReadonlyMap<string, AnnouncementPlanSpec['sessions']>
  readonly settings: OperatorSettings
  readonly partners: ReadonlyMap<string, AnnouncementPlanSpec['partners']>
  readonly departing: Departures
}

function specOf(name: string, { routeSets, slices, sessions, settings, partners, departing }: Lists): AnnouncementPlanSpec {
  const leaving = departing.leaving.get(name)
  const staying = departing.staying.get(name)
  return {
    node: name,
    sessions: sessions.get(name) ?? [],
    routeSets: routeSets.get(name) ?? [],
    slices: (slices.get(name) ?? []).map((slice) => slice.name).sort(compare),
    excludeInterfaces: settings.excludeInterfaces,
    ...(leaving === undefined ? {} : { leaving }),
    ...(staying === undefined ? {} : { staying: `${staying.reason}: ${staying.message}` }),
    partners: partners.get(name) ?? [],
  }
}
