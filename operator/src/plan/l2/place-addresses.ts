import type { Ip } from '@loadstone/ip'
import { toBigInt } from '@loadstone/ip/bytes'
import { partnerships, type StandingPartners } from '../../elect/partnerships'
import { compare } from '../../model/json'
import { type WeighedClaims, weighClaims } from './claims'
import type { AddressDemand } from './demands'
import { type Elected, type Elections, elect, electAll, type Place, type Round, recount } from './election'
import type { EligibleNodes } from './eligible-nodes'
import { handsOver, nextHandoverEnd } from './handover'
import { firstMoves, imbalance, type MoveMemory, mayMoveNow, nextMove, remembered } from './movement'
import type { L2Input, L2Placement } from './placement'
import { type PublishedEntries, type PublishedEntry, publishedEntries, termOf } from './published-entries'

export type PlacedAddresses = Omit<Elections, 'elected'> & {
  readonly placements: readonly L2Placement[]
  readonly ignored: WeighedClaims['ignored']
  readonly moves: MoveMemory
  /** Seconds until a pass is due although nothing else changes; undefined if none is. */
  readonly nextSeconds: number | undefined
}

export function placeAddresses(demands: ReadonlyMap<Ip, AddressDemand>, input: L2Input): PlacedAddresses {
  const published = publishedEntries(input.world.slices)
  const places = inOrder(demands, published)
  const round = beginRound(places, published, input)
  const memory = input.moves ?? firstMoves(input.nowSeconds)
  const { elected, ...others } = electAll(places, round)
  const { moved, inSeconds } = moveOne(elected, round, memory)
  const placements = [...elected.values()].map((one) => placementOf(one, round, memory))
  const moves = remembered(memory, { nowSeconds: input.nowSeconds, moved, ...changesOf(placements, published) })
  const waits = [
    others.deferred.length + others.unconverged > 0 ? 0 : undefined,
    others.early.length > 0 ? 1 : undefined,
    inSeconds,
    nextHandoverEnd(moves, input.nowSeconds),
  ].filter((wait) => wait !== undefined)
  return { ...others, placements, ignored: round.claims.ignored, moves, nextSeconds: waits.length === 0 ? undefined : Math.min(...waits) }
}

function beginRound(places: readonly Place[], published: PublishedEntries, input: L2Input): Round {
  const { views, world, rules } = input
  const width = Math.max(1, ...new Set(places.map(({ demand }) => demand.nodeSets[0]?.everywhere ?? 0)))
  const usable = [...views.values()].filter(({ excluded, unavailable }) => (excluded ?? unavailable) === undefined)
  const hashes = new Map(usable.map(({ node, hash }) => [node.name, hash]))
  return {
    input,
    rules: { ...rules, bound: Math.ceil((imbalance * places.length) / width) },
    claims: weighClaims({ plans: world.plans, published, views }),
    partners: partnerships({ count: rules.count, standing: standingPartners(places), hashes }),
    load: new Map(),
  }
}

/**
 * By owner, the nodes that stand by for its addresses, and how much each is used. What many nodes may announce counts most: a node that
 * stands by for addresses of a few nodes only, such as those of a Local Service, puts no partner out of its place.
 */
function standingPartners(places: readonly Place[]): StandingPartners {
  const found = new Map<string, Map<string, number>>()
  for (const { published, demand } of places) {
    if (published === undefined) continue
    const [owner = '', ...standbys] = published.candidates
    const [nodeSet] = demand.nodeSets
    const weight = nodeSet === undefined || nodeSet.isNarrowed ? 1 : 1 + nodeSet.everywhere
    const uses = found.get(owner) ?? new Map<string, number>()
    found.set(owner, uses)
    for (const node of standbys) uses.set(node, (uses.get(node) ?? 0) + weight)
  }
  return found
}

/** In the order of addresses. */
const inOrder = (demands: ReadonlyMap<Ip, AddressDemand>, published: PublishedEntries): readonly Place[] =>
  [...demands]
    .map(([ip, demand]) => ({ place: { ip, demand, published: published.get(ip) }, value: toBigInt(ip) }))
    .sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : compare(a.place.ip, b.place.ip)))
    .map(({ place }) => place)

type Moved = { readonly moved: Ip | undefined; readonly inSeconds: number | undefined }

/** Moves at most one address, for a preference or for balance. */
function moveOne(elected: Map<Ip, Elected>, round: Round, memory: MoveMemory): Moved {
  const { nowSeconds, rules } = round.input
  const input = { memory, nowSeconds, rules: { ...round.rules, rebalance: rules.rebalance }, load: round.load }
  const move = nextMove([...elected.values()].flatMap(movableOf), input)
  const one = move && elected.get(move.address)
  if (move === undefined || one === undefined) return { moved: undefined, inSeconds: undefined }
  const isHandedOver = memory.moving === undefined || elected.get(memory.moving)?.published?.from === undefined
  if (!mayMoveNow(move, input, isHandedOver))
    return { moved: undefined, inSeconds: move.dueSeconds > nowSeconds ? move.dueSeconds - nowSeconds : undefined }
  const after = elect(one, round, move.to)
  recount(round, one.list[0], after.list[0])
  elected.set(move.address, after)
  return { moved: move.address, inSeconds: undefined }
}

/** What is new or changes its owner anyway does not move. */
function movableOf({ ip, demand, published, eligible, list: [owner] }: Elected) {
  if (owner === undefined || published?.candidates[0] !== owner) return []
  const hasPreferences = demand.nodeSets.some((nodeSet) => nodeSet.hasPreferences)
  return [{ address: ip, electedBy: demand.electedBy, owner, eligible, hasPreferences }]
}

function placementOf({ ip, demand, published, list }: Elected, { input, claims }: Round, memory: MoveMemory): L2Placement {
  const { nowSeconds, views } = input
  const claim = claims.believed.get(ip)
  const sinceSeconds = memory.handovers.get(ip)
  const from = handsOver(list[0] ?? '', { published, claim, views, sinceSeconds, nowSeconds })
  const nodes = from === undefined ? list : [...list, from]
  return {
    address: ip,
    services: demand.services.map(({ key }) => key).sort(),
    candidates: list,
    term: termOf(list, published, claim?.term ?? 0, nowSeconds),
    from,
    interfaces: interfacesOf(demand.nodeSets[0], nodes, published),
  }
}

/** Interfaces of the nodes; the published ones for a node that only an unreadable advertisement selects, or that hands over. */
function interfacesOf(
  nodeSet: EligibleNodes | undefined,
  nodes: readonly string[],
  published: PublishedEntry | undefined,
): L2Placement['interfaces'] {
  const known = nodeSet?.interfaces ?? new Map<string, readonly string[] | undefined>()
  if (nodes.every((node) => known.has(node))) return known
  return new Map([...nodes.map((node) => [node, published?.interfaces] as const), ...known])
}

function changesOf(
  placements: readonly L2Placement[],
  published: PublishedEntries,
): { readonly changed: ReadonlySet<Ip>; readonly placed: ReadonlySet<Ip>; readonly handingOver: readonly Ip[] } {
  const [changed, placed] = [new Set<Ip>(), new Set<Ip>()]
  const handingOver: Ip[] = []
  for (const { address, candidates, from } of placements) {
    const before = published.get(address)
    if (before === undefined) placed.add(address)
    else if (before.candidates[0] !== candidates[0]) changed.add(address)
    if (from !== undefined) handingOver.push(address)
  }
  return { changed, placed, handingOver }
}
