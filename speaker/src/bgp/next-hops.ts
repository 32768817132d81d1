import { compareIps, type Family, familyOf, type Ip, isLinkLocal, parsePrefix, prefixFamily } from '@loadstone/ip'
import {
  type Community,
  type LargeCommunity,
  type PeerOptions,
  type PeerStatus,
  parseCommunity,
  parseLargeCommunity,
  type Route,
} from 'bgp-js'
import type { Device } from '../messages/links'
import type { L2Interface } from '../messages/messages'
import type { Advertised } from '../plan/adj-ribs-out'
import type { Announced } from '../plan/withdrawal-delay'

/** Where traffic goes, by the family of the prefix. */
export type NextHops = Readonly<Record<Family, Route['nextHop']>>

/** A RIB as bgp-js takes it. */
export function routesFor(rib: ReadonlyMap<string, Announced<Advertised>>, nextHops: NextHops): readonly Route[] {
  return [...rib.values()].flatMap(({ value }) => {
    const prefix = parsePrefix(value.prefix)
    if (prefix === undefined) return [] // it was canonical when it was parsed
    return [{ ...attributes(value), prefix, nextHop: nextHops[prefixFamily(prefix)] }]
  })
}

function attributes({ communities = [], localPref }: Advertised): Pick<Route, 'communities' | 'largeCommunities' | 'localPref'> {
  const plain = communities.map(parseCommunity).filter((community): community is Community => community !== undefined)
  const large = communities
    .map((text) => parseLargeCommunity(text.replace('large:', '')))
    .filter((community): community is LargeCommunity => community !== undefined)
  return {
    ...(plain.length === 0 ? {} : { communities: plain }),
    ...(large.length === 0 ? {} : { largeCommunities: large }),
    ...(localPref === undefined ? {} : { localPref }),
  }
}

/**
 * Prefixes of the session's own family go by the session's address; those of the other family need an address of the node on the same
 * link, and without one bgp-js names them as unannounced.
 */
export function nextHopsOf(
  { interface: device }: Pick<PeerOptions, 'interface'>,
  { local, agreed }: Pick<PeerStatus, 'local' | 'agreed'>,
  devices: readonly Device[],
): NextHops {
  if (local === undefined) return { ipv4: 'self', ipv6: 'self' }
  if (isLinkLocal(local)) {
    const { addresses = [] } = devices.find(({ name }) => name === device) ?? {}
    return unnumberedNextHops(local, addresses, agreed?.extendedNextHop === true)
  }
  const other = otherNextHop(local, devices) ?? 'self'
  return familyOf(local) === 'ipv6' ? { ipv4: other, ipv6: 'self' } : { ipv4: 'self', ipv6: other }
}

/**
 * IPv6 goes by the link's global address and the link-local one together (RFC 2545 §3), or by the latter alone; IPv4 likewise where the
 * router agreed to IPv6 next hops (RFC 8950), else by the link's IPv4 address.
 */
function unnumberedNextHops(local: Ip, addresses: readonly Ip[], extendedNextHop: boolean): NextHops {
  const lowest = (family: Family): Ip | undefined => addresses.filter((ip) => familyOf(ip) === family).toSorted(compareIps)[0]
  const global = lowest('ipv6')
  const ipv6 = global === undefined ? 'self' : ([global, local] as const)
  return { ipv6, ipv4: extendedNextHop ? ipv6 : (lowest('ipv4') ?? 'self') }
}

/** The lowest global address, of the family that `local` is not of, on the link that has `local`. */
export function otherNextHop(local: Ip | undefined, devices: readonly Device[]): Ip | undefined {
  if (local === undefined) return undefined
  const link = devices.find(({ addresses }) => addresses.includes(local))
  return [...(link?.addresses ?? [])].filter((ip) => familyOf(ip) !== familyOf(local)).sort(compareIps)[0]
}

/** The lowest global IPv4 address of the node. */
export function nodeIpv4(interfaces: readonly L2Interface[]): Ip | undefined {
  const addresses = interfaces.flatMap((link) => link.addresses)
  return addresses.filter((ip) => familyOf(ip) === 'ipv4').sort(compareIps)[0]
}
