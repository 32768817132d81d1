import type { Ip } from '@loadstone/ip'
import { compare } from '../model/json'
import type { Placement } from '../model/settings'
import { metallbRank, textHash, weight } from './rendezvous-hash'

/** A node that may answer for an address. */
export type Contender = {
  readonly node: string
  /** Its hash, computed once per pass. */
  readonly hash: number
  /** Not ready ranks behind ready, whatever else speaks for it. */
  readonly ready: boolean
  /** Sum of the weights of the preferences it matches. */
  readonly score: number
  readonly zone: string
}

export type Seat = {
  /** Whose hash decides among equals. */
  readonly address: Ip
  readonly eligible: ReadonlyMap<string, Contender>
  /** The list as published. */
  readonly previous: readonly string[]
  /** Who answers for it now by the speakers' word, if that is another than planned. */
  readonly owner: string | undefined
}

export type Rules = {
  readonly count: number
  readonly placement: Placement
  /** Addresses that a node may own before others come first. */
  readonly bound: number
}

/**
 * Who answers for an address, the owner first. Who is in the list and still eligible keeps its place, because moving an address
 * resets the TCP connections it carries; so the list changes only when somebody leaves it or falls silent, or there is room.
 */
export function candidates(seat: Seat, rules: Rules, load: ReadonlyMap<string, number>): readonly string[] {
  if (isSettled(seat, rules)) return seat.previous
  const kept = keptOf(seat).slice(0, rules.count)
  const full = kept.length >= Math.min(rules.count, seat.eligible.size)
  if (full && kept.some(({ ready }) => ready)) return kept.map(({ node }) => node)
  const rest = everybodyElse(seat, rules, kept)
  const list = [...kept]
  if (!kept.some(({ ready }) => ready)) {
    const owner = ownerOf(rest, rules, load)
    if (owner !== undefined && (kept.length === 0 || owner.ready)) list.unshift(owner)
  }
  while (list.length < rules.count && list.length < seat.eligible.size) list.push(standbyOf(rest, list, rules) as Contender)
  // Stable: only readiness reorders.
  return list
    .sort((a, b) => Number(b.ready) - Number(a.ready))
    .slice(0, rules.count)
    .map(({ node }) => node)
}

/** Nothing to decide, as for nearly every address in nearly every pass: everybody is there and nobody could join. */
function isSettled({ eligible, previous, owner }: Seat, { count }: Rules): boolean {
  if (owner !== undefined || previous.length !== Math.min(count, eligible.size)) return false
  return previous.every((node, i) => eligible.get(node)?.ready === true && previous.indexOf(node) === i)
}

/** Still eligible, in their order; ready ones first, and among those whoever the speakers say owns it. */
function keptOf({ eligible, previous, owner }: Seat): readonly Contender[] {
  const rank = (contender: Contender): number => (contender.ready ? 0 : 2) + (contender.node === owner ? 0 : 1)
  return [...new Set(previous)].flatMap((node) => eligible.get(node) ?? []).sort((a, b) => rank(a) - rank(b))
}

type Rival = { readonly contender: Contender; readonly heavy: number; readonly digest: string }

function everybodyElse({ address, eligible }: Seat, { placement }: Rules, kept: readonly Contender[]): readonly Rival[] {
  const taken = new Set(kept)
  const hash = textHash(address)
  const rivals: Rival[] = []
  for (const contender of eligible.values()) {
    if (taken.has(contender)) continue
    rivals.push(
      placement === 'metallb'
        ? { contender, heavy: 0, digest: metallbRank(contender.node, address) }
        : { contender, heavy: weight(contender.hash, hash), digest: '' },
    )
  }
  return rivals
}

/** Readiness, preference, then the hash; the name only where hashes collide. */
const precedes = (a: Rival, b: Rival): boolean =>
  (Number(b.contender.ready) - Number(a.contender.ready) ||
    b.contender.score - a.contender.score ||
    b.heavy - a.heavy ||
    compare(a.digest, b.digest) ||
    compare(a.contender.node, b.contender.node)) < 0

/** The best of those that qualify. A search, not a sort: there may be thousands of nodes and only a few are wanted. */
function best(rivals: readonly Rival[], qualifies: (contender: Contender) => boolean): Contender | undefined {
  let found: Rival | undefined
  for (const rival of rivals) if (qualifies(rival.contender) && (found === undefined || precedes(rival, found))) found = rival
  return found?.contender
}

const equals = (a: Contender, b: Contender): boolean => a.ready === b.ready && a.score === b.score

/** The best that is not yet full, else the one that owns least: rendezvous hashing with bounded load. */
function ownerOf(rivals: readonly Rival[], { bound, placement }: Rules, load: ReadonlyMap<string, number>): Contender | undefined {
  const first = best(rivals, () => true)
  if (first === undefined || placement === 'metallb') return first
  const owned = ({ node }: Contender): number => load.get(node) ?? 0
  const free = best(rivals, (contender) => equals(contender, first) && owned(contender) < bound)
  if (free !== undefined) return free
  const least = rivals.reduce(
    (low, { contender }) => (equals(contender, first) ? Math.min(low, owned(contender)) : low),
    Number.POSITIVE_INFINITY,
  )
  return best(rivals, (contender) => equals(contender, first) && owned(contender) === least)
}

/** The best of a zone that is not in the list yet, so that losing a zone loses no address. */
function standbyOf(rivals: readonly Rival[], list: readonly Contender[], { placement }: Rules): Contender | undefined {
  const first = best(rivals, (contender) => !list.includes(contender))
  if (first === undefined || placement === 'metallb') return first
  const elsewhere = (contender: Contender): boolean => !list.some((other) => other === contender || other.zone === contender.zone)
  return best(rivals, (contender) => equals(contender, first) && elsewhere(contender)) ?? first
}
