import type { L2Entry } from '@loadstone/plan'
import type { World } from '../../model/world'

/** What the slices say about an address. */
export type PublishedEntry = {
  readonly candidates: readonly string[]
  readonly term: number
  readonly from: string | undefined
  readonly interfaces: readonly string[] | undefined
  /** Two slices have different candidates at the same term: a write was interrupted, or an object was edited. */
  readonly inconsistent: boolean
}

export type PublishedEntries = ReadonlyMap<string, PublishedEntry>

/** By address, the newest entry of all slices. An entry stands in the slice of each of its candidates. */
export function publishedEntries(slices: World['slices']): PublishedEntries {
  const found = new Map<string, PublishedEntry>()
  for (const { spec } of slices) {
    for (const entry of spec.l2) {
      const known = found.get(entry.address)
      const newest = newer(known, entry)
      if (newest !== known) found.set(entry.address, newest)
    }
  }
  return found
}

function newer(known: PublishedEntry | undefined, { candidates, term, from, interfaces }: L2Entry): PublishedEntry {
  if (known === undefined || term > known.term) return { candidates, term, from, interfaces, inconsistent: false }
  if (term < known.term) return known
  if (!sameList(known.candidates, candidates)) return { ...known, inconsistent: true }
  return known.from === undefined && from !== undefined ? { ...known, from } : known
}

export const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i])

/**
 * The term to publish. When the candidates change, it rises above the published term and all claimed ones. The first term is the time
 * in seconds, so that an address published again has a higher term than plans that speakers saved before it was withdrawn.
 */
export function termOf(
  candidates: readonly string[],
  published: PublishedEntry | undefined,
  claimedTerm: number,
  nowSeconds: number,
): number {
  if (published === undefined) return Math.max(claimedTerm + 1, nowSeconds)
  const same = !published.inconsistent && sameList(published.candidates, candidates)
  return same && claimedTerm <= published.term ? published.term : Math.max(claimedTerm, published.term) + 1
}
