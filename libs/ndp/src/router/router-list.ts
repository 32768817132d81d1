import { compareIps, type Ip, type Mac } from '@loadstone/ip'
import { macFromBytes } from '@loadstone/ip/bytes'
import { isUnicastMac } from '@loadstone/ip/l2'
import { decodeExactly, WireError } from '@loadstone/wire'
import { optionType } from '../message/option'
import { type RouterAdvertisementFrame, routerAdvertisementFrame } from '../message/router'

/** A router, as one of its advertisements shows it. */
export type Router = { readonly address: Ip; readonly mac: Mac; readonly lifetimeSeconds: number }

/** Why a frame announces no router. */
export type NotARouterReason = 'malformed' | 'own-frame' | 'no-station'

/** The router that this frame announces, or why none. `own` is the MAC of the receiving interface. */
export function routerFrom(frame: Uint8Array, own: Mac): Router | NotARouterReason {
  const decoded = decode(frame)
  if (decoded === undefined) return 'malformed'
  const { source, packet } = decoded
  if (source === own) return 'own-frame'
  const told = packet.message.options.find(({ type }) => type === optionType.sourceLinkLayer)
  const mac = (told === undefined ? undefined : macFromBytes(told.value)) ?? source
  if (mac === own) return 'own-frame'
  return isUnicastMac(mac) ? { address: packet.source, mac, lifetimeSeconds: packet.message.lifetimeSeconds } : 'no-station'
}

function decode(frame: Uint8Array): RouterAdvertisementFrame | undefined {
  try {
    return decodeExactly(routerAdvertisementFrame, frame, 'router advertisement')
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return undefined
  }
}

export type KnownRouter = Router & {
  readonly heardAt: number
  /** Advertisements of other routers of the link since `heardAt`. */
  readonly othersSince: number
}
/** The routers of one link. */
export type Routers = ReadonlyMap<Ip, KnownRouter>

/** More advertisers than this on one link are treated as an attack and ignored. */
export const mostRouters = 16

/**
 * How long a router with lifetime 0 counts after an advertisement: three times RFC 4861 §6.2.1's default MaxRtrAdvInterval of 600 s.
 * Lifetime 0 means "no default router", which says nothing about a BGP peer.
 */
export const withoutLifetimeSeconds = 1_800

/** A router is gone, or has another address, if it was silent this long while others advertised this often. */
const silentMillis = 30_000
const turnsMissed = 3

/** The known routers of the link after an advertisement of `router` at `now`, in milliseconds. */
export function advertised(routers: Routers, router: Router, now: number): Routers {
  const others = [...routers.values()].filter((one) => one.address !== router.address && now < expiryOf(one))
  const full = others.length >= mostRouters
  if (full && !routers.has(router.address)) return routers
  const after = others.map((one) => ({ ...one, othersSince: one.othersSince + 1 }))
  return new Map([...after, { ...router, heardAt: now, othersSince: 0 }].map((one) => [one.address, one]))
}

const expiryOf = ({ heardAt, lifetimeSeconds }: KnownRouter): number =>
  heardAt + (lifetimeSeconds > 0 ? lifetimeSeconds : withoutLifetimeSeconds) * 1_000

/** Addresses of the routers present at `now`, lowest first. */
export function presentRouters(routers: Routers, now: number): readonly Ip[] {
  const isThere = (one: KnownRouter): boolean => now < expiryOf(one) && (one.othersSince < turnsMissed || now - one.heardAt < silentMillis)
  return [...routers.values()]
    .filter(isThere)
    .map(({ address }) => address)
    .sort(compareIps)
}

/** When the next router expires, or undefined if none will. */
export function nextExpiry(routers: Routers, now: number): number | undefined {
  const times = [...routers.values()].map(expiryOf).filter((time) => time > now)
  return times.length === 0 ? undefined : Math.min(...times)
}
