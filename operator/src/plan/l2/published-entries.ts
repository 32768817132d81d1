import type { L2Entry } from '@loadstone/plan'
import type { World } from '../../model/world'

/** What is published about an address, and what speakers say about it. */
export type Standing = {
  readonly candidates: readonly string[]
  readonly term: number
  readonly interfaces: readonly string[] | undefined
  /** Two slices disagree at the same term: something was interrupted or edited. */
  readonly torn: boolean
}

export type Claim = { readonly node: string; readonly term: number; readonly takeovers: number }

/** By address, the newest entry of all slices. An entry stands in the slice of each of its candidates. */
export function standings(slices: World['slices']): ReadonlyMap<string, Standing> {
  const found = new Map<string, Standing>()
  for (const { spec } of slices) for (const entry of spec.l2) found.set(entry.address, newer(found.get(entry.address), entry))
  return found
}

function newer(known: Standing | undefined, { candidates, term, interfaces }: L2Entry): Standing {
  if (known === undefined || term > known.term) return { candidates, term, interfaces, torn: false }
  return term < known.term || known.candidates.join() === candidates.join() ? known : { ...known, torn: true }
}

/** By address, the strongest claim of any speaker: ordered by term, then by takeovers (docs/design.md §3). */
export function claims(plans: World['plans']): ReadonlyMap<string, Claim> {
  const found = new Map<string, Claim>()
  for (const [node, { status }] of plans) {
    for (const { address, term, takeovers } of status?.claims ?? []) {
      const known = found.get(address)
      const stronger = known === undefined || term > known.term || (term === known.term && takeovers > known.takeovers)
      if (stronger) found.set(address, { node, term, takeovers })
    }
  }
  return found
}

/** Who took the address over from whoever the plan names. At the plan's own term and without a takeover nobody did. */
export function takenOverBy(claim: Claim | undefined, standing: Standing | undefined): string | undefined {
  if (claim === undefined || standing === undefined) return undefined
  return claim.term > standing.term || (claim.term === standing.term && claim.takeovers > 0) ? claim.node : undefined
}

/**
 * The term to publish. It rises when the list changes, above everything published and everything a speaker ever saw. It starts at
 * the time in seconds, so that an address which was withdrawn and comes back outranks plans saved in its former life.
 */
export function termOf(
  candidates: readonly string[],
  standing: Standing | undefined,
  claim: Claim | undefined,
  nowSeconds: number,
): number {
  const heard = claim?.term ?? 0
  if (standing === undefined) return Math.max(heard + 1, nowSeconds)
  const same = !standing.torn && standing.candidates.join() === candidates.join()
  return same && heard <= standing.term ? standing.term : Math.max(heard, standing.term) + 1
}
