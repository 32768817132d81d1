import type { Family, Ip } from '@loadstone/ip'
import type { AddPath, Role } from './offer'

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
  readonly role?: Role
  /** Refuse a peer that states no role, where `role` is given (RFC 9234 §4.2). Default false. */
  readonly strictRole?: boolean
}
