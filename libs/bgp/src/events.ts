import type { Family, Ip, Prefix } from '@loadstone/ip'
import type { Counters } from './tally'
import type { Update } from './update'

/** RFC 4271 §8.2.2. */
export type SessionState = 'idle' | 'connect' | 'active' | 'open-sent' | 'open-confirm' | 'established'

/** What both ends agreed on in their OPENs. */
export type Agreed = {
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

/** Why a session is down, or did not come up. */
export type Failure = {
  /** Who ended it: we sent a NOTIFICATION, the peer sent one, or the transport failed. */
  readonly by: 'us' | 'peer' | 'transport'
  /** RFC 4271 §4.5, when a NOTIFICATION was involved. */
  readonly code?: number
  readonly subcode?: number
  /** For a person: what is wrong and what to do, e.g. "peer refuses our OPEN: Bad Peer AS (2/2); …". */
  readonly message: string
}

export type Counts = { readonly [family in Family]: number }

/** Why a route the caller wants announced is not. `too-long`: its attributes alone fill a message. */
export type Silence = 'family-not-agreed' | 'no-next-hop' | 'add-path-not-agreed' | 'too-long'
export type Unannounced = { readonly prefix: Prefix; readonly reason: Silence }

/** The events of a Peer, by name. Listeners are called at once, in the order they came, and must not throw. */
export type PeerEvents = {
  /** Every change of state (RFC 4271 §8.2.2); of two connections to one peer, that of the one which is farther. */
  readonly state: { readonly state: SessionState; readonly previous: SessionState }
  /** A session is up: what was agreed on, and the addresses of its two ends. What is wanted is told next. */
  readonly established: { readonly agreed: Agreed; readonly local: Ip; readonly remote: Ip }
  /** The session left Established, or an attempt failed. The peer goes on trying by itself until stop() or end(). */
  readonly failed: Failure
  /** Routes from the peer: parsed, validated (RFC 7606), handed over and forgotten. */
  readonly update: Update
  /** RFC 7313 §4: between these, the peer says all its routes of the family again; what it did not repeat is gone. */
  readonly refresh: { readonly family: Family; readonly mark: 'begin' | 'end' }
  /** Everything wanted has been handed to the kernel, End-of-RIB included when it was due (RFC 4724 §2); prefixes the peer now has from us. */
  readonly told: Counts
}

/** A snapshot; taking it costs little. */
export type PeerStatus = {
  readonly state: SessionState
  /** When the session entered the state, in milliseconds on the Peer's own clock. */
  readonly sinceMillis: number
  readonly agreed?: Agreed
  /** Local address of the session, while there is one. */
  readonly local?: Ip
  /** What went wrong last. Kept after recovery until the next failure replaces it. */
  readonly lastFailure?: Failure
  /** Prefixes the peer has been told and that are not withdrawn. */
  readonly told: Counts
  /** Prefixes the peer announced to us since the session came up, repeats included: they are handed over, not kept. */
  readonly heard: Counts
  /** Messages since the Peer was made, over all its sessions. */
  readonly counters: Counters
}
