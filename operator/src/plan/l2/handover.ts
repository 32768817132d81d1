import type { NodeView } from '../nodes/node-view'
import { type AddressClaim, takenOverBy } from './claims'
import type { MoveMemory } from './movement'
import type { PublishedEntry } from './published-entries'

/** The former owner answers for no longer, whether or not the new one has reported its claim. */
const handoverSeconds = 30

type HandoverInput = {
  readonly published: PublishedEntry | undefined
  readonly claim: AddressClaim | undefined
  readonly views: ReadonlyMap<string, NodeView>
  readonly sinceSeconds: number | undefined
  readonly nowSeconds: number
}

/**
 * The node that answers for an address until its owner does: the former owner, while its speaker can. It is told to stop when the new
 * owner's speaker claims the address, or after a while.
 */
export function handsOver(owner: string, input: HandoverInput): string | undefined {
  const { published, views } = input
  if (published === undefined) return undefined
  const answering = published.from ?? published.candidates[0] ?? owner
  if (answering === owner || !mayAnswer(views.get(answering))) return undefined
  return isHandedOver(owner, published, input) ? undefined : answering
}

function isHandedOver(owner: string, published: PublishedEntry, { claim, sinceSeconds, nowSeconds }: HandoverInput): boolean {
  if (published.candidates[0] !== owner) return takenOverBy(claim, published) === owner
  const hasClaimed = claim?.node === owner && claim.term >= published.term
  return hasClaimed || (sinceSeconds !== undefined && nowSeconds - sinceSeconds >= handoverSeconds)
}

/** A node that shuts down is NotReady for a while before its speaker ends. */
const mayAnswer = (view: NodeView | undefined): boolean =>
  view !== undefined && view.unavailable === undefined && (view.ready || view.leaving === 'shutdown') && !view.node.outOfService

/** Seconds until a handover ends by itself; undefined if there is none. */
export const nextHandoverEnd = ({ handovers }: MoveMemory, nowSeconds: number): number | undefined =>
  handovers.size === 0 ? undefined : Math.max(1, Math.min(...handovers.values()) + handoverSeconds - nowSeconds)
