import { type ConfigKey, keyOf, type Named } from '../model/config-object'
import type { Definition } from '../model/definitions'
import { compare, distinct } from '../model/json'
import { type Note, note } from '../model/reasons'
import type { World } from '../model/world'
import { tooWide } from './bgp-conflicts'
import { type BgpAdvertisement, type Config, covers, type LastGood, oversteps, type Pool, type Verdict } from './config'
import { aliasesOf, conflicts, ofKind } from './conflicts'
import type { Contender } from './rejection'

/** Values as they are, names by what they stand for. */
const resolveCommunities = (communities: readonly string[], aliases: ReadonlyMap<string, string>): readonly string[] =>
  distinct(communities.flatMap((item) => (item.includes(':') ? item : (aliases.get(item) ?? []))))

type Item = {
  readonly key: ConfigKey
  readonly object: Named
  readonly lastGood: LastGood | undefined
  /** What it says is what is in force already. */
  readonly standing: boolean
}

/**
 * Decides which definition of each object is in force (docs/adr/0005). What stands as it stood is never refused because something
 * else changed; what changed and cannot be in force beside the rest is refused, and falls back on what it said before. All that
 * was in force together fits together, so falling back comes to an end.
 */
export function resolve(world: Pick<World, 'configured' | 'nodes'>, previous: Config | undefined): Config {
  const misplaced = world.configured.filter(isMisplaced)
  const items = world.configured.filter((object) => !isMisplaced(object)).map((object) => itemOf(object, previous))
  const fallen = new Map<ConfigKey, Note[]>()
  for (const { key, object } of items) if (object.definition === undefined) fallen.set(key, [...object.faults])
  for (;;) {
    const contenders = contest(items, fallen)
    const blamed = conflicts(contenders, { nodes: world.nodes, aliases: previous?.aliases ?? new Map() }).filter(
      ([key]) => !fallen.has(key),
    )
    if (blamed.length === 0) return assemble({ items, fallen, contenders, misplaced }, previous)
    for (const [key, reason] of blamed) fallen.set(key, [...(fallen.get(key) ?? []), reason])
  }
}

const isMisplaced = ({ faults }: Named): boolean => faults.some(({ reason }) => reason === 'WrongNamespace')

function itemOf(object: Named, previous: Config | undefined): Item {
  const key = keyOf(object)
  const remembered = previous?.lastGood.get(key)
  const lastGood = remembered?.uid === object.meta.uid ? remembered : undefined
  const standing = lastGood === undefined ? acceptedBefore(object) : lastGood.generation === object.meta.generation
  return { key, object, lastGood, standing }
}

/** The object carries our word for it: how a fresh operator knows what was in force before it started. */
const acceptedBefore = ({ conditions, meta }: Named): boolean =>
  conditions.some(
    ({ type, status, observedGeneration }) => type === 'Accepted' && status === 'True' && observedGeneration === meta.generation,
  )

function contest(items: readonly Item[], fallen: ReadonlyMap<ConfigKey, unknown>): readonly Contender[] {
  const found = items.flatMap(({ key, object, lastGood, standing }): (Contender & { createdAt: string })[] => {
    const { name, labels, createdAt } = object.meta
    const definition = fallen.has(key) ? lastGood?.definition : object.definition
    if (definition === undefined) return []
    return [{ key, name, labels, createdAt, definition, firm: standing || fallen.has(key), fallback: lastGood !== undefined }]
  })
  return found.sort((a, b) => Number(b.firm) - Number(a.firm) || compare(a.createdAt, b.createdAt) || compare(a.name, b.name))
}

type Settled = {
  readonly items: readonly Item[]
  readonly fallen: ReadonlyMap<ConfigKey, readonly Note[]>
  readonly contenders: readonly Contender[]
  readonly misplaced: readonly Named[]
}

