import { compareIps, type Family, familyOf, type Ip, isLinkLocal, parsePrefix, prefixFamily } from '@loadstone/ip'
import type { PeerOptions, PeerStatus, Route } from 'bgp-js'
import { type LargeCommunity, parseCommunity, parseLargeCommunity, type StandardCommunity } from 'bgp-js/update'
import type { Device } from '../messages/links'
import type { L2Interface } from '../messages/messages'
import type { Advertised } from '../plan/adj-ribs-out'
import type { Announced } from '../plan/withdrawal-delay'

/** The next hop of routes, by the family of their prefix. */
type NextHops = Readonly<Record<Family, Route['nextHop']>>

/** An Adj-RIB-Out as routes of bgp-js. */
export function routesFor(rib: ReadonlyMap<string, Announced<Advertised>>, nextHops: NextHops): readonly Route[] {
  return [...rib.values()].flatMap(({ value }) => {
    const prefix = parsePrefix(value.prefix)
    if (prefix === undefined) return [] // cannot happen: the plan's schema admits prefixes only
    return [{ ...attributes(value), prefix, nextHop: nextHops[prefixFamily(prefix)] }]
  })
}

type Attributes = Pick<Route, 'communities' | 'largeCommunities' | 'localPref' | 'asPathPrepend'>

function attributes({ communities = [], localPref, asPathPrepend }: Advertised): Attributes {
  const plain = communities.map(parseCommunity).filter((community): community is StandardCommunity => community !== undefined)
  const large = communities
    .map((text) => parseLargeCommunity(text.replace('large:', '')))
    .filter((community): community is LargeCommunity => community !== undefined)
  return {
    ...(plain.length === 0 ? {} : { communities: plain }),
    ...(large.length === 0 ? {} : { largeCommunities: large }),
    ...(localPref === undefined ? {} : { localPref }),
    ...(asPathPrepend === undefined ? {} : { asPathPrepend }),
  }
}

/**
 * Prefixes of the session's own family have the session's local address as next hop. Those of the other family need an address of the node
 * on the same link; without one bgp-js reports them as unannounced.
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
 * Next hops of IPv6 prefixes are the link's global and link-local address together (RFC 2545 §3), or the latter alone. IPv4 prefixes use
 * the same where the router negotiated IPv6 next hops (RFC 8950), else the link's IPv4 address.
 */
function unnumberedNextHops(local: Ip, addresses: readonly Ip[], extendedNextHop: boolean): NextHops {
  const lowest = (family: Family): Ip | undefined => addresses.filter((ip) => familyOf(ip) === family).toSorted(compareIps)[0]
  const global = lowest('ipv6')
  const ipv6 = global === undefined ? 'self' : ([global, local] as const)
  return { ipv6, ipv4: extendedNextHop ? ipv6 : (lowest('ipv4') ?? 'self') }
}

/** The lowest global address of the other family on the link that has the address `local`. */
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
