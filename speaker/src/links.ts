import { compareIps, familyOf, type Ip, type Mac } from '@loadstone/ip'

/** What the wire worker needs to know of a link; libs/packet's Link is one. */
export type LinkSeen = {
  readonly index: number
  readonly name: string
  readonly mac?: Mac
  readonly up: boolean
  readonly running: boolean
  readonly flags: { readonly broadcast: boolean; readonly loopback: boolean; readonly noArp: boolean }
  readonly master?: number
  readonly addresses: readonly { readonly ip: Ip; readonly length: number; readonly scope: string; readonly tentative: boolean }[]
}

/** Any link of the node, announcing or not: what a session is bound to, and whose address it speaks from. */
export type Device = { readonly name: string; readonly addresses: readonly Ip[] }

export const devicesOf = (links: readonly LinkSeen[]): readonly Device[] =>
  links
    .filter(({ name }) => name !== '')
    .map((link) => ({ name: link.name, addresses: globalAddresses(link) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))

/** A link that can announce. */
export type AnnouncingLink = {
  readonly index: number
  readonly name: string
  readonly mac: Mac
  readonly running: boolean
  readonly addresses: readonly Ip[]
  /** Absent: the link has no IPv6, and so nothing to answer NDP from (RFC 4861 §4.4). */
  readonly linkLocal?: Ip
}

/**
 * The links that announce, by name: up, Ethernet, able to broadcast, not enslaved to a bridge, bond or VRF (whose own link answers),
 * and matched by none of the expressions. A link that lost its carrier stays, so that it goes on when the carrier is back.
 */
export function announcingLinks(links: readonly LinkSeen[], exclude: readonly string[]): readonly AnnouncingLink[] {
  const excluded = exclude.map((source) => new RegExp(source))
  return links
    .flatMap((link) => {
      const { index, name, mac, up, running, flags, master } = link
      const fit = up && flags.broadcast && !flags.loopback && !flags.noArp && master === undefined && name !== ''
      if (!fit || mac === undefined || excluded.some((expression) => expression.test(name))) return []
      const linkLocal = linkLocalOf(link)
      return [{ index, name, mac, running, addresses: globalAddresses(link), ...(linkLocal && { linkLocal }) }]
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Addresses that others can reach the node by. */
const globalAddresses = ({ addresses }: LinkSeen): readonly Ip[] =>
  addresses
    .filter(({ scope, tentative }) => scope === 'global' && !tentative)
    .map(({ ip }) => ip)
    .sort(compareIps)

/** The address that nobody beyond the link can reach it by. */
export const linkLocalOf = ({ addresses }: LinkSeen): Ip | undefined =>
  addresses.find(({ ip, scope, tentative }) => scope === 'link' && familyOf(ip) === 'ipv6' && !tentative)?.ip
