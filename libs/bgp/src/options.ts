import type { Family, Ip } from '@loadstone/ip'
import type { AddPath, Role } from './offer'

/** Everything one session needs to know. Times are in seconds. */
export type PeerOptions = {
  /** The peer's address, as text or Ip. */
  readonly address: string
  /** TCP port of the peer. Default 179. */
  readonly port?: number
  /** Our AS, 1–4294967295 (RFC 6793, RFC 7607). */
  readonly localAs: number
  /** The AS the peer must say it has; `external` accepts any but ours, `internal` is ours. Equal to localAs means iBGP. */
  readonly peerAs: number | 'internal' | 'external'
  /** BGP Identifier, dotted (RFC 6286: any non-zero value). Default: the local address of the session; an IPv6 session needs it given. */
  readonly routerId?: string
  /** Hold time we offer, RFC 4271 §4.2: 0 (off) or 3–65535. The lower of both ends' is used. Default 90. */
  readonly holdSeconds?: number
  /** Interval between KEEPALIVEs; never longer than a third of the agreed hold time, which is the default (RFC 4271 §4.4). */
  readonly keepaliveSeconds?: number
  /** How long one attempt to connect may take before the next. Default 10 (RFC 4271 §10 suggests 120 for ConnectRetryTime). */
  readonly connectSeconds?: number
  /** Address we connect from. Default: the kernel's choice. */
  readonly sourceAddress?: string
  /** Interface the connection is bound to (SO_BINDTODEVICE). A link-local `address` needs it. */
  readonly interface?: string
  /** TCP-MD5, RFC 2385: 1–80 octets. */
  readonly md5Password?: string
  /** The eBGP peer may be more than one hop away: TTL 255 (true) or the given one, instead of 1. Default false. iBGP always uses 255. */
  readonly ebgpMultiHop?: boolean | number
  /** Address families we offer, RFC 4760. Default: both; what the peer offers too is used. */
  readonly families?: readonly Family[]
  /**
   * Next hop for `self` routes of the family that the session's own addresses are not of; and our global address on the link of a
   * link-local session, which is sent together with the link-local one (RFC 2545 §3).
   */
  readonly nextHops?: { readonly [family in Family]?: Ip }
  /** GTSM, RFC 5082: the peer is at most so many hops away (1: on our link), and the kernel drops what came from farther. Not with ebgpMultiHop. */
  readonly ttlSecurityHops?: number
  /** Never dial: wait for the peer at a Listener. Default false, which dials and, at a Listener, takes connections too. */
  readonly passive?: boolean
  /** Wait so long for the peer's OPEN before sending ours (DelayOpen, RFC 4271 §8.1.1). Default 0: do not wait. */
  readonly delayOpenSeconds?: number
  /**
   * Ask the peer to keep our routes so long while we restart (RFC 4724), also after a NOTIFICATION (RFC 8538). Then End-of-RIB waits for the
   * first setRoutes() of this process, end() leaves the routes where they are, and stop() is a hard reset, which removes them.
   */
  readonly gracefulRestartSeconds?: number
  /** Ask the peer to keep them still longer, as least preferred (RFC 9494). Needs gracefulRestartSeconds. */
  readonly longLivedSeconds?: number
  /** Several paths for one prefix, told apart by Route.pathId (RFC 7911). */
  readonly addPath?: AddPath
  /** What we are to the peer (RFC 9234): provider, customer, peer, rs (route server) or rs-client. eBGP only. */
  readonly role?: Role
  /** Refuse a peer that states no role. Default false. */
  readonly strictRole?: boolean
}
