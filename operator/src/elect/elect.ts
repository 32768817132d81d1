import type { Ip } from '@loadstone/ip'
import { compare } from '../model/json'
import type { Placement } from '../model/settings'
import { byStanding, type Candidate, type CandidateMap } from './candidate'
import type { Partnerships } from './partnerships'
import { metallbRank, rendezvousWeight, textHash } from './rendezvous-hash'

/** One address to elect candidates for. */
type Election = {
  /** The hash of the address decides between nodes of equal score. */
  readonly address: Ip
  readonly eligible: CandidateMap
  /** The published candidates, the owner first. */
  readonly previous: readonly string[]
  /** The node that owns the address by a speaker's claim, if it is another than the published owner. */
  readonly owner: string | undefined
  /** The eligible node to which the address moves, if it does. */
  readonly moveTo?: string | undefined
}

/** Settings that apply to every election of a pass. */
export type Rules = {
  readonly count: number
  readonly placement: Placement
  /** A node that owns as many addresses gets another only if every equal node has as many. */
  readonly bound: number
}

type Situation = {
  /** How many addresses each node owns. */
  readonly load: ReadonlyMap<string, number>
  readonly partners: Partnerships
}

/**
 * The candidates of an address, the owner first. A published candidate that is still eligible keeps its place, because moving an
 * address resets its TCP connections. The owner changes only when it is no longer eligible or ready, or when the address is to move; the
 * standbys when one is no longer eligible, when there is room, or when one that is no partner of the owner can be replaced by one.
 */
export function candidates(election: Election, rules: Rules, { load, partners }: Situation): readonly string[] {
  if (isServed(election) && isSettled(election, rules, partners)) return election.previous
  const [owner, ...others] = withOwner(election, rules, load)
  if (owner === undefined) return []
  const previous = others.map(({ node }) => node)
  const standbys = partners.standbys({ owner, previous, eligible: election.eligible, wanted: rules.count - 1 }, (list, choice) =>
    nextStandby(list, choice, election.address, rules.placement),
  )
  // The sort is stable, so that only readiness changes the order.
  return [owner, ...standbys.sort((a, b) => Number(b.ready) - Number(a.ready))].map(({ node }) => node)
}

/** Whether the published list does its work: all its nodes are eligible and ready, and no speaker claims the address. */
export function isServed({ eligible, previous, owner, moveTo }: Election): boolean {
  if (owner !== undefined || moveTo !== undefined || previous.length === 0) return false
  return previous.every((node, i) => eligible.get(node)?.ready === true && previous.indexOf(node) === i)
}

/** Whether a list that does its work stays as it is: it is full, and its standbys are partners of the owner. Nearly always true. */
export function isSettled({ eligible, previous }: Election, { count }: Pick<Rules, 'count'>, partners: Partnerships): boolean {
  const [owner = '', ...standbys] = previous
  if (previous.length !== count && (previous.length > count || previous.length !== eligible.size)) return false
  return standbys.every((node) => partners.isPartner(owner, node) || !partners.isReplaceable(owner, previous, eligible))
}

/** The previous candidates that are eligible, behind the one that owns the address from now on. */
function withOwner(election: Election, rules: Rules, load: ReadonlyMap<string, number>): readonly Candidate[] {
  const kept = keptOf(election)
  const target = election.moveTo === undefined ? undefined : election.eligible.get(election.moveTo)
  if (target !== undefined) return [target, ...kept.filter(({ node }) => node !== target.node)]
  if (kept.some(({ ready }) => ready)) return kept
  const elected = electOwner(election, rules, load)
  return elected !== undefined && (kept.length === 0 || elected.ready) ? [elected, ...kept] : kept
}

/** Previous candidates that are still eligible: ready ones first, of these the claimed owner first, else in their order. */
function keptOf({ eligible, previous, owner }: Election): readonly Candidate[] {
  const rank = (candidate: Candidate): number => (candidate.ready ? 0 : 2) + (candidate.node === owner ? 0 : 1)
  return [...new Set(previous)].flatMap((node) => eligible.get(node) ?? []).sort((a, b) => rank(a) - rank(b))
}

const topOf = new WeakMap<CandidateMap, readonly Candidate[]>()

/** The candidates that rank first by readiness and score, worked out once for each set of nodes: addresses are many, sets are few. */
export function leaders(eligible: CandidateMap): readonly Candidate[] {
  const known = topOf.get(eligible)
  if (known !== undefined) return known
  let top: Candidate[] = []
  for (const candidate of eligible.values()) {
    const [first] = top
    const order = first === undefined ? -1 : byStanding(candidate, first)
    if (order < 0) top = [candidate]
    else if (order === 0) top.push(candidate)
  }
  topOf.set(eligible, top)
  return top
}

type Choice = Pick<Election, 'address' | 'eligible'>

/** The node for a new address: the best one below the bound, else the one that owns least: rendezvous hashing with bounded load. */
export function electOwner(
  { address, eligible }: Choice,
  { placement, bound }: Pick<Rules, 'placement' | 'bound'>,
  load: ReadonlyMap<string, number>,
): Candidate | undefined {
  const among = leaders(eligible)
  if (placement === 'metallb') return firstByMetalLb(among, address)
  const owned = ({ node }: Candidate): number => load.get(node) ?? 0
  const free = heaviest(among, address, (candidate) => owned(candidate) < bound)
  if (free !== undefined || among.length === 0) return free
  const least = among.reduce((low, candidate) => Math.min(low, owned(candidate)), Number.POSITIVE_INFINITY)
  return heaviest(among, address, (candidate) => owned(candidate) === least)
}

/** One walk over the nodes; whether one qualifies is asked only of those that would win. */
function heaviest(among: readonly Candidate[], address: Ip, qualifies: (candidate: Candidate) => boolean): Candidate | undefined {
  const hash = textHash(address)
  let [found, most]: [Candidate | undefined, number] = [undefined, -1]
  for (const candidate of among) {
    const weight = rendezvousWeight(candidate.hash, hash)
    const wins = weight > most || (weight === most && found !== undefined && compare(candidate.node, found.node) < 0)
    if (wins && qualifies(candidate)) [found, most] = [candidate, weight]
  }
  return found
}

function firstByMetalLb(among: readonly Candidate[], address: Ip): Candidate | undefined {
  let [found, least]: [Candidate | undefined, string] = [undefined, '']
  for (const candidate of among) {
    const digest = metallbRank(candidate.node, address)
    if (found === undefined || digest < least) [found, least] = [candidate, digest]
  }
  return found
}

/** The best of the few partners: of a zone without one in the list, so that an address survives the loss of a zone. */
function nextStandby(list: readonly Candidate[], choice: readonly Candidate[], address: Ip, placement: Placement): Candidate | undefined {
  const hash = textHash(address)
  const order = (a: Candidate, b: Candidate): number =>
    byStanding(a, b) ||
    (placement === 'metallb'
      ? compare(metallbRank(a.node, address), metallbRank(b.node, address))
      : rendezvousWeight(b.hash, hash) - rendezvousWeight(a.hash, hash)) ||
    compare(a.node, b.node)
  const sorted = [...choice].sort(order)
  const [first] = sorted
  if (first === undefined || placement === 'metallb') return first
  return sorted.find((one) => byStanding(one, first) === 0 && !list.some(({ zone }) => zone === one.zone)) ?? first
}
