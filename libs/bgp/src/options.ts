import { families as bothFamilies, type Family, familyOf, type Ip, isLinkLocal, parseIp } from '@loadstone/ip'
import { omitUndefined } from './omit-undefined'
import { isInternal, type SessionConfig } from './session/config'
import type { AddPath, BgpRole } from './session/peer-open'
import type { ConnectOptions } from './tcp/transport'

/** Options, checked and completed: what the protocol and the transport take. */
export type PeerSettings = {
  readonly config: Omit<SessionConfig, 'id'>
  readonly id: Ip | undefined
  readonly connect: ConnectOptions
  readonly nextHops: { readonly [family in Family]?: Ip }
}

/** Throws RangeError that names the option, what it is and what it must be. */
export function settingsOf(options: PeerOptions): PeerSettings {
  const { sourceAddress, routerId } = options
  const address = ipOf('address', options.address)
  const id = routerId === undefined ? undefined : ipOf('routerId', routerId)
  must(id === undefined || (familyOf(id) === 'ipv4' && id !== '0.0.0.0'), 'routerId', routerId, 'a dotted value other than 0.0.0.0')
  must(
    id !== undefined || familyOf(address) === 'ipv4',
    'routerId',
    routerId,
    'given, since an IPv6 session has no IPv4 address to take it from',
  )
  must(
    !isLinkLocal(address) || options.interface !== undefined,
    'interface',
    options.interface,
    'given, since a link-local address needs it',
  )
  const config = configOf(options)
  const source = sourceAddress === undefined ? undefined : ipOf('sourceAddress', sourceAddress)
  must(source === undefined || familyOf(source) === familyOf(address), 'sourceAddress', sourceAddress, 'of the same family as address')
  return {
    config,
    id,
    connect: connectOptionsOf(options, { address, sourceAddress: source, internal: isInternal(config) }),
    nextHops: options.nextHops ?? {},
  }
}

const must = (holds: boolean, option: string, value: unknown, rule: string): void => {
  if (!holds) throw new RangeError(`${option} is ${String(value)}; it must be ${rule}`)
}

function ipOf(option: string, text: string): Ip {
  const ip = parseIp(text)
  if (ip === undefined) throw new RangeError(`${option} is "${text}"; it must be an IPv4 or IPv6 address`)
  return ip
}

function configOf(options: PeerOptions): Omit<SessionConfig, 'id'> {
  const { localAs, peerAs, keepaliveSeconds, families = bothFamilies, delayOpenSeconds = 0, passive = false, strictRole = false } = options
  checkAs(localAs, peerAs)
  must(families.length > 0, 'families', families, 'ipv4, ipv6 or both')
  must(delayOpenSeconds >= 0, 'delayOpenSeconds', delayOpenSeconds, '0 or more')
  return omitUndefined({
    localAs,
    peerAs,
    ...timesOf(options),
    keepaliveSeconds,
    delayOpenSeconds,
    passive,
    families,
    role: options.role,
    strictRole,
    addPath: options.addPath,
    ...restartOf(options),
  })
}

function timesOf({
  holdSeconds = 90,
  keepaliveSeconds,
  connectSeconds = 10,
}: PeerOptions): Pick<SessionConfig, 'holdSeconds' | 'connectSeconds'> {
  const holds = Number.isInteger(holdSeconds) && (holdSeconds === 0 || holdSeconds >= 3) && holdSeconds <= 0xffff
  must(holds, 'holdSeconds', holdSeconds, '0 or a whole number from 3 to 65535')
  must(keepaliveSeconds === undefined || keepaliveSeconds >= 1, 'keepaliveSeconds', keepaliveSeconds, 'at least 1 (RFC 4271 §4.4)')
  must(connectSeconds > 0, 'connectSeconds', connectSeconds, 'more than 0')
  return { holdSeconds, connectSeconds }
}

function restartOf({
  gracefulRestartSeconds: seconds,
  longLivedSeconds,
}: PeerOptions): Pick<SessionConfig, 'gracefulRestart' | 'longLivedSeconds'> {
  const fits = (value: number | undefined, limit: number): boolean =>
    value === undefined || (Number.isInteger(value) && value >= 0 && value <= limit)
  must(fits(seconds, 4095), 'gracefulRestartSeconds', seconds, 'a whole number from 0 to 4095 (RFC 4724 §3 has twelve bits for it)')
  must(fits(longLivedSeconds, 0xff_ffff), 'longLivedSeconds', longLivedSeconds, 'a whole number from 0 to 16777215 (RFC 9494 §3.1)')
  must(longLivedSeconds === undefined || seconds !== undefined, 'longLivedSeconds', longLivedSeconds, 'given with gracefulRestartSeconds')
  return seconds === undefined ? {} : omitUndefined({ gracefulRestart: { seconds, restarted: true }, longLivedSeconds })
}

function checkAs(localAs: number, peerAs: PeerOptions['peerAs']): void {
  const possible = (value: number): boolean => Number.isInteger(value) && value > 0 && value <= 0xffff_ffff
  must(possible(localAs), 'localAs', localAs, 'an AS number, 1 to 4294967295')
  must(typeof peerAs === 'string' || possible(peerAs), 'peerAs', peerAs, "an AS number, 1 to 4294967295, or 'internal' or 'external'")
}

type Ends = { readonly address: Ip; readonly sourceAddress: Ip | undefined; readonly internal: boolean }

