import type { World } from '../../model/world'
import type { NodeView } from '../nodes/node-view'
import type { PublishedEntries, PublishedEntry } from './published-entries'

/** A speaker's statement that it answers for an address. */
export type AddressClaim = { readonly node: string; readonly term: number; readonly takeovers: number }

export type WeighedClaims = {
  /** By address, the strongest claim that is believed. */
  readonly believed: ReadonlyMap<string, AddressClaim>
  /** By address, claims that are not believed although their speaker lives and no former plan explains them. */
  readonly ignored: ReadonlyMap<string, readonly AddressClaim[]>
}

/** How far above the published term a claim may be. Terms rise by one; an operator that was away, or lags, misses few. */
const believable = 16

type ClaimInput = {
  readonly plans: World['plans']
  readonly published: PublishedEntries
  readonly views: ReadonlyMap<string, NodeView>
}

/**
 * Weighs the claims of all speakers, ordered by term, then by takeovers (docs/design.md §3). Believed are published candidates only, and
 * terms near the published one: a speaker that was taken over must not put an address out of reach of every later term.
 */
export function weighClaims({ plans, published, views }: ClaimInput): WeighedClaims {
  const believed = new Map<string, AddressClaim>()
  const ignored = new Map<string, AddressClaim[]>()
  for (const [node, { status }] of plans) {
    for (const { address, term, takeovers } of status?.claims ?? []) {
      const entry = published.get(address)
      if (entry === undefined) continue
      if (isBelievable(node, term, entry)) strengthen(believed, address, { node, term, takeovers })
      else if (term >= entry.term && isAlive(views.get(node)))
        ignored.set(address, [...(ignored.get(address) ?? []), { node, term, takeovers }])
    }
  }
  return { believed, ignored }
}

function strengthen(believed: Map<string, AddressClaim>, address: string, claim: AddressClaim): void {
  const known = believed.get(address)
  if (known === undefined || isStronger(claim, known)) believed.set(address, claim)
}

const isBelievable = (node: string, term: number, entry: PublishedEntry): boolean =>
  term <= entry.term + believable && entry.candidates.includes(node)

const isStronger = ({ term, takeovers }: AddressClaim, known: AddressClaim): boolean =>
  term > known.term || (term === known.term && takeovers > known.takeovers)

/** What a dead speaker reported last says nothing of now. */
const isAlive = (view: NodeView | undefined): boolean => view !== undefined && view.unavailable === undefined && view.ready

/** The node whose claim supersedes the published owner: a higher term, or a takeover within the published term. */
export function takenOverBy(claim: AddressClaim | undefined, published: PublishedEntry | undefined): string | undefined {
  if (claim === undefined || published === undefined) return undefined
  return claim.term > published.term || (claim.term === published.term && claim.takeovers > 0) ? claim.node : undefined
}

const shown = 3

/** One sentence about the claims on an address that are not believed; it names at most three nodes. */
export function ignoredText(address: string, claims: readonly AddressClaim[]): string {
  const nodes = [...new Set(claims.map(({ node }) => node))].sort()
  const more = nodes.length > shown ? ` and ${nodes.length - shown} more` : ''
  const verb = nodes.length === 1 ? 'claims' : 'claim'
  return `Not believed: ${nodes.slice(0, shown).join(', ')}${more} ${verb} ${address}, which no plan gave; look at the speaker there.`
}
