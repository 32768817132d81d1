import { type Ip, type Prefix, parseIp, parsePrefix } from '@loadstone/ip'
import type { Community, LargeCommunity } from './community'
import type { ExtendedCommunity } from './extended-community'

/** RFC 4271 §4.3 a): how the route came into BGP. */
export type Origin = 'igp' | 'egp' | 'incomplete'

/** One route we announce. Routes whose attributes are equal share UPDATE messages. */
export type Route = {
  readonly prefix: Prefix
  /**
   * Where traffic for the prefix goes. `self` is the local address of the session, and for a prefix of the other family than the
   * session's it is PeerOptions.nextHops; with neither, the route is not announced and unannounced() says why.
   */
  readonly nextHop: 'self' | Ip
  /** Default `igp`. */
  readonly origin?: Origin
  readonly communities?: readonly Community[]
  readonly extendedCommunities?: readonly ExtendedCommunity[]
  readonly largeCommunities?: readonly LargeCommunity[]
  /** Sent to iBGP peers only, RFC 4271 §5.1.5; there it is always sent, 100 by default. */
  readonly localPref?: number
  /** MULTI_EXIT_DISC, RFC 4271 §5.1.4. Not sent by default. */
  readonly med?: number
  /** RFC 7911: tells several paths for one prefix apart. 0, the default, is the one that peers without add-path get; they get no other. */
  readonly pathId?: number
}

/** A route from text, for people and examples. Throws RangeError naming what could not be read. */
export function route(prefix: string, more: Omit<Partial<Route>, 'prefix' | 'nextHop'> & { readonly nextHop?: string } = {}): Route {
  const network = parsePrefix(prefix)
  if (network === undefined) throw new RangeError(`"${prefix}" is no prefix: write address/length, as in 203.0.113.10/32`)
  return { ...more, prefix: network, nextHop: nextHopOf(more.nextHop ?? 'self') }
}

function nextHopOf(text: string): 'self' | Ip {
  if (text === 'self') return text
  const ip = parseIp(text)
  if (ip === undefined) throw new RangeError(`next hop "${text}" is no address: write one, or 'self' for the session's own`)
  return ip
}
