import { type Ip, prefixContains, prefixOf } from '@loadstone/ip'
import type { BfdPath, BfdSessionSpec } from '../messages/bfd'
import type { LinkState } from './links'

/**
 * The path of a session on a node with these links, or what it waits for. `before` is the present path: it stays while its link is away,
 * because a failed link is what BFD is to detect.
 */
export function bfdPath(spec: BfdSessionSpec, links: readonly LinkState[], before?: BfdPath): BfdPath | { readonly waiting: string } {
  const { address: peer, hops, vrf } = spec
  if (spec.interface !== undefined) return { peer, interface: spec.interface, multihop: false }
  if (hops === 'multihop') return manyHops(spec)
  const on = linksTo(peer, links, vrf)
  if (on.length === 0 && wasOnLink(before, spec)) return before
  if (on.length === 0 && hops === 'auto') return manyHops(spec)
  return { peer, ...local(spec.source), ...device(only(on) ?? vrf), multihop: false }
}

function manyHops({ address: peer, source, observedLocal, vrf }: BfdSessionSpec): BfdPath | { readonly waiting: string } {
  const from = source ?? observedLocal
  return from === undefined ? { waiting } : { peer, ...local(from), ...device(vrf), multihop: true }
}

const wasOnLink = (before: BfdPath | undefined, { address, source }: BfdSessionSpec): before is BfdPath =>
  before?.peer === address && before.local === source && before.interface !== undefined && !before.multihop

const waiting =
  'multihop BFD begins once the BGP session was up, which shows the address we speak from; give the BGPPeer a sourceAddress to have it begin at once'

const local = (ip: Ip | undefined): { readonly local?: Ip } => (ip === undefined ? {} : { local: ip })
const device = (name: string | undefined): { readonly interface?: string } => (name === undefined ? {} : { interface: name })

/** The name, if there is exactly one: a session is bound to a link only where there is no other candidate. */
const only = (names: readonly string[]): string | undefined => (names.length === 1 ? names[0] : undefined)

/** The links with the router's subnet. None where the router is this node itself, because such packets pass through no link. */
function linksTo(peer: Ip, links: readonly LinkState[], vrf: string | undefined): readonly string[] {
  const within = vrf === undefined ? undefined : links.find(({ name }) => name === vrf)?.index
  const fitting = links.filter(({ up, master }) => up && master === within)
  if (fitting.some(({ addresses }) => addresses.some(({ ip }) => ip === peer))) return []
  return fitting
    .filter(({ addresses }) => addresses.some(({ ip, length }) => prefixContains(prefixOf(ip, length), peer)))
    .map(({ name }) => name)
}
