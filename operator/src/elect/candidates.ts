import type { Ip } from '@loadstone/ip'
import { compare } from '../json'
import type { Placement } from '../settings'
import { metallbRank, textHash, weight } from './hash'

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
  const kept = keptOf(seat).slice(0, rules.count)
  const full = kept.length >= Math.min(rules.count, seat.eligible.size)
  if (full && kept.some(({ ready }) => ready)) return kept.map(({ node }) => node)
  const rest = ranked(seat, rules, new Set(kept.map(({ node }) => node)))
  const list = [...kept]
  const headless = !kept.some(({ ready }) => ready)
  if (headless && rest.length > 0 && (kept.length === 0 || rest[0]?.ready === true)) list.unshift(take(rest, owner(rest, rules, load)))
  const zones = new Set(list.map(({ zone }) => zone))
  while (list.length < rules.count && rest.length > 0) {
    const next = take(rest, standby(rest, zones, rules))
    zones.add(next.zone)
    list.push(next)
  }
  // Stable: only readiness reorders.
  return list
    .sort((a, b) => Number(b.ready) - Number(a.ready))
    .slice(0, rules.count)
    .map(({ node }) => node)
}

/** Still eligible, in their order; ready ones first, and among those whoever the speakers say owns it. */
function keptOf({ eligible, previous, owner }: Seat): readonly Contender[] {
  const rank = (contender: Contender): number => (contender.ready ? 0 : 2) + (contender.node === owner ? 0 : 1)
  return [...new Set(previous)].flatMap((node) => eligible.get(node) ?? []).sort((a, b) => rank(a) - rank(b))
}

function take(rest: Contender[], chosen: Contender): Contender {
  rest.splice(rest.indexOf(chosen), 1)
  return chosen
}

/** Everybody else, best first. */
function ranked({ address, eligible }: Seat, { placement }: Rules, taken: ReadonlySet<string>): Contender[] {
  const hash = textHash(address)
  return [...eligible.values()]
    .filter(({ node }) => !taken.has(node))
    .map((contender) => ({
      contender,
      heavy: placement === 'balanced' ? weight(contender.hash, hash) : 0,
      digest: placement === 'metallb' ? metallbRank(contender.node, address) : '',
    }))
    .sort(
      (a, b) =>
        Number(b.contender.ready) - Number(a.contender.ready) ||
        b.contender.score - a.contender.score ||
        b.heavy - a.heavy ||
        compare(a.digest, b.digest) ||
        compare(a.contender.node, b.contender.node),
    )
    .map(({ contender }) => contender)
}

const equals = (a: Contender, b: Contender): boolean => a.ready === b.ready && a.score === b.score

/** The best that is not yet full, else the one that owns least: rendezvous hashing with bounded load. */
function owner(rest: readonly Contender[], { bound, placement }: Rules, load: ReadonlyMap<string, number>): Contender {
  const best = rest[0] as Contender
  if (placement === 'metallb') return best
  const peers = rest.filter((contender) => equals(contender, best))
  const owned = ({ node }: Contender): number => load.get(node) ?? 0
  const least = Math.min(...peers.map(owned))
  return peers.find((contender) => owned(contender) < bound) ?? peers.find((contender) => owned(contender) === least) ?? best
}

/** The best of a zone that is not in the list yet, so that losing a zone loses no address. */
function standby(rest: readonly Contender[], zones: ReadonlySet<string>, { placement }: Rules): Contender {
  const best = rest[0] as Contender
  if (placement === 'metallb') return best
  return rest.find((contender) => equals(contender, best) && !zones.has(contender.zone)) ?? best
}
