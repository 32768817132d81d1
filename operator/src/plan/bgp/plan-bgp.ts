import { type Family, familyOf, type Ip, prefixOf, prefixText } from '@loadstone/ip'
import type { PlannedRoute, ServiceKey } from '@loadstone/plan'
import type { AllocatedService } from '../../allocate/outcome'
import { contradictory } from '../../config/bgp-conflicts'
import { type ActiveBgpAdvertisement, announcesFrom, type Config } from '../../config/config'
import { coverage } from '../../config/coverage'
import { type Note, note } from '../../model/reasons'
import type { Service, World } from '../../model/world'
import type { NodeView } from '../nodes/node-view'
import { nodesServing, servedIps, unserved } from '../nodes/serving'
import { type Contribution, contradict, mergeRoutes } from './merge-routes'
import { type Audience, audienceText } from './node-groups'

/** Routes by prefix: one, or several if they differ by peer. */
export type Routes = ReadonlyMap<string, readonly PlannedRoute[]>

export type BgpPlan = {
  /** Routes that several nodes announce, by audience. */
  readonly shared: ReadonlyMap<string, { readonly routes: Routes; readonly nodes: ReadonlySet<string> }>
  /** Routes of single nodes, by node. */
  readonly own: ReadonlyMap<string, Routes>
  readonly refusals: ReadonlyMap<ServiceKey, Note>
  /** Services by BGPAdvertisement. */
  readonly uses: ReadonlyMap<string, number>
  /** Groups of nodes that announce each Service; never an empty group. */
  readonly from: ReadonlyMap<ServiceKey, readonly ReadonlySet<string>[]>
}

type BgpInput = {
  readonly world: Pick<World, 'endpoints'>
  readonly config: Pick<Config, 'bgp' | 'peers'>
  readonly views: ReadonlyMap<string, NodeView>
  readonly divide: (advertisements: readonly ActiveBgpAdvertisement[]) => readonly Audience[]
  /** Names of all BGPPeers. */
  readonly peerNames: readonly string[]
}

type Draft = {
  readonly shared: Map<string, { routes: Map<string, readonly PlannedRoute[]>; nodes: Set<string> }>
  readonly own: Map<string, Map<string, readonly PlannedRoute[]>>
  readonly from: Map<ServiceKey, ReadonlySet<string>[]>
  readonly clashes: Map<ServiceKey, Note>
}

export function planBgp(allocated: readonly AllocatedService[], input: BgpInput): BgpPlan {
  const { prefixes, refusals, uses } = collect(allocated, input)
  const draft: Draft = { shared: new Map(), own: new Map(), from: new Map(), clashes: new Map() }
  for (const [prefix, contributions] of prefixes) {
    if (contributions.some(({ service }) => service.local)) planOwn(prefix, contributions, input, draft)
    else planShared(prefix, contributions, input, draft)
  }
  for (const { service } of [...prefixes.values()].flat()) {
    if (!draft.from.has(service.key)) refusals.set(service.key, draft.clashes.get(service.key) ?? whyNotAnnounced(service))
  }
  return { shared: draft.shared, own: draft.own, from: draft.from, refusals, uses }
}

type Contributions = {
  readonly prefixes: ReadonlyMap<string, readonly Contribution[]>
  readonly refusals: Map<ServiceKey, Note>
  readonly uses: ReadonlyMap<string, number>
}

/** All contributions, by prefix. */
function collect(allocated: readonly AllocatedService[], { world, config }: BgpInput): Contributions {
  const refusals = new Map<ServiceKey, Note>()
  const uses = new Map<string, number>()
  const prefixes = new Map<string, Contribution[]>()
  const advertisementsOf = coverage(config.bgp)
  for (const { service, ips, pool } of allocated) {
    const advertisements = advertisementsOf(service, pool)
    const served = servedIps(service, ips, { endpoints: world.endpoints })
    const refusal = advertisements.length === 0 ? undefined : unserved(ips, served)
    if (refusal !== undefined) refusals.set(service.key, refusal)
    if (served.length === 0) continue
    for (const advertisement of advertisements) {
      uses.set(advertisement.name, (uses.get(advertisement.name) ?? 0) + 1)
      for (const ip of served) contribute(prefixes, aggregate(ip, advertisement), { service, advertisement })
    }
  }
  return { prefixes, refusals, uses }
}

/** The prefix by which an advertisement announces an address. */
export function aggregate(ip: Ip, { definition }: Pick<ActiveBgpAdvertisement, 'definition'>): string {
  const length = definition.aggregation[familyOf(ip)]
  return length === 32 && familyOf(ip) === 'ipv4' ? `${ip}/32` : prefixText(prefixOf(ip, length))
}

function contribute(prefixes: Map<string, Contribution[]>, prefix: string, contribution: Contribution): void {
  const known = prefixes.get(prefix)
  if (known === undefined) prefixes.set(prefix, [contribution])
  else known.push(contribution)
}

