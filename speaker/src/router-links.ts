import type { Ip, Mac } from '@loadstone/ip'
import { type LinkSeen, linkLocalOf } from './links'

/** A link on which a router can be discovered. */
export type RouterLink = { readonly index: number; readonly mac: Mac; readonly linkLocal: Ip }

/**
 * The link of that name, or why no router can be found there. That it is kept from answering on L2 does not matter, nor that it belongs to
 * a VRF: a BGPPeer names it.
 */
export function routerLink(links: readonly LinkSeen[], name: string): RouterLink | { readonly problem: string } {
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
