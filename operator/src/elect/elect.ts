import type { Ip } from '@loadstone/ip'
import { compare } from '../model/json'
import type { Placement } from '../model/settings'
import { metallbRank, rendezvousWeight, textHash } from './rendezvous-hash'

/** A node that may answer for an address. */
export type Candidate = {
  readonly node: string
  /** Its hash, computed once per pass. */
  readonly hash: number
  /** Ready nodes rank before all others, whatever their score and weight. */
  readonly ready: boolean
  /** Sum of the weights of the preferences it matches. */
  readonly score: number
  readonly zone: string
}

/** One address to elect candidates for. */
type Election = {
  /** The hash of the address decides between nodes of equal score. */
  readonly address: Ip
  readonly eligible: ReadonlyMap<string, Candidate>
  /** The published candidates, the owner first. */
  readonly previous: readonly string[]
  /** The node that owns the address by a speaker's claim, if it is another than the published owner. */
  readonly owner: string | undefined
}

/** Settings that apply to every election of a pass. */
export type Rules = {
  readonly count: number
  readonly placement: Placement
  /** A node that owns as many addresses gets another only if every equal node has as many. */
  readonly bound: number
}

/**
 * The candidates of an address, the owner first. A published candidate that is still eligible keeps its place, because moving an
 * address resets its TCP connections. The list changes only when a candidate is no longer eligible or ready, or when there is room.
 */
export function candidates(election: Election, rules: Rules, load: ReadonlyMap<string, number>): readonly string[] {
  if (isSettled(election, rules)) return election.previous
  const kept = keptOf(election).slice(0, rules.count)
  const full = kept.length >= Math.min(rules.count, election.eligible.size)
  if (full && kept.some(({ ready }) => ready)) return kept.map(({ node }) => node)
  const rest = scoreOthers(election, rules, kept)
  const list = [...kept]
  if (!kept.some(({ ready }) => ready)) {
    const owner = ownerOf(rest, rules, load)
    if (owner !== undefined && (kept.length === 0 || owner.ready)) list.unshift(owner)
  }
  while (list.length < rules.count && list.length < election.eligible.size) list.push(standbyOf(rest, list, rules) as Candidate)
  // The sort is stable, so that only readiness changes the order.
  return list
    .sort((a, b) => Number(b.ready) - Number(a.ready))
    .slice(0, rules.count)
    .map(({ node }) => node)
}

/** Whether the published list stays: it is full, its nodes are ready, and no speaker claims the address. Nearly always true. */
function isSettled({ eligible, previous, owner }: Election, { count }: Rules): boolean {
  if (owner !== undefined || previous.length !== Math.min(count, eligible.size)) return false
  return previous.every((node, i) => eligible.get(node)?.ready === true && previous.indexOf(node) === i)
}

/** Previous candidates that are still eligible: ready ones first, of these the claimed owner first, else in their order. */
function keptOf({ eligible, previous, owner }: Election): readonly Candidate[] {
  const rank = (candidate: Candidate): number => (candidate.ready ? 0 : 2) + (candidate.node === owner ? 0 : 1)
  return [...new Set(previous)].flatMap((node) => eligible.get(node) ?? []).sort((a, b) => rank(a) - rank(b))
}

type ScoredCandidate = { readonly candidate: Candidate; readonly weight: number; readonly digest: string }

function scoreOthers({ address, eligible }: Election, { placement }: Rules, kept: readonly Candidate[]): readonly ScoredCandidate[] {
  const taken = new Set(kept)
  const hash = textHash(address)
  const scored: ScoredCandidate[] = []
  for (const candidate of eligible.values()) {
    if (taken.has(candidate)) continue
    scored.push(
      placement === 'metallb'
        ? { candidate, weight: 0, digest: metallbRank(candidate.node, address) }
        : { candidate, weight: rendezvousWeight(candidate.hash, hash), digest: '' },
    )
  }
  return scored
}

/** Orders by readiness, score, hash, and name if hashes are equal. */
const precedes = (a: ScoredCandidate, b: ScoredCandidate): boolean =>
  (Number(b.candidate.ready) - Number(a.candidate.ready) ||
    b.candidate.score - a.candidate.score ||
    b.weight - a.weight ||
    compare(a.digest, b.digest) ||
    compare(a.candidate.node, b.candidate.node)) < 0

/** The best candidate that qualifies, by linear search: of thousands of nodes only a few are needed. */
function best(scored: readonly ScoredCandidate[], qualifies: (candidate: Candidate) => boolean): Candidate | undefined {
  let found: ScoredCandidate | undefined
  for (const other of scored) if (qualifies(other.candidate) && (found === undefined || precedes(other, found))) found = other
  return found?.candidate
}

const equals = (a: Candidate, b: Candidate): boolean => a.ready === b.ready && a.score === b.score

/** The best candidate below the bound, else the one that owns least: rendezvous hashing with bounded load. */
function ownerOf(
  scored: readonly ScoredCandidate[],
  { bound, placement }: Rules,
  load: ReadonlyMap<string, number>,
): Candidate | undefined {
  const first = best(scored, () => true)
  if (first === undefined || placement === 'metallb') return first
  const owned = ({ node }: Candidate): number => load.get(node) ?? 0
  const free = best(scored, (candidate) => equals(candidate, first) && owned(candidate) < bound)
  if (free !== undefined) return free
  const least = scored.reduce(
    (low, { candidate }) => (equals(candidate, first) ? Math.min(low, owned(candidate)) : low),
    Number.POSITIVE_INFINITY,
  )
  return best(scored, (candidate) => equals(candidate, first) && owned(candidate) === least)
}

/** The best candidate of a zone without one in the list, so that an address survives the loss of a zone. */
function standbyOf(scored: readonly ScoredCandidate[], list: readonly Candidate[], { placement }: Rules): Candidate | undefined {
  const first = best(scored, (candidate) => !list.includes(candidate))
  if (first === undefined || placement === 'metallb') return first
  const elsewhere = (candidate: Candidate): boolean => !list.some((other) => other === candidate || other.zone === candidate.zone)
  return best(scored, (candidate) => equals(candidate, first) && elsewhere(candidate)) ?? first
}
