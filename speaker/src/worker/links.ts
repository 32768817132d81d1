import { compareIps, compareText, familyOf, type Ip, type Mac } from '@loadstone/ip'
import type { Device } from '../messages/links'

/** A link on which a router can be discovered. */
export type RouterLink = { readonly index: number; readonly mac: Mac; readonly linkLocal: Ip }

/**
 * The link of that name, or why no router can be found on it. Links excluded from L2 and links of a VRF count, too: a BGPPeer names the link.
 */
export function routerLink(links: readonly LinkState[], name: string): RouterLink | { readonly problem: string } {
  const link = links.find((one) => one.name === name)
  if (link === undefined) return { problem: `this node has no interface ${name}: correct the BGPPeer, or limit it by nodeSelectors` }
  const { index, mac, flags } = link
  if (mac === undefined || flags.loopback || flags.noArp)
    return { problem: `interface ${name} is no Ethernet link: no router can be found on it` }
  if (!link.up) return { problem: `interface ${name} is down` }
  if (!link.running) return { problem: `interface ${name} has no carrier` }
  const linkLocal = linkLocalOf(link)
  if (linkLocal === undefined)
    return { problem: `interface ${name} has no usable IPv6 link-local address to speak from: enable IPv6 on it` }
  return { index, mac, linkLocal }
}

/** What the worker needs to know of a link; the Link of libs/packet is one. */
export type LinkState = {
  readonly index: number
  readonly name: string
  readonly mac?: Mac
  readonly up: boolean
  readonly running: boolean
  readonly flags: { readonly broadcast: boolean; readonly loopback: boolean; readonly noArp: boolean }
  readonly master?: number
  readonly addresses: readonly { readonly ip: Ip; readonly length: number; readonly scope: string; readonly tentative: boolean }[]
}

export const devicesOf = (links: readonly LinkState[]): readonly Device[] =>
  links
    .filter(({ name }) => name !== '')
    .map((link) => ({ name: link.name, addresses: globalAddresses(link) }))
    .sort((a, b) => compareText(a.name, b.name))

/** A link that can announce. */
export type AnnouncingLink = {
  readonly index: number
  readonly name: string
  readonly mac: Mac
  readonly running: boolean
  readonly addresses: readonly Ip[]
  /** Source of neighbor advertisements (RFC 4861 §4.4); absent on a link without IPv6. */
  readonly linkLocal?: Ip
}

/**
 * The links that announce, sorted by name: up, Ethernet, with broadcast, not enslaved to a bridge, bond or VRF (whose own link announces),
 * and matched by no expression of `exclude`. A link without carrier stays, so that it goes on when the carrier is back.
 */
export function announcingLinks(links: readonly LinkState[], exclude: readonly string[]): readonly AnnouncingLink[] {
  const excluded = exclude.map((source) => new RegExp(source))
  return links
    .flatMap((link) => {
      const { index, name, mac, up, running, flags, master } = link
      const fit = up && flags.broadcast && !flags.loopback && !flags.noArp && master === undefined && name !== ''
      if (!fit || mac === undefined || excluded.some((expression) => expression.test(name))) return []
      const linkLocal = linkLocalOf(link)
      return [{ index, name, mac, running, addresses: globalAddresses(link), ...(linkLocal && { linkLocal }) }]
    })
    .sort((a, b) => compareText(a.name, b.name))
}

/** Addresses by which other hosts can reach the node. */
const globalAddresses = ({ addresses }: LinkState): readonly Ip[] =>
  addresses
    .filter(({ scope, tentative }) => scope === 'global' && !tentative)
    .map(({ ip }) => ip)
    .sort(compareIps)

/** The link's usable IPv6 link-local address. */
const linkLocalOf = ({ addresses }: LinkState): Ip | undefined =>
  addresses.find(({ ip, scope, tentative }) => scope === 'link' && familyOf(ip) === 'ipv6' && !tentative)?.ip
