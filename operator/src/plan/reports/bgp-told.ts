import { type Family, familyOf, type Ip } from '@loadstone/ip'
import type { PlannedSession } from '@loadstone/plan'
import type { SessionStatus } from '@loadstone/plan/status'
import { type ActiveBgpAdvertisement, announcesFrom } from '../../config/config'
import { type Note, note } from '../../model/reasons'
import type { Service, World } from '../../model/world'
import { aggregate } from '../bgp/plan-bgp'
import type { NodeView } from '../nodes/node-view'
import { nodesServing } from '../nodes/serving'
import type { Finding } from './l2-owners'
import { type NodeReports, noNode } from './node-report'

export type ToldInput = {
  readonly world: Pick<World, 'endpoints' | 'routeSets' | 'slices'>
  readonly views: ReadonlyMap<string, NodeView>
  readonly sessions: ReadonlyMap<string, readonly PlannedSession[]>
  readonly reports: NodeReports
}

/** What a Service asks of BGP: by which advertisements, from which groups of nodes. Without advertisements, by any session. */
export type Asked = {
  readonly service: Service
  readonly advertisements: readonly ActiveBgpAdvertisement[]
  readonly groups: readonly ReadonlySet<string>[]
}

/** Numbers of sessions that should carry a route: planned, of nodes that are silent or dead, and so on. */
type Tally = { planned: number; silent: number; dead: number; up: number; carrying: number; told: number }

const empty = (): Tally => ({ planned: 0, silent: 0, dead: 0, up: 0, carrying: 0, told: 0 })

/** What only the configuration tells: why no session is planned at all, and which BGPPeers are not in force, in sentences. */
export type PeerFaults = { readonly noSession: (asked: Asked) => Note; readonly faults: (asked: Asked) => string }

type BgpReports = {
  /** Whether a router was told of the addresses, and else why not. */
  readonly findings: (asked: Asked, ips: readonly Ip[]) => ReadonlyMap<Ip, Finding>
  /** Which routers each node has told of the addresses: the BGPPeers by node. */
  readonly told: (asked: Asked, ips: readonly Ip[]) => ReadonlyMap<string, readonly string[]>
}

/** What the sessions of living speakers say of the addresses of Services. */
export function bgpReports(input: ToldInput, peers: PeerFaults): BgpReports {
  const known = new Map<ReadonlySet<string>, Map<string, Tally>>()
  const tallyOf = (asked: Asked, group: ReadonlySet<string>, family: Family): Tally => {
    if (asked.service.local) return count(asked, group, family, input)
    const tallies = known.get(group) ?? new Map<string, Tally>()
    known.set(group, tallies)
    const key = [family, ...asked.advertisements.map(({ name }) => name)].join(' ')
    const tally = tallies.get(key) ?? count(asked, group, family, input)
    tallies.set(key, tally)
    return tally
  }
  const published = publishedPrefixes(input.world)
  const findingFor = (asked: Asked, ip: Ip): Finding => {
    const tally = sum(asked.groups.map((group) => tallyOf(asked, group, familyOf(ip))))
    return findingOf(
      ip,
      asked,
      isPublished(asked, ip, published) ? tally : { ...tally, told: 0, carrying: tally.carrying + tally.told },
      peers,
    )
  }
  return {
    findings: (asked, ips) => new Map(ips.map((ip) => [ip, findingFor(asked, ip)])),
    told: (asked, ips) =>
      toldByNode(
        asked,
        ips.filter((ip) => isPublished(asked, ip, published)),
        input,
      ),
  }
}

/** All prefixes of routes that speakers can read. */
const publishedPrefixes = ({ routeSets, slices }: Pick<World, 'routeSets' | 'slices'>): ReadonlySet<string> =>
  new Set([...routeSets, ...slices].flatMap(({ spec }) => spec.routes.map(({ prefix }) => prefix)))

/** Nobody can have told a router of a route that is planned only. */
const isPublished = ({ advertisements }: Asked, ip: Ip, published: ReadonlySet<string>): boolean =>
  advertisements.length === 0 || advertisements.some((advertisement) => published.has(aggregate(ip, advertisement)))

const sum = (tallies: readonly Tally[]): Tally =>
  tallies.reduce(
    (all, one) => ({
      planned: all.planned + one.planned,
      silent: all.silent + one.silent,
      dead: all.dead + one.dead,
      up: all.up + one.up,
      carrying: all.carrying + one.carrying,
      told: all.told + one.told,
    }),
    empty(),
  )

