import { compareIps, familyOf, type Ip, parsePrefix, prefixFamily } from '@loadstone/ip'
import { type Community, type LargeCommunity, parseCommunity, parseLargeCommunity, type Route } from 'bgp-js'
import type { Held } from './hold'
import type { Device } from './links'
import type { WireInterface } from './messages'
import type { Advertised } from './ribs'

/**
 * A RIB as bgp-js takes it. Prefixes of the session's own family go by the session's address; those of the other family need an
 * address of the node on the same link, and without one bgp-js names them as unannounced.
 */
export function routesFor(rib: ReadonlyMap<string, Held<Advertised>>, session: Ip, otherNextHop: Ip | undefined): readonly Route[] {
  const family = familyOf(session)
  return [...rib.values()].flatMap(({ value }) => {
    const prefix = parsePrefix(value.prefix)
    if (prefix === undefined) return [] // it was canonical when it was parsed
    return [{ ...attributes(value), prefix, nextHop: prefixFamily(prefix) === family ? 'self' : (otherNextHop ?? 'self') }]
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

/** The lowest global address, of the family that `local` is not of, on the link that has `local`. */
export function otherNextHop(local: Ip | undefined, devices: readonly Device[]): Ip | undefined {
  if (local === undefined) return undefined
  const link = devices.find(({ addresses }) => addresses.includes(local))
  return [...(link?.addresses ?? [])].filter((ip) => familyOf(ip) !== familyOf(local)).sort(compareIps)[0]
}

/** The lowest global IPv4 address of the node. */
export function nodeIpv4(interfaces: readonly WireInterface[]): Ip | undefined {
  const addresses = interfaces.flatMap((link) => link.addresses)
  return addresses.filter((ip) => familyOf(ip) === 'ipv4').sort(compareIps)[0]
}
