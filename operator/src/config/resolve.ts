import { type ConfigKey, type ConfigObject, keyOf } from '../model/config-object'
import type { Definition } from '../model/definitions'
import { compare, distinct } from '../model/json'
import { type Note, note } from '../model/reasons'
import type { World } from '../model/world'
import { tooWide } from './bgp-conflicts'
import {
  type ActiveBgpAdvertisement,
  type Config,
  type ConfigVerdict,
  covers,
  type LastGoodDefinition,
  oversteps,
  type Pool,
} from './config'
import { aliasesOf, conflicts, ofKind } from './conflicts'
import type { ActiveCandidate } from './rejection'

/** Community values, with aliases replaced by the values they stand for. */
const resolveCommunities = (communities: readonly string[], aliases: ReadonlyMap<string, string>): readonly string[] =>
  distinct(communities.flatMap((item) => (item.includes(':') ? item : (aliases.get(item) ?? []))))

type ConfigItem = {
  readonly key: ConfigKey
  readonly object: ConfigObject
  readonly lastGood: LastGoodDefinition | undefined
  /** The current definition of the object was in force before. */
  readonly unchanged: boolean
}

/**
 * Decides which definition of each object is in force (docs/adr/0005). An unchanged object is never rejected because another one
 * changed. A changed object that conflicts with others is rejected and falls back on its last good definition. Definitions that
 * were in force together do not conflict, so the loop ends.
 */
export function resolve(world: Pick<World, 'configured' | 'nodes'>, previous: Config | undefined): Config {
  const wrongNamespace = world.configured.filter(isInWrongNamespace)
  const items = world.configured.filter((object) => !isInWrongNamespace(object)).map((object) => itemOf(object, previous))
  const rejected = new Map<ConfigKey, Note[]>()
  for (const { key, object } of items) if (object.definition === undefined) rejected.set(key, [...object.faults])
  for (;;) {
    const candidates = activeCandidates(items, rejected)
    const rejections = conflicts(candidates, { nodes: world.nodes, aliases: previous?.aliases ?? new Map() }).filter(
      ([key]) => !rejected.has(key),
    )
    if (rejections.length === 0) return buildConfig({ items, rejected, candidates, wrongNamespace }, previous)
    for (const [key, reason] of rejections) rejected.set(key, [...(rejected.get(key) ?? []), reason])
  }
}

const isInWrongNamespace = ({ faults }: ConfigObject): boolean => faults.some(({ reason }) => reason === 'WrongNamespace')

function itemOf(object: ConfigObject, previous: Config | undefined): ConfigItem {
  const key = keyOf(object)
  const remembered = previous?.lastGood.get(key)
  const lastGood = remembered?.uid === object.meta.uid ? remembered : undefined
  const unchanged = lastGood === undefined ? acceptedBefore(object) : lastGood.generation === object.meta.generation
  return { key, object, lastGood, unchanged }
}

/** The object has condition Accepted for its generation. This tells an operator that has just started what was in force. */
const acceptedBefore = ({ conditions, meta }: ConfigObject): boolean =>
  conditions.some(
    ({ type, status, observedGeneration }) => type === 'Accepted' && status === 'True' && observedGeneration === meta.generation,
  )

function activeCandidates(items: readonly ConfigItem[], rejected: ReadonlyMap<ConfigKey, unknown>): readonly ActiveCandidate[] {
  const found = items.flatMap(({ key, object, lastGood, unchanged }): (ActiveCandidate & { createdAt: string })[] => {
    const { name, labels, createdAt } = object.meta
    const definition = rejected.has(key) ? lastGood?.definition : object.definition
    if (definition === undefined) return []
    return [{ key, name, labels, createdAt, definition, unchanged: unchanged || rejected.has(key), fallback: lastGood !== undefined }]
  })
  return found.sort((a, b) => Number(b.unchanged) - Number(a.unchanged) || compare(a.createdAt, b.createdAt) || compare(a.name, b.name))
}

type Resolution = {
  readonly items: readonly ConfigItem[]
  readonly rejected: ReadonlyMap<ConfigKey, readonly Note[]>
  readonly candidates: readonly ActiveCandidate[]
  readonly wrongNamespace: readonly ConfigObject[]
}