function connectOptionsOf(options: PeerOptions, { address, sourceAddress, internal }: Ends): ConnectOptions {
  const { port = 179, interface: device, md5Password } = options
  must(Number.isInteger(port) && port > 0 && port <= 0xffff, 'port', port, 'a TCP port, 1 to 65535')
  checkPassword(md5Password)
  return omitUndefined({ address, port, ...distanceOf(options, internal), sourceAddress, interface: device, md5Password })
}

/** RFC 5082 §3: with GTSM both send 255, and what has lost more than the hops allowed is dropped. */
function distanceOf({ ttlSecurityHops: hops, ebgpMultiHop }: PeerOptions, internal: boolean): Pick<ConnectOptions, 'ttl' | 'minTtl'> {
  if (hops === undefined) return { ttl: internal ? 255 : hopsOf(ebgpMultiHop ?? false) }
  must(Number.isInteger(hops) && hops >= 1 && hops <= 255, 'ttlSecurityHops', hops, 'from 1 to 255')
  must(ebgpMultiHop === undefined, 'ttlSecurityHops', hops, 'without ebgpMultiHop: both say how far the peer is')
  return { ttl: 255, minTtl: 256 - hops }
}

function checkPassword(password: string | undefined): void {
  if (password === undefined) return
  const octets = Buffer.byteLength(password)
  must(octets >= 1 && octets <= 80, 'md5Password', `${octets} octets long`, '1 to 80 octets long (the kernel takes no more)')
}

function hopsOf(option: boolean | number): number {
  if (typeof option === 'boolean') return option ? 255 : 1
  must(Number.isInteger(option) && option >= 1 && option <= 255, 'ebgpMultiHop', option, 'true, false or a TTL from 1 to 255')
  return option
}

/** Everything one session needs to know. Times are in seconds. What is out of its range makes `new Peer()` throw a RangeError that names it. */
export type PeerOptions = {
  /** The peer's address, IPv4 or IPv6, as text or Ip. */
  readonly address: string
  /** TCP port of the peer, 1–65535. Default 179 (RFC 4271 §8.2.1). */
  readonly port?: number
  /** Our AS, 1–4294967295 (RFC 6793, RFC 7607). */
  readonly localAs: number
  /**
   * The AS the peer must say it has, 1–4294967295, or it is refused (RFC 4271 §6.2); `external` accepts any but ours, `internal` is ours.
   * Equal to localAs means iBGP.
   */
  readonly peerAs: number | 'internal' | 'external'
  /** BGP Identifier, dotted (RFC 6286: any non-zero value). Default: the local address of the session; an IPv6 session needs it given. */
  readonly routerId?: string
  /** Hold time we offer, RFC 4271 §4.2: 0 (off) or 3–65535. The lower of both ends' is used. Default 90. */
  readonly holdSeconds?: number
  /** Interval between KEEPALIVEs, at least 1; never longer than a third of the agreed hold time, which is the default (RFC 4271 §4.4). */
  readonly keepaliveSeconds?: number
  /** How long one attempt to connect may take before the next, more than 0. Default 10 (RFC 4271 §10 suggests 120 for ConnectRetryTime). */
  readonly connectSeconds?: number
  /** Address we connect from, of the family of `address`. Default: the kernel's choice. */
  readonly sourceAddress?: string
  /** Interface the connection is bound to (SO_BINDTODEVICE). A link-local `address` needs it. */
  readonly interface?: string
  /** TCP-MD5, RFC 2385: 1–80 octets of UTF-8. Where the ends disagree nobody answers, and the `failed` event names that as the probable cause. */
  readonly md5Password?: string
  /** The eBGP peer may be more than one hop away: TTL 255 (true) or the given one, 1–255, instead of 1. Default false. iBGP always uses 255. */
  readonly ebgpMultiHop?: boolean | number
  /** Address families we offer, one at least (RFC 4760 §8). Default: both; what the peer offers too is used. */
  readonly families?: readonly Family[]
  /**
   * Next hop for `self` routes of the family that the session's own addresses are not of; and our global address on the link of a
   * link-local session, which is sent together with the link-local one (RFC 2545 §3).
   */
  readonly nextHops?: { readonly [family in Family]?: Ip }
  /** GTSM, RFC 5082 §3: the peer is at most so many hops away, 1–255 (1: on our link); the kernel drops what is from farther. Not with ebgpMultiHop. */
  readonly ttlSecurityHops?: number
  /** Never dial: wait for the peer at a Listener (RFC 4271 §8.1.1). Default false, which dials and, at a Listener, takes connections too. */
  readonly passive?: boolean
  /** Wait so long for the peer's OPEN before sending ours (DelayOpen, RFC 4271 §8.1.1). Default 0: do not wait. */
  readonly delayOpenSeconds?: number
  /**
   * Ask the peer to keep our routes so long while we restart, 0–4095 (RFC 4724 §3), also after a NOTIFICATION (RFC 8538). Then End-of-RIB waits for the
   * first setRoutes() of this process, end() leaves the routes where they are, and stop() is a hard reset, which removes them.
   */
  readonly gracefulRestartSeconds?: number
  /** Ask the peer to keep them still longer, as least preferred: 0–16777215 (RFC 9494 §3.1). Needs gracefulRestartSeconds. */
  readonly longLivedSeconds?: number
  /** Offer to send, receive or both several paths for one prefix, told apart by Route.pathId (RFC 7911 §4). Default: neither. */
  readonly addPath?: AddPath
  /** What we are to the peer (RFC 9234 §4): provider, customer, peer, rs (route server) or rs-client. Not looked at on iBGP. Default: unsaid. */
  readonly role?: BgpRole
  /** Refuse a peer that states no role, where `role` is given (RFC 9234 §4.2). Default false. */
  readonly strictRole?: boolean
}
