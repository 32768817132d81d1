import type { Block, ConfigKind, Definition, PeerDefinition } from '../model/definitions'
import { note } from '../model/reasons'
import { selectorText } from '../model/selector'
import type { Node } from '../model/world'
import { blocksOverlap, compareBlocks } from './address-blocks'
import { aggregationConflicts, localPrefConflicts, unknownCommunities } from './bgp-conflicts'
import { announcesFrom } from './config'
import type { Blame, Contender } from './rejection'

export const ofKind = <K extends ConfigKind>(
  contenders: readonly Contender[],
  kind: K,
): readonly Contender<Extract<Definition, { kind: K }>>[] =>
  contenders.filter((contender): contender is Contender<Extract<Definition, { kind: K }>> => contender.definition.kind === kind)

export type Surroundings = {
  readonly nodes: readonly Node[]
  /** Aliases that were in force before: who relied on one goes on with it. */
  readonly aliases: ReadonlyMap<string, string>
}

/** Contenders in order of seniority; the junior of two that cannot both be in force is to blame. */
export function conflicts(contenders: readonly Contender[], { nodes, aliases }: Surroundings): readonly Blame[] {
  const pools = ofKind(contenders, 'IPAddressPool')
  const advertisements = ofKind(contenders, 'BGPAdvertisement')
  return [
    ...overlaps(pools),
    ...sameAdvertisement(advertisements),
    ...localPrefConflicts(advertisements, pools, nodes),
    ...aggregationConflicts(advertisements, pools),
    ...peerConflicts(ofKind(contenders, 'BGPPeer'), nodes),
    ...aliasConflicts(ofKind(contenders, 'Community')),
    ...unknownCommunities(advertisements, aliasesOf(contenders), aliases),
  ]
}

export const aliasesOf = (contenders: readonly Contender[]): ReadonlyMap<string, string> =>
  new Map(ofKind(contenders, 'Community').flatMap(({ definition }) => [...definition.aliases]))

type Owned = Block & { readonly owner: string }

function overlaps(pools: readonly Contender<Extract<Definition, { kind: 'IPAddressPool' }>>[]): readonly Blame[] {
  const settled: Owned[] = []
  return pools.flatMap(({ key, name, definition }) => {
    const clash = definition.blocks.map((block) => [block, overlapping(settled, block)] as const).find(([, other]) => other !== undefined)
    const [block, other] = clash ?? []
    if (block === undefined || other === undefined) {
      for (const own of definition.blocks) settled.splice(place(settled, own), 0, { ...own, owner: name })
      return []
    }
    return [
      [
        key,
        note('AddressesOverlap', `${block.text} overlaps with ${other.text} of the IPAddressPool ${other.owner}, which came first.`),
      ] as const,
    ]
  })
}

/** Where in the sorted list a block belongs. */
function place(sorted: readonly Block[], block: Block): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareBlocks(sorted[middle] as Block, block) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

function overlapping(sorted: readonly Owned[], block: Block): Owned | undefined {
  const at = place(sorted, block)
  return [sorted[at - 1], sorted[at]].find((other) => other !== undefined && blocksOverlap(other, block))
}

function sameAdvertisement(advertisements: readonly Contender[]): readonly Blame[] {
  return repeated(advertisements, (definition) => JSON.stringify(definition)).map(([junior, senior]) => [
    junior.key,
    note('DuplicateAdvertisement', `The BGPAdvertisement ${senior.name} says exactly the same; delete one of the two.`),
  ])
}

function peerConflicts(peers: readonly Contender<Extract<Definition, { kind: 'BGPPeer' }>>[], nodes: readonly Node[]): readonly Blame[] {
  const same = repeated(peers, (definition) => JSON.stringify({ ...definition, nodeSelectors: definition.nodeSelectors.map(selectorText) }))
  const blamed = new Set(same.map(([junior]) => junior.key))
  const shared = repeated(
    peers
      .filter(({ key }) => !blamed.has(key))
      .flatMap((peer) => nodes.filter(({ labels }) => announcesFrom(peer.definition, labels)).map((at) => ({ ...peer, at: at.name }))),
    (definition, { at }) => JSON.stringify([at, ...connectionOf(definition)]),
  )
  return [
    ...same.map(
      ([junior, senior]): Blame => [
        junior.key,
        note('DuplicatePeer', `The BGPPeer ${senior.name} says exactly the same; delete one of the two.`),
      ],
    ),
    ...shared.map(([junior, senior]): Blame => {
      const { address, interface: link, port, vrf } = junior.definition
      const router = `${address ?? `the router on ${link}`} port ${port}${vrf === undefined ? '' : ` in the VRF ${vrf}`}`
      const message = `The BGPPeer ${senior.name} already connects to ${router} from node ${junior.at}; give the two different nodes or source addresses.`
      return [junior.key, note('PeerAddressInUse', message)]
    }),
  ]
}

/** A router takes one session between two addresses. What else sessions of a node differ in is nobody's business but theirs (docs/adr/0009). */
const connectionOf = ({ address, interface: link, port, vrf, sourceAddress }: PeerDefinition): readonly unknown[] => [
  address,
  link,
  port,
  vrf,
  sourceAddress,
]

function aliasConflicts(communities: readonly Contender<Extract<Definition, { kind: 'Community' }>>[]): readonly Blame[] {
  const aliases = communities.flatMap((object) => [...object.definition.aliases.keys()].map((alias) => ({ ...object, alias })))
  return repeated(aliases, (_, { alias }) => alias).map(([junior, senior]) => [
    junior.key,
    note(
      'DuplicateCommunity',
      `The alias ${junior.alias} is already defined by the Community ${senior.name}; an alias may stand in one object only.`,
    ),
  ])
}

/** Pairs of a later contender and the first one with the same text. */
function repeated<C extends Contender>(
  contenders: readonly C[],
  textOf: (definition: C['definition'], contender: C) => string,
): readonly (readonly [C, C])[] {
  const first = new Map<string, C>()
  return contenders.flatMap((contender) => {
    const text = textOf(contender.definition, contender)
    const senior = first.get(text)
    if (senior === undefined) first.set(text, contender)
    return senior === undefined || senior.key === contender.key ? [] : [[contender, senior] as const]
  })
}