function buildConfig(resolution: Resolution, previous: Config | undefined): Config {
  const { items, rejected, candidates } = resolution
  const inForce = new Map(candidates.map((candidate) => [candidate.key, candidate.definition]))
  const pools = items.filter(({ object }) => object.kind === 'IPAddressPool').map((item) => poolOf(item, inForce.get(item.key)))
  const aliases = aliasesOf(candidates)
  const known = new Map([...(previous?.aliases ?? []), ...aliases])
  const bgp = ofKind(candidates, 'BGPAdvertisement').map((candidate): ActiveBgpAdvertisement => {
    const { name, definition } = candidate
    return { name, definition, communities: resolveCommunities(definition.communities, known), except: exceptions(candidate, pools) }
  })
  const peerNames = new Set(items.flatMap(({ object }) => (object.kind === 'BGPPeer' ? [object.meta.name] : [])))
  const verdicts = items.map((item) => verdictOf(item, rejected.get(item.key), inForce))
  const lastGood = new Map(items.flatMap((item) => remember(item, rejected)))
  const originOf = (key: ConfigKey): Pick<LastGoodDefinition, 'uid' | 'generation'> => {
    const { uid = '', generation = 0 } = lastGood.get(key) ?? {}
    return { uid, generation }
  }
  const unknown = (kind: Definition['kind']): boolean => items.some((item) => item.object.kind === kind && isUnknown(item, inForce))
  return {
    pools: pools.sort((a, b) => compare(a.name, b.name)),
    former: [],
    l2: ofKind(candidates, 'L2Advertisement').map(({ name, definition }) => ({ name, definition })),
    bgp,
    peers: ofKind(candidates, 'BGPPeer').map(({ key, name, definition }) => ({ name, ...originOf(key), definition })),
    profiles: new Map(ofKind(candidates, 'BFDProfile').map(({ name, definition }) => [name, definition])),
    verdicts: verdicts.map((verdict) => withWarnings(verdict, { bgp, pools, aliases, peerNames })),
    misplaced: resolution.wrongNamespace.map((object) => ({ object, accepted: false, inForce: 'nothing', notes: object.faults })),
    lastGood,
    aliases: known,
    unknown: { l2: unknown('L2Advertisement'), bgp: unknown('BGPAdvertisement') },
  }
}

const poolOf = ({ object }: ConfigItem, definition: Definition | undefined): Pool => ({
  name: object.meta.name,
  labels: object.meta.labels,
  definition: definition?.kind === 'IPAddressPool' ? definition : undefined,
})

const exceptions = ({ definition }: ReturnType<typeof ofKind<'BGPAdvertisement'>>[number], pools: readonly Pool[]): ReadonlySet<string> =>
  new Set(
    pools.flatMap((pool) =>
      pool.definition !== undefined && covers(definition, pool) && oversteps(definition, pool.definition) !== undefined ? [pool.name] : [],
    ),
  )

function verdictOf(
  { key, object }: ConfigItem,
  refusal: readonly Note[] | undefined,
  inForce: ReadonlyMap<ConfigKey, Definition>,
): ConfigVerdict {
  if (refusal === undefined) return { object, accepted: true, inForce: 'current', notes: object.remarks }
  return { object, accepted: false, inForce: inForce.has(key) || hadEffect(object) ? 'previous' : 'nothing', notes: refusal }
}

/** A condition of the object says that an older definition of it is in force, or that an earlier generation was accepted. */
const hadEffect = ({ conditions }: ConfigObject): boolean => conditions.some(({ type, status }) => type === 'InForce' && status !== 'False')

const isUnknown = ({ key, object }: ConfigItem, inForce: ReadonlyMap<ConfigKey, Definition>): boolean =>
  !inForce.has(key) && hadEffect(object)

/** `peerNames` has every BGPPeer, rejected ones too: their own conditions say so. */
type WarningInput = Pick<Config, 'bgp' | 'pools' | 'aliases'> & { readonly peerNames: ReadonlySet<string> }

/** Adds warnings to the verdict on an accepted object. */
function withWarnings(verdict: ConfigVerdict, known: WarningInput): ConfigVerdict {
  const { kind, meta } = verdict.object
  if (!verdict.accepted || kind !== 'BGPAdvertisement') return verdict
  return { ...verdict, notes: [...verdict.notes, ...advertisementWarnings(meta.name, known)] }
}

function advertisementWarnings(advertisement: string, { bgp, pools, aliases, peerNames }: WarningInput): readonly Note[] {
  const found = bgp.find(({ name }) => name === advertisement)
  if (found === undefined) return []
  const { definition, except } = found
  const wide = pools.flatMap((pool) =>
    pool.definition !== undefined && except.has(pool.name) ? [tooWide(oversteps(definition, pool.definition) ?? '', pool.name)] : [],
  )
  const missing = definition.communities.filter((name) => !name.includes(':') && !aliases.has(name))
  const unknownPeers = definition.peers.filter((name) => !peerNames.has(name))
  return [
    ...wide,
    ...missing.map((name) => note('UnknownCommunity', `No Community object defines ${name}; routes go on with what it last stood for.`)),
    ...unknownPeers.map((name) => note('UnknownPeer', `There is no BGPPeer ${name} to be told; create it, or correct peers.`)),
  ]
}

function remember(
  { key, object, lastGood }: ConfigItem,
  rejected: ReadonlyMap<ConfigKey, unknown>,
): readonly (readonly [ConfigKey, LastGoodDefinition])[] {
  const { uid, generation } = object.meta
  if (!rejected.has(key) && object.definition !== undefined) return [[key, { uid, generation, definition: object.definition }]]
  return lastGood === undefined ? [] : [[key, lastGood]]
}
