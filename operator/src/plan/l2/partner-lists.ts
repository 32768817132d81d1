import { parseIp } from '@loadstone/ip'
import type { Partner } from '@loadstone/plan'
import type { InterfaceStatus } from '@loadstone/plan/status'
import { compare } from '../../model/json'
import { compiles, type OperatorSettings } from '../../model/settings'
import type { World } from '../../model/world'
import type { L2Placement } from './placement'

/** Limits of the schema. */
const most = { partners: 64, links: 16, addresses: 16 }

/** By node, the names of the interfaces it announces on; undefined means all of them. */
type AnnouncingLinks = ReadonlyMap<string, ReadonlySet<string> | undefined>

/**
 * The partners of each node: those that stand by for its addresses, those for whose addresses it stands by, and those with which one of
 * them hands an address over. What a plan says of a partner is that node's own report, so other nodes change nothing in it.
 */
export function partnerLists(
  placements: readonly L2Placement[],
  plans: World['plans'],
  { excludeInterfaces }: Pick<OperatorSettings, 'excludeInterfaces'>,
): ReadonlyMap<string, readonly Partner[]> {
  const pairs = pairsOf(placements)
  const links = announcingLinks(placements)
  const excluded = excludeInterfaces.flatMap((pattern) => compiles(pattern) ?? [])
  const announces = (node: string, { name }: InterfaceStatus): boolean =>
    links.get(node)?.has(name) !== false && !excluded.some((pattern) => pattern.test(name))
  const described = new Map(
    [...pairs.keys()].map((node): [string, Partner] => {
      const reported = plans.get(node)?.status?.interfaces ?? []
      return [node, { node, links: linksOf(reported.filter((item) => announces(node, item))) }]
    }),
  )
  return new Map(
    [...pairs].map(([node, others]) => [
      node,
      [...others]
        .sort(compare)
        .slice(0, most.partners)
        .flatMap((other) => described.get(other) ?? []),
    ]),
  )
}

function pairsOf(placements: readonly L2Placement[]): ReadonlyMap<string, ReadonlySet<string>> {
  const pairs = new Map<string, Set<string>>()
  const setOf = (node: string): Set<string> => {
    const known = pairs.get(node) ?? new Set()
    if (known.size === 0) pairs.set(node, known)
    return known
  }
  const add = (owner: string, other: string): void => {
    const known = setOf(owner)
    if (known.has(other)) return
    known.add(other)
    setOf(other).add(owner)
  }
  for (const { candidates, from } of placements) {
    const [owner = ''] = candidates
    for (const other of candidates) if (other !== owner) add(owner, other)
    if (from !== undefined) add(owner, from)
  }
  return pairs
}

function announcingLinks(placements: readonly L2Placement[]): AnnouncingLinks {
  const found = new Map<string, Set<string> | undefined>()
  /** Nodes that announce on every link; nearly all do. */
  const everywhere = new Set<string>()
  const add = (node: string, names: readonly string[] | undefined): void => {
    if (names === undefined) everywhere.add(node)
    found.set(node, names === undefined ? undefined : new Set([...(found.get(node) ?? []), ...names]))
  }
  for (const { candidates, from, interfaces } of placements) {
    for (const node of candidates) if (!everywhere.has(node)) add(node, interfaces.get(node))
    if (from !== undefined && !everywhere.has(from)) add(from, interfaces.get(from))
  }
  return found
}

/** Links with a MAC address, also those that are down: whether a partner is reached is what it is watched for. */
const linksOf = (interfaces: readonly InterfaceStatus[]): Partner['links'] =>
  interfaces
    .filter(({ name, mac }) => isMac.test(mac) && name !== '' && name.length <= 15)
    .map(({ name, mac, addresses }) => ({
      name,
      mac,
      addresses: addresses.flatMap((text) => parseIp(text) ?? []).slice(0, most.addresses),
    }))
    .sort((a, b) => compare(a.name, b.name))
    .slice(0, most.links)

const isMac = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/
