import type { Block, ConfigKind, Definition, PeerDefinition } from '../model/definitions'
import { note } from '../model/reasons'
import { selectorText } from '../model/selector'
import type { ObservedNode } from '../model/world'
import { blocksOverlap, compareBlocks } from './address-blocks'
import { aggregationConflicts, attributeConflicts, unknownCommunities } from './bgp-conflicts'
import { announcesFrom } from './config'
import type { ActiveCandidate, Rejection } from './rejection'

export const ofKind = <K extends ConfigKind>(
  candidates: readonly ActiveCandidate[],
  kind: K,
): readonly ActiveCandidate<Extract<Definition, { kind: K }>>[] =>
  candidates.filter((candidate): candidate is ActiveCandidate<Extract<Definition, { kind: K }>> => candidate.definition.kind === kind)

type ConflictInput = {
  readonly nodes: readonly ObservedNode[]
  /** Aliases of the last pass. An advertisement that used one keeps its value. */
  readonly aliases: ReadonlyMap<string, string>
}

/** Takes candidates in order of seniority. Of two that cannot both be in force, the junior one is rejected. */
export function conflicts(candidates: readonly ActiveCandidate[], { nodes, aliases }: ConflictInput): readonly Rejection[] {
  const pools = ofKind(candidates, 'IPAddressPool')
  const advertisements = ofKind(candidates, 'BGPAdvertisement')
  return [
    ...overlaps(pools),
    ...sameAdvertisement(advertisements),
    ...attributeConflicts(advertisements, pools, nodes),
    ...aggregationConflicts(advertisements, pools),
    ...peerConflicts(ofKind(candidates, 'BGPPeer'), nodes),
    ...aliasConflicts(ofKind(candidates, 'Community')),
    ...unknownCommunities(advertisements, aliasesOf(candidates), aliases),
  ]
}

export const aliasesOf = (candidates: readonly ActiveCandidate[]): ReadonlyMap<string, string> =>
  new Map(ofKind(candidates, 'Community').flatMap(({ definition }) => [...definition.aliases]))

type OwnedBlock = Block & { readonly owner: string }

function overlaps(pools: readonly ActiveCandidate<Extract<Definition, { kind: 'IPAddressPool' }>>[]): readonly Rejection[] {
  const accepted: OwnedBlock[] = []
  return pools.flatMap(({ key, name, definition }) => {
    const clash = definition.blocks.map((block) => [block, overlapping(accepted, block)] as const).find(([, other]) => other !== undefined)
    const [block, other] = clash ?? []
    if (block === undefined || other === undefined) {
      for (const own of definition.blocks) accepted.splice(insertionIndex(accepted, own), 0, { ...own, owner: name })
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

/** Index at which to insert a block into the sorted list. */
function insertionIndex(sorted: readonly Block[], block: Block): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareBlocks(sorted[middle] as Block, block) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

function overlapping(sorted: readonly OwnedBlock[], block: Block): OwnedBlock | undefined {
  const at = insertionIndex(sorted, block)
  return [sorted[at - 1], sorted[at]].find((other) => other !== undefined && blocksOverlap(other, block))
}

function sameAdvertisement(advertisements: readonly ActiveCandidate[]): readonly Rejection[] {
  return repeated(advertisements, (definition) => JSON.stringify(definition)).map(([junior, senior]) => [
    junior.key,
    note('DuplicateAdvertisement', `The BGPAdvertisement ${senior.name} says exactly the same; delete one of the two.`),
  ])
}

function peerConflicts(
  peers: readonly ActiveCandidate<Extract<Definition, { kind: 'BGPPeer' }>>[],
  nodes: readonly ObservedNode[],
): readonly Rejection[] {
  const same = repeated(peers, (definition) => JSON.stringify({ ...definition, nodeSelectors: definition.nodeSelectors.map(selectorText) }))
  const duplicates = new Set(same.map(([junior]) => junior.key))
  const shared = repeated(
    peers
      .filter(({ key }) => !duplicates.has(key))
      .flatMap((peer) => nodes.filter(({ labels }) => announcesFrom(peer.definition, labels)).map((at) => ({ ...peer, at: at.name }))),
    (definition, { at }) => JSON.stringify([at, ...connectionOf(definition)]),
  )
  return [
    ...same.map(
      ([junior, senior]): Rejection => [
        junior.key,
        note('DuplicatePeer', `The BGPPeer ${senior.name} says exactly the same; delete one of the two.`),
      ],
    ),
    ...shared.map(([junior, senior]): Rejection => {
      const { address, interface: link, port, vrf } = junior.definition
      const router = `${address ?? `the router on ${link}`} port ${port}${vrf === undefined ? '' : ` in the VRF ${vrf}`}`
      const message = `The BGPPeer ${senior.name} already connects to ${router} from node ${junior.at}; give the two different nodes or source addresses.`
      return [junior.key, note('PeerAddressInUse', message)]
    }),
  ]
}

/** The parameters that distinguish sessions of one node: a router takes one session between two addresses (docs/adr/0009). */
const connectionOf = ({ address, interface: link, port, vrf, sourceAddress }: PeerDefinition): readonly unknown[] => [
  address,
  link,
  port,
  vrf,
  sourceAddress,
]

function aliasConflicts(communities: readonly ActiveCandidate<Extract<Definition, { kind: 'Community' }>>[]): readonly Rejection[] {
  const aliases = communities.flatMap((object) => [...object.definition.aliases.keys()].map((alias) => ({ ...object, alias })))
  return repeated(aliases, (_, { alias }) => alias).map(([junior, senior]) => [
    junior.key,
    note(
      'DuplicateCommunity',
      `The alias ${junior.alias} is already defined by the Community ${senior.name}; an alias may stand in one object only.`,
    ),
  ])
}

/** Pairs of a junior candidate and the first one with an equal text. */
function repeated<C extends ActiveCandidate>(
  candidates: readonly C[],
  textOf: (definition: C['definition'], candidate: C) => string,
): readonly (readonly [C, C])[] {
  const first = new Map<string, C>()
  return candidates.flatMap((candidate) => {
    const text = textOf(candidate.definition, candidate)
    const senior = first.get(text)
    if (senior === undefined) first.set(text, candidate)
    return senior === undefined || senior.key === candidate.key ? [] : [[candidate, senior] as const]
  })
}
