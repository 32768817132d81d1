import { compareIps, type Ip, type Mac, macFromBytes } from '@loadstone/ip'
import { decodeExactly, WireError } from '@loadstone/wire'
import { isStation } from './ethernet'
import { optionType } from './option'
import { type RouterAdvertisementFrame, routerAdvertisementFrame } from './router-frame'

/** A router, as one of its advertisements shows it. */
export type Router = { readonly address: Ip; readonly mac: Mac; readonly lifetimeSeconds: number }

/** Why a frame shows no router. */
export type NoRouter = 'malformed' | 'own-frame' | 'no-station'

/** Who says in this frame that it is a router. `own` is the MAC of the interface it came to. */
export function routerFrom(frame: Uint8Array, own: Mac): Router | NoRouter {
  const decoded = decode(frame)
  if (decoded === undefined) return 'malformed'
  const { source, packet } = decoded
  if (source === own) return 'own-frame'
  const told = packet.message.options.find(({ type }) => type === optionType.sourceLinkLayer)
  const mac = (told === undefined ? undefined : macFromBytes(told.value)) ?? source
  if (mac === own) return 'own-frame'
  return isStation(mac) ? { address: packet.source, mac, lifetimeSeconds: packet.message.lifetimeSeconds } : 'no-station'
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
  /** Advertisements of other routers of the link since then. */
  readonly othersSince: number
}
/** The routers of one link. */
export type Routers = ReadonlyMap<Ip, KnownRouter>

/** A link has one router or two. More than this is somebody who plays. */
export const mostRouters = 16

/**
 * How long one that wants to be nobody's default router counts after it was heard: three times the 600 s that RFC 4861 §6.2.1 has
 * routers wait at most unless told otherwise. It says nothing about being a BGP peer, so it is no reason to forget it.
 */
export const withoutLifetimeSeconds = 1_800

/** One that has been silent for so long while another spoke three times has gone, or has another address now. */
const silentMillis = 30_000
const turnsMissed = 3

/** What is known of the link's routers after this one was heard. */
export function hear(routers: Routers, router: Router, now: number): Routers {
  const others = [...routers.values()].filter((one) => one.address !== router.address && now < expiryOf(one))
  const full = others.length >= mostRouters
  if (full && !routers.has(router.address)) return routers
  const after = others.map((one) => ({ ...one, othersSince: one.othersSince + 1 }))
  return new Map([...after, { ...router, heardAt: now, othersSince: 0 }].map((one) => [one.address, one]))
}

const expiryOf = ({ heardAt, lifetimeSeconds }: KnownRouter): number =>
  heardAt + (lifetimeSeconds > 0 ? lifetimeSeconds : withoutLifetimeSeconds) * 1_000

/** The routers that are there, lowest address first. */
export function presentRouters(routers: Routers, now: number): readonly Ip[] {
  const isThere = (one: KnownRouter): boolean => now < expiryOf(one) && (one.othersSince < turnsMissed || now - one.heardAt < silentMillis)
  return [...routers.values()]
    .filter(isThere)
    .map(({ address }) => address)
    .sort(compareIps)
}

/** When time alone changes who is there. */
export function nextExpiry(routers: Routers, now: number): number | undefined {
  const times = [...routers.values()].map(expiryOf).filter((time) => time > now)
  return times.length === 0 ? undefined : Math.min(...times)
}