/** A Service whose advertisements contradict each other is announced from no node that both select: docs/metallb-behaviour.md §1.9. */
function consistent(applying: readonly Contribution[], clashes: Map<ServiceKey, Note>): readonly Contribution[] {
  if (!applying.some(({ advertisement }) => advertisement.definition.serviceSelectors.length > 0)) return applying
  return applying.filter(({ service }) => {
    const clash = contradict(applying.filter((other) => other.service === service).map(({ advertisement }) => advertisement))
    if (clash !== undefined) clashes.set(service.key, contradiction(clash))
    return clash === undefined
  })
}

function contradiction([a, b]: readonly [ActiveBgpAdvertisement, ActiveBgpAdvertisement]): Note {
  const attribute = contradictory(a.definition, b.definition) ?? 'localPref'
  const what = { localPref: 'local preferences', asPathPrepend: 'prependings' }[attribute]
  return note(
    'ConflictingAdvertisements',
    `The BGPAdvertisements ${a.name} and ${b.name} give its route different ${what} (${a.definition[attribute]} and ${b.definition[attribute]}) from the same nodes for the same peers.`,
  )
}

/** Routes that all nodes of an audience announce alike, for RouteSets that name no node. */
function planShared(prefix: string, contributions: readonly Contribution[], input: BgpInput, { shared, from, clashes }: Draft): void {
  const advertisements = [...new Set(contributions.map(({ advertisement }) => advertisement))]
  for (const { text, nodes, includes } of input.divide(advertisements)) {
    const applying = consistent(
      contributions.filter(({ advertisement }) => includes(advertisement)),
      clashes,
    )
    if (applying.length === 0) continue
    const set = shared.get(text) ?? {
      routes: new Map<string, readonly PlannedRoute[]>(),
      nodes: new Set(
        withNetwork(
          nodes.filter((name) => mayAnnounce(name, input)),
          (name) => name,
          input,
        ),
      ),
    }
    shared.set(text, set)
    set.routes.set(prefix, mergeRoutes(prefix, applying, input.peerNames))
    if (set.nodes.size > 0) remember(from, applying, set.nodes)
  }
}

/** Routes of single nodes, for a prefix with a Service of policy Local: that Service contributes only on nodes with a pod. */
function planOwn(prefix: string, contributions: readonly Contribution[], input: BgpInput, { own, from, clashes }: Draft): void {
  const found: { readonly name: string; readonly applying: readonly Contribution[] }[] = []
  for (const name of hosts(prefix, contributions, input)) {
    const labels = input.views.get(name)?.node.labels
    if (labels === undefined || !mayAnnounce(name, input)) continue
    const here = contributions.filter(
      ({ service, advertisement }) =>
        announcesFrom(advertisement.definition, labels) &&
        (!service.local || nodesServing(service, familyOfPrefix(prefix), input.world).has(name)),
    )
    const applying = consistent(here, clashes)
    if (applying.length > 0) found.push({ name, applying })
  }
  for (const { name, applying } of withNetwork(found, ({ name: of }) => of, input)) {
    const routes = own.get(name) ?? new Map<string, readonly PlannedRoute[]>()
    own.set(name, routes)
    routes.set(prefix, mergeRoutes(prefix, applying, input.peerNames))
    remember(from, applying, new Set([name]))
  }
}

/** Without those whose node has the condition NetworkUnavailable, unless all of them have it: that is never the last path. */
function withNetwork<T>(all: readonly T[], nodeOf: (one: T) => string, { views }: BgpInput): readonly T[] {
  const connected = all.filter((one) => views.get(nodeOf(one))?.node.networkUnavailable !== true)
  return connected.length > 0 ? connected : all
}

const familyOfPrefix = (prefix: string): Family => (prefix.includes(':') ? 'ipv6' : 'ipv4')

function hosts(prefix: string, contributions: readonly Contribution[], { world, views }: BgpInput): Iterable<string> {
  if (contributions.some(({ service }) => !service.local)) return views.keys()
  return new Set(contributions.flatMap(({ service }) => [...nodesServing(service, familyOfPrefix(prefix), world)]))
}

const mayAnnounce = (node: string, { views }: BgpInput): boolean => {
  const view = views.get(node)
  return view !== undefined && view.excluded === undefined
}

function remember(from: Map<ServiceKey, ReadonlySet<string>[]>, applying: readonly Contribution[], nodes: ReadonlySet<string>): void {
  for (const { service } of applying) {
    const known = from.get(service.key)
    if (known === undefined) from.set(service.key, [nodes])
    else if (!known.includes(nodes)) known.push(nodes)
  }
}

const whyNotAnnounced = (service: Service): Note =>
  service.local
    ? note('NoLocalEndpoints', 'externalTrafficPolicy is Local, and no node that may announce has a pod of the Service.')
    : note('NoEligibleNode', 'No node that a BGPAdvertisement selects may announce it.')

/** Audiences of single advertisements. Their empty RouteSets stay, so that the next Service costs one write. */
export const lastingAudiences = (advertisements: readonly ActiveBgpAdvertisement[]): ReadonlySet<string> =>
  new Set(advertisements.map(audienceText))

/** All announced prefixes. One of these that leaves an object has moved to another. */
export function prefixesOf({ shared, own }: Pick<BgpPlan, 'shared' | 'own'>): ReadonlySet<string> {
  const all = [...[...shared.values()].map(({ routes }) => routes), ...own.values()]
  return new Set(all.flatMap((routes) => [...routes.keys()]))
}
