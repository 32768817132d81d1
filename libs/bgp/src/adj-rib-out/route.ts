import { type Ip, type Prefix, parseIp, parsePrefix } from '@loadstone/ip'
import { mostPrepended } from '../message/update/as-path'
import { type LargeCommunity, parseCommunity, parseLargeCommunity, type StandardCommunity } from '../message/update/community'
import { type ExtendedCommunity, parseExtendedCommunity } from '../message/update/extended-community'
import type { Origin } from '../message/update/update'
import { omitUndefined } from '../omit-undefined'

/** One route we announce. Routes whose attributes are equal share UPDATE messages. */
export type Route = {
  readonly prefix: Prefix
  /**
   * Where traffic for the prefix goes. `self` is the local address of the session, and for a prefix of the other family than the
   * session's it is PeerOptions.nextHops; with neither, the route is not announced and unannounced() says why, as with the peer's own
   * address (RFC 4271 §5.1.3). Two addresses are a global and a link-local one of the same interface, on a link that we share with the peer (RFC 2545 §3).
   */
  readonly nextHop: 'self' | Ip | readonly [global: Ip, linkLocal: Ip]
  /** Default `igp`. */
  readonly origin?: Origin
  /** RFC 1997, RFC 4360 and RFC 8092. None are sent by default. */
  readonly communities?: readonly StandardCommunity[]
  readonly extendedCommunities?: readonly ExtendedCommunity[]
  readonly largeCommunities?: readonly LargeCommunity[]
  /** Sent to iBGP peers only, RFC 4271 §5.1.5; there it is always sent, 100 by default. 0–4294967295, as the other two. */
  readonly localPref?: number
  /** MULTI_EXIT_DISC, RFC 4271 §5.1.4. Not sent by default. */
  readonly med?: number
  /**
   * How many times more our AS stands in AS_PATH, so that other paths are preferred (RFC 4271 §9.1.2.2 a). 0–254, 0 by default. iBGP
   * peers get the empty path all the same: they would take their own AS in it for a loop (RFC 4271 §5.1.2).
   */
  readonly asPathPrepend?: number
  /** RFC 7911: tells several paths for one prefix apart. 0, the default, is the one that peers without add-path get; they get no other. */
  readonly pathId?: number
}

/** Like Route, with addresses and communities as people write them. */
export type RouteText = Pick<Route, 'origin' | 'localPref' | 'med' | 'asPathPrepend' | 'pathId'> & {
  readonly nextHop?: string
  readonly communities?: readonly string[]
  readonly extendedCommunities?: readonly string[]
  readonly largeCommunities?: readonly string[]
}

/** A route from text: `route('203.0.113.10/32', { communities: ['65535:0'] })`. Throws RangeError naming what is wrong. */
export function route(prefix: string, text: RouteText = {}): Route {
  const { nextHop = 'self', communities, extendedCommunities, largeCommunities, ...numbers } = text
  for (const name of ['localPref', 'med', 'pathId'] as const) checkNumber(name, numbers[name])
  checkNumber('asPathPrepend', numbers.asPathPrepend, mostPrepended)
  return omitUndefined({
    ...numbers,
    prefix: read(parsePrefix, prefix, 'a prefix: write address/length, as in 203.0.113.10/32'),
    nextHop:
      nextHop === 'self' ? ('self' as const) : read(parseIp, nextHop, "a next hop: write an address, or 'self' for the session's own"),
    communities: communities?.map((one) => read(parseCommunity, one, 'a community: write two numbers, as in 65001:100')),
    extendedCommunities: extendedCommunities?.map((one) => read(parseExtendedCommunity, one, 'an extended community, as in rt:65001:100')),
    largeCommunities: largeCommunities?.map((one) =>
      read(parseLargeCommunity, one, 'a large community: write three numbers, as in 65001:1:2'),
    ),
  })
}

function checkNumber(name: string, value = 0, most = 0xffff_ffff): void {
  const fits = Number.isInteger(value) && value >= 0 && value <= most
  if (!fits) throw new RangeError(`${name} is ${value}; it must be a whole number from 0 to ${most}`)
}

function read<T>(parse: (text: string) => T | undefined, text: string, what: string): T {
  const value = parse(text)
  if (value === undefined) throw new RangeError(`"${text}" is not ${what}`)
  return value
}
