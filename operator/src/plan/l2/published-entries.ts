import type { L2Entry } from '@loadstone/plan'
import type { World } from '../../model/world'

/** What the slices say about an address. */
export type PublishedEntry = {
  readonly candidates: readonly string[]
  readonly term: number
  readonly interfaces: readonly string[] | undefined
  /** Two slices have different candidates at the same term: a write was interrupted, or an object was edited. */
  readonly inconsistent: boolean
}

/** A speaker's statement that it answers for an address. */
export type AddressClaim = { readonly node: string; readonly term: number; readonly takeovers: number }

/** By address, the newest entry of all slices. An entry stands in the slice of each of its candidates. */
export function publishedEntries(slices: World['slices']): ReadonlyMap<string, PublishedEntry> {
  const found = new Map<string, PublishedEntry>()
  for (const { spec } of slices) for (const entry of spec.l2) found.set(entry.address, newer(found.get(entry.address), entry))
  return found
}

function newer(known: PublishedEntry | undefined, { candidates, term, interfaces }: L2Entry): PublishedEntry {
  if (known === undefined || term > known.term) return { candidates, term, interfaces, inconsistent: false }
  return term < known.term || known.candidates.join() === candidates.join() ? known : { ...known, inconsistent: true }
}

/** How far above the published term a claim may be. Terms rise by one; an operator that was away, or lags, misses few. */
const believable = 16

/**
 * By address, the strongest claim of any speaker: ordered by term, then by takeovers (docs/design.md §3). Believed are published candidates
 * only, and terms near the published one: a speaker that was taken over must not put an address out of reach of every later term.
 */
export function strongestClaims({ plans, slices }: Pick<World, 'plans' | 'slices'>): ReadonlyMap<string, AddressClaim> {
  const published = publishedEntries(slices)
  const found = new Map<string, AddressClaim>()
  for (const [node, { status }] of plans) {
    for (const { address, term, takeovers } of status?.claims ?? []) {
      const claim = { node, term, takeovers }
      if (isBelievable(claim, published.get(address)) && isStronger(claim, found.get(address))) found.set(address, claim)
    }
  }
  return found
}

const isBelievable = ({ node, term }: AddressClaim, published: PublishedEntry | undefined): boolean =>
  published?.candidates.includes(node) === true && term <= published.term + believable

const isStronger = ({ term, takeovers }: AddressClaim, known: AddressClaim | undefined): boolean =>
  known === undefined || term > known.term || (term === known.term && takeovers > known.takeovers)

/** The node whose claim supersedes the published owner: a higher term, or a takeover within the published term. */
export function takenOverBy(claim: AddressClaim | undefined, published: PublishedEntry | undefined): string | undefined {
  if (claim === undefined || published === undefined) return undefined
  return claim.term > published.term || (claim.term === published.term && claim.takeovers > 0) ? claim.node : undefined
}

/**
 * The term to publish. When the candidates change, it rises above the published term and all claimed ones. The first term is the time
 * in seconds, so that an address published again has a higher term than plans that speakers saved before it was withdrawn.
 */
export function termOf(
  candidates: readonly string[],
  published: PublishedEntry | undefined,
  claim: AddressClaim | undefined,
  nowSeconds: number,
): number {
  const claimedTerm = claim?.term ?? 0
  if (published === undefined) return Math.max(claimedTerm + 1, nowSeconds)
  const same = !published.inconsistent && published.candidates.join() === candidates.join()
  return same && claimedTerm <= published.term ? published.term : Math.max(claimedTerm, published.term) + 1
}