function count(asked: Asked, group: ReadonlySet<string>, family: Family, input: ToldInput): Tally {
  const tally = empty()
  for (const { node, session } of sessionsFor(asked, group, family, input)) {
    tally.planned++
    const report = input.reports.get(node) ?? noNode
    if (!('status' in report)) {
      tally.silent++
      if (report.dead) tally.dead++
      continue
    }
    const status = report.sessions.get(session.peer)
    if (status?.state !== 'Established') continue
    tally.up++
    if (carries(session, status, family)) tally.carrying++
    if (announced(status, family) > 0) tally.told++
  }
  return tally
}

/** The planned sessions by which the nodes of a group should announce an address of the family. */
function* sessionsFor(
  { service, advertisements }: Asked,
  group: ReadonlySet<string>,
  family: Family,
  { world, views, sessions }: ToldInput,
): Iterable<{ readonly node: string; readonly session: PlannedSession }> {
  const serving = service.local ? nodesServing(service, family, world) : group
  for (const node of group) {
    const labels = views.get(node)?.node.labels
    if (labels === undefined || !serving.has(node)) continue
    const here = advertisements.filter(({ definition }) => announcesFrom(definition, labels))
    for (const session of sessions.get(node) ?? []) {
      if (advertisements.length === 0 || here.some((one) => isFor(one, session))) yield { node, session }
    }
  }
}

const isFor = ({ definition: { peers } }: ActiveBgpAdvertisement, { peer }: PlannedSession): boolean =>
  peers.length === 0 || peers.includes(peer)

/** A router that was told of prefixes of the family counts as told of each: the status counts them and lists none. */
const announced = ({ announcedIPv4, announcedIPv6 }: SessionStatus, family: Family): number =>
  family === 'ipv4' ? announcedIPv4 : announcedIPv6

const carries = ({ families }: PlannedSession, { negotiated }: SessionStatus, family: Family): boolean =>
  families.includes(family) && (negotiated?.capabilities.includes(`${family}-unicast`) ?? true)

function findingOf(ip: Ip, asked: Asked, tally: Tally, { noSession, faults }: PeerFaults): Finding {
  if (tally.told > 0) return { is: 'announced', way: wayOf(asked), passing: false }
  if (tally.planned === 0) return { is: 'lacking', status: 'False', note: noSession(asked), passing: false }
  if (tally.silent === tally.planned) {
    const why = note('SpeakerSilent', 'Nothing is known of the speakers on the nodes that should announce it.')
    return { is: 'lacking', status: 'Unknown', note: why, passing: tally.dead < tally.planned }
  }
  const { reason, message } = untold(ip, tally)
  const blamed = [message, faults(asked)].filter((text) => text !== '').join(' ')
  return { is: 'lacking', status: 'False', note: note(reason, blamed), passing: reason !== 'FamilyNotNegotiated' }
}

/** Why the sessions that are known of have not told it. */
function untold(ip: Ip, { up, carrying }: Tally): Note {
  if (up === 0) return note('NoSessionUp', 'No session that should carry it is up; the condition Established of the BGPPeers says why.')
  if (carrying > 0) return note('NotTold', 'Sessions are up, and no router has been told of it yet.')
  const family = familyOf(ip) === 'ipv4' ? 'IPv4' : 'IPv6'
  const message = `The sessions that are up do not carry ${family}; enable that address family at the router, or in the BGPPeer.`
  return note('FamilyNotNegotiated', message)
}

const wayOf = ({ service }: Asked): string =>
  `by BGP from ${service.local ? 'every node with a pod' : 'every selected node'} that has a session up`

function toldByNode(asked: Asked, ips: readonly Ip[], input: ToldInput): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>()
  for (const family of new Set(ips.map(familyOf))) {
    for (const { node, session } of asked.groups.flatMap((group) => [...sessionsFor(asked, group, family, input)])) {
      const report = input.reports.get(node) ?? noNode
      const status = 'status' in report ? report.sessions.get(session.peer) : undefined
      if (status?.state !== 'Established' || announced(status, family) === 0) continue
      found.set(node, (found.get(node) ?? new Set()).add(session.peer))
    }
  }
  return new Map([...found].map(([node, peers]) => [node, [...peers].sort()]))
}
