import type { ConfigKey, ConfigObject } from '../model/config-object'
import type {
  BgpDefinition,
  Definition,
  L2Definition,
  PeerDefinition,
  PoolDefinition,
  ProfileDefinition,
  Reservation,
  Scope,
} from '../model/definitions'
import type { Note } from '../model/reasons'
import { type Labels, matches, matchesAny } from '../model/selector'

/**
 * A pool in force. `definition` is undefined if the operator never saw a valid one: the pool gives nothing out, and Services keep
 * their addresses from it. So a mistake in a pool and a restart of the operator together take no address away.
 */
export type Pool = { readonly name: string; readonly labels: Labels; readonly definition: PoolDefinition | undefined }

export type ActiveL2Advertisement = { readonly name: string; readonly definition: L2Definition }

export type ActiveBgpAdvertisement = {
  readonly name: string
  readonly definition: BgpDefinition
  /** `a:b` and `large:a:b:c`, sorted; aliases are resolved. */
  readonly communities: readonly string[]
  /** Pools whose addresses an aggregate of this advertisement would overstep. */
  readonly except: ReadonlySet<string>
}

/** A BGPPeer in force; `generation` is the one that the definition was read from. */
export type PeerInForce = { readonly name: string; readonly uid: string; readonly generation: number; readonly definition: PeerDefinition }

/** Whether one object is accepted and in force. */
export type ConfigVerdict = {
  readonly object: ConfigObject
  readonly accepted: boolean
  readonly inForce: 'current' | 'previous' | 'nothing'
  /** Why the object is refused, or warnings about an accepted one. */
  readonly notes: readonly Note[]
}

export type LastGoodDefinition = { readonly uid: string; readonly generation: number; readonly definition: Definition }

/** The configuration in force. Each list is in order of seniority: unchanged objects first, then by age, then by name. */
export type Config = {
  readonly pools: readonly Pool[]
  /** Pools as they were until a moment ago: gone, or changed since. Those who hold addresses of theirs keep them for a while. */
  readonly former: readonly (Pool & { readonly untilSeconds: number })[]
  readonly l2: readonly ActiveL2Advertisement[]
  readonly bgp: readonly ActiveBgpAdvertisement[]
  readonly peers: readonly PeerInForce[]
  /** BFDProfiles by name. */
  readonly profiles: ReadonlyMap<string, ProfileDefinition>
  readonly verdicts: readonly ConfigVerdict[]
  /** Of objects in other namespaces, which are told so and count for nothing else. */
  readonly misplaced: readonly ConfigVerdict[]
  /** For the next pass: what each object said when it was last accepted. */
  readonly lastGood: ReadonlyMap<ConfigKey, LastGoodDefinition>
  readonly aliases: ReadonlyMap<string, string>
  /**
   * An advertisement of the kind has a definition in force that the operator does not know: it restarted after the object was
   * edited into something invalid. What is announced stays announced.
   */
  readonly unknown: { readonly l2: boolean; readonly bgp: boolean }
}

/** Whether an advertisement covers the addresses of a pool. Naming none covers all. */
export function covers(scope: Scope, pool: Pick<Pool, 'name' | 'labels'>): boolean {
  if (scope.pools.length === 0 && scope.poolSelectors.length === 0) return true
  return scope.pools.includes(pool.name) || scope.poolSelectors.some((selector) => matches(selector, pool.labels))
}

const noLabels: Labels = new Map()

/** Whether serviceAllocation lets a Service use the pool. */
export function permits(
  reservation: Reservation | undefined,
  service: { readonly namespace: string; readonly labels: Labels },
  namespaceLabels: ReadonlyMap<string, Labels>,
): boolean {
  if (reservation === undefined) return true
  const { namespaces, namespaceSelectors, serviceSelectors } = reservation
  const anywhere = namespaces.length === 0 && namespaceSelectors.length === 0
  const labels = namespaceLabels.get(service.namespace) ?? noLabels
  const here =
    anywhere || namespaces.includes(service.namespace) || (namespaceSelectors.length > 0 && matchesAny(namespaceSelectors, labels))
  return here && matchesAny(serviceSelectors, service.labels)
}

export const announcesFrom = (scope: Pick<Scope, 'nodeSelectors'>, labels: Labels): boolean => matchesAny(scope.nodeSelectors, labels)

/** Whether a whole pool entry may be announced as prefixes of the length: MetalLB judges by the entry's widest CIDR. */
export const oversteps = (advertisement: BgpDefinition, pool: PoolDefinition): string | undefined =>
  pool.blocks.find(({ family, widest }) => widest > advertisement.aggregation[family])?.text

/** Greatest integer that a JSON number represents exactly. */
const most = BigInt(Number.MAX_SAFE_INTEGER)

/** Number of addresses of the family that the pool can assign. */
export function capacity(definition: PoolDefinition | undefined, family: 'ipv4' | 'ipv6'): number {
  const blocks = (definition?.blocks ?? []).filter((block) => block.family === family)
  const avoid = definition?.avoidBuggyIPs === true && family === 'ipv4'
  const size = blocks.reduce((sum, { first, last }) => sum + (last - first + 1n) - (avoid ? buggyWithin(first, last) : 0n), 0n)
  return Number(size > most ? most : size)
}

/** Number of addresses from first to last that end in .0 or .255. */
function buggyWithin(first: bigint, last: bigint): bigint {
  const upTo = (end: bigint): bigint => (end / 256n) * 2n + (end % 256n >= 0n ? 1n : 0n) + (end % 256n === 255n ? 1n : 0n)
  return upTo(last) - (first === 0n ? 0n : upTo(first - 1n))
}
