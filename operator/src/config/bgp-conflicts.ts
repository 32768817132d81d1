import { families } from '@loadstone/ip'
import type { BgpDefinition, PoolDefinition } from '../model/definitions'
import { note } from '../model/reasons'
import type { ObservedNode } from '../model/world'
import { announcesFrom, covers, oversteps } from './config'
import type { ActiveCandidate, Rejection } from './rejection'

type Advertisement = ActiveCandidate<BgpDefinition>
type PoolCandidate = ActiveCandidate<PoolDefinition>

/**
 * Two advertisements of one pool that tell the same peers different local preferences, or different prependings, for the same prefix
 * from the same node. Those with serviceSelectors are judged per Service instead. If a node's labels make two of them conflict, neither
 * is rejected and the senior's attribute is announced.
 */
export function attributeConflicts(
  advertisements: readonly Advertisement[],
  pools: readonly PoolCandidate[],
  nodes: readonly ObservedNode[],
): readonly Rejection[] {
  const judged = advertisements.filter(({ definition }) => definition.serviceSelectors.length === 0)
  return judged.flatMap((junior, i) => {
    if (junior.unchanged) return []
    const senior = judged.slice(0, i).find((other) => contradict(junior.definition, other.definition, pools, nodes))
    const attribute = senior && contradictory(junior.definition, senior.definition)
    if (senior === undefined || attribute === undefined) return []
    const message = `${attribute} ${junior.definition[attribute]} contradicts ${senior.definition[attribute]} of the BGPAdvertisement ${senior.name} for the same pool; let them differ in aggregation length, peers or nodes.`
    return [[junior.key, note(conflictReasons[attribute], message)] as const]
  })
}

const conflictReasons = { localPref: 'LocalPrefConflict', asPathPrepend: 'AsPathPrependConflict' } as const

/**
 * The attribute of which one route cannot have both values. No localPref is a preference too, as in MetalLB; no prepending leaves the
 * matter to the other advertisement.
 */
export function contradictory(a: BgpDefinition, b: BgpDefinition): keyof typeof conflictReasons | undefined {
  if (a.localPref !== b.localPref) return 'localPref'
  return a.asPathPrepend > 0 && b.asPathPrepend > 0 && a.asPathPrepend !== b.asPathPrepend ? 'asPathPrepend' : undefined
}

function contradict(a: BgpDefinition, b: BgpDefinition, pools: readonly PoolCandidate[], nodes: readonly ObservedNode[]): boolean {
  if (contradictory(a, b) === undefined || !sharePeers(a, b)) return false
  if (!nodes.some(({ labels }) => announcesFrom(a, labels) && announcesFrom(b, labels))) return false
  return pools.some((pool) => covers(a, pool) && covers(b, pool) && samePrefixes(a, b, pool.definition))
}

/** Whether both advertise to a common peer. An advertisement without peers is for all of them. */
export const sharePeers = (a: BgpDefinition, b: BgpDefinition): boolean =>
  a.peers.length === 0 || b.peers.length === 0 || a.peers.some((peer) => b.peers.includes(peer))

/** Whether a family of the pool would be announced in prefixes of one length by both. */
const samePrefixes = (a: BgpDefinition, b: BgpDefinition, pool: PoolDefinition): boolean =>
  families.some((family) => a.aggregation[family] === b.aggregation[family] && pool.blocks.some((block) => block.family === family))

/** Aggregates wider than the pool's own prefixes. The advertisement or the pool is rejected, whichever changed. */
export function aggregationConflicts(advertisements: readonly Advertisement[], pools: readonly PoolCandidate[]): readonly Rejection[] {
  return advertisements.flatMap((advertisement) =>
    pools.flatMap((pool): readonly Rejection[] => {
      const block = covers(advertisement.definition, pool) ? oversteps(advertisement.definition, pool.definition) : undefined
      if (block === undefined) return []
      if (!advertisement.unchanged && pool.unchanged) return [[advertisement.key, tooWide(block, pool.name)]]
      if (!pool.unchanged && pool.fallback)
        return [
          [
            pool.key,
            note(
              'AggregationTooWide',
              `${block} is narrower than the routes of the BGPAdvertisement ${advertisement.name}; shorten no entry below its aggregation length.`,
            ),
          ],
        ]
      return []
    }),
  )
}

export const tooWide = (block: string, pool: string): ReturnType<typeof note> =>
  note(
    'AggregationTooWide',
    `Routes of the aggregation length would cover more than ${block} of the IPAddressPool ${pool}; lengthen it, or select other pools.`,
  )

/** Rejects advertisements with an undefined alias: a route without its community may spread too far. */
export function unknownCommunities(
  advertisements: readonly Advertisement[],
  defined: ReadonlyMap<string, string>,
  before: ReadonlyMap<string, string>,
): readonly Rejection[] {
  return advertisements.flatMap(({ key, unchanged, definition }) =>
    definition.communities
      .filter((name) => !name.includes(':') && !defined.has(name) && !(unchanged && before.has(name)))
      .map(
        (name): Rejection => [key, note('UnknownCommunity', `No Community object defines ${name}; create one, or write the value itself.`)],
      ),
  )
}