function assemble(settled: Settled, previous: Config | undefined): Config {
  const { items, fallen, contenders } = settled
  const inForce = new Map(contenders.map((contender) => [contender.key, contender.definition]))
  const pools = items.filter(({ object }) => object.kind === 'IPAddressPool').map((item) => poolOf(item, inForce.get(item.key)))
  const aliases = aliasesOf(contenders)
  const known = new Map([...(previous?.aliases ?? []), ...aliases])
  const bgp = ofKind(contenders, 'BGPAdvertisement').map((contender): BgpAdvertisement => {
    const { name, definition } = contender
    return { name, definition, communities: resolveCommunities(definition.communities, known), except: exceptions(contender, pools) }
  })
  const peerNames = new Set(items.flatMap(({ object }) => (object.kind === 'BGPPeer' ? [object.meta.name] : [])))
  const verdicts = items.map((item) => verdictOf(item, fallen.get(item.key), inForce))
  const misplaced = settled.misplaced.map((object): Verdict => ({ object, accepted: false, inForce: 'nothing', notes: object.faults }))
  const lastGood = new Map(items.flatMap((item) => remember(item, fallen)))
  const originOf = (key: ConfigKey): Pick<LastGood, 'uid' | 'generation'> => {
    const { uid = '', generation = 0 } = lastGood.get(key) ?? {}
    return { uid, generation }
  }
  const unknown = (kind: Definition['kind']): boolean => items.some((item) => item.object.kind === kind && isUnknown(item, inForce))
  return {
    pools: pools.sort((a, b) => compare(a.name, b.name)),
    l2: ofKind(contenders, 'L2Advertisement').map(({ name, definition }) => ({ name, definition })),
    bgp,
    peers: ofKind(contenders, 'BGPPeer').map(({ key, name, definition }) => ({ name, ...originOf(key), definition })),
    profiles: new Map(ofKind(contenders, 'BFDProfile').map(({ name, definition }) => [name, definition])),
    verdicts: [...verdicts.map((verdict) => withWarnings(verdict, { bgp, pools, aliases, peerNames })), ...misplaced],
    lastGood,
    aliases: known,
    unknown: { l2: unknown('L2Advertisement'), bgp: unknown('BGPAdvertisement') },
  }
}

const poolOf = ({ object }: Item, definition: Definition | undefined): Pool => ({
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

function verdictOf({ key, object }: Item, refusal: readonly Note[] | undefined, inForce: ReadonlyMap<ConfigKey, Definition>): Verdict {
  if (refusal === undefined) return { object, accepted: true, inForce: 'current', notes: object.remarks }
  return { object, accepted: false, inForce: inForce.has(key) || hadEffect(object) ? 'previous' : 'nothing', notes: refusal }
}

/** We said before that an older definition of it is in force, or accepted it as an earlier generation. */
const hadEffect = ({ conditions }: Named): boolean => conditions.some(({ type, status }) => type === 'InForce' && status !== 'False')

const isUnknown = ({ key, object }: Item, inForce: ReadonlyMap<ConfigKey, Definition>): boolean => !inForce.has(key) && hadEffect(object)

/** `peerNames` are those of every BGPPeer, also of one that is refused: that is said on itself. */
type Known = Pick<Config, 'bgp' | 'pools' | 'aliases'> & { readonly peerNames: ReadonlySet<string> }

/** An accepted object may still have something in it that does not work. */
function withWarnings(verdict: Verdict, known: Known): Verdict {
  const { kind, meta } = verdict.object
  if (!verdict.accepted || kind !== 'BGPAdvertisement') return verdict
  return { ...verdict, notes: [...verdict.notes, ...advertisementWarnings(meta.name, known)] }
}

function advertisementWarnings(advertisement: string, { bgp, pools, aliases, peerNames }: Known): readonly Note[] {
  const found = bgp.find(({ name }) => name === advertisement)
  if (found === undefined) return []
  const { definition, except } = found
  const wide = pools.flatMap((pool) =>
    pool.definition !== undefined && except.has(pool.name) ? [tooWide(oversteps(definition, pool.definition) ?? '', pool.name)] : [],
  )
  const missing = definition.communities.filter((name) => !name.includes(':') && !aliases.has(name))
  const strangers = definition.peers.filter((name) => !peerNames.has(name))
  return [
    ...wide,
    ...missing.map((name) => note('UnknownCommunity', `No Community object defines ${name}; routes go on with what it last stood for.`)),
    ...strangers.map((name) => note('UnknownPeer', `There is no BGPPeer ${name} to be told; create it, or correct peers.`)),
  ]
}

function remember({ key, object, lastGood }: Item, fallen: ReadonlyMap<ConfigKey, unknown>): readonly (readonly [ConfigKey, LastGood])[] {
  const { uid, generation } = object.meta
  if (!fallen.has(key) && object.definition !== undefined) return [[key, { uid, generation, definition: object.definition }]]
  return lastGood === undefined ? [] : [[key, lastGood]]
}
