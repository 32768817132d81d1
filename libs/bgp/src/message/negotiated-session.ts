import type { Family, Ip } from '@loadstone/ip'

/** The result of both OPENs: timers, families and capabilities of a session. */
export type NegotiatedSession = {
  readonly peerAs: number
  /** BGP Identifier of the peer, dotted. */
  readonly peerId: Ip
  /** iBGP: both ends are of one AS. */
  readonly internal: boolean
  /** 0: no keepalives at all (RFC 4271 §4.2). */
  readonly holdSeconds: number
  /** Between our KEEPALIVEs, before each is made up to a quarter shorter at random (RFC 4271 §4.4, §10). */
  readonly keepaliveSeconds: number
  /** Families both route (RFC 4760). */
  readonly families: readonly Family[]
  /** RFC 6793. Without it, AS paths are sent in two octets and AS4_PATH. */
  readonly fourOctetAs: boolean
  /** RFC 2918: we may ask for its routes again. */
  readonly routeRefresh: boolean
  /** RFC 7313: a refresh has a beginning and an end. */
  readonly enhancedRefresh: boolean
  /** RFC 8654: messages of up to 65,535 octets. */
  readonly extendedMessage: boolean
  /** RFC 8950: IPv4 routes may have IPv6 next hops. */
  readonly extendedNextHop: boolean
  /** RFC 7911: families in which several paths per prefix may be sent, and come. */
  readonly addPathSend: readonly Family[]
  readonly addPathReceive: readonly Family[]
  /** RFC 4724, if the peer offered it. */
  readonly gracefulRestart?: {
    /** It keeps our routes while we restart. */
    readonly keepsOurs: boolean
    /** RFC 8538: it keeps them after a NOTIFICATION, too. */
    readonly notification: boolean
    /** It says that it has just restarted (the R bit, §3). */
    readonly peerRestarted: boolean
    /** How long the peer asks to be waited for. */
    readonly peerSeconds: number
    /** Families of its own that it asks us to keep, and whether it went on forwarding (the F bit, §3). We keep no routes. */
    readonly peerFamilies: readonly { readonly family: Family; readonly forwarding: boolean }[]
    /** RFC 9494: both offered long-lived stale routes. */
    readonly longLived: boolean
  }
}
