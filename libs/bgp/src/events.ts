import type { Family, Ip, Prefix } from '@loadstone/ip'

/** RFC 4271 §8.2.2. */
export type SessionState = 'idle' | 'connect' | 'active' | 'open-sent' | 'open-confirm' | 'established'

/** What both ends agreed on in their OPENs. */
export type Agreed = {
  readonly peerAs: number
  /** BGP Identifier of the peer, dotted. */
  readonly peerId: Ip
  /** 0: no keepalives at all (RFC 4271 §4.2). */
  readonly holdSeconds: number
  readonly keepaliveSeconds: number
  readonly families: readonly Family[]
  readonly fourOctetAs: boolean
  readonly routeRefresh: boolean
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

/** Why a route the caller wants announced is not. */
export type Unannounced = { readonly prefix: Prefix; readonly reason: 'family-not-agreed' | 'no-next-hop' }

/** The events of a Peer, by name. */
export type PeerEvents = {
  readonly state: { readonly state: SessionState; readonly previous: SessionState }
  readonly established: { readonly agreed: Agreed; readonly local: Ip; readonly remote: Ip }
  /** The session left Established, or an attempt failed. The peer goes on trying by itself until stop() or end(). */
  readonly failed: Failure
  /** Everything wanted has been handed to the kernel; prefixes the peer now has from us. */
  readonly told: Counts
}

/** A snapshot; taking it costs little. */
export type PeerStatus = {
  readonly state: SessionState
  /** When the session entered the state, on the Peer's own clock. */
  readonly sinceMillis: number
  readonly agreed?: Agreed
  /** Local address of the session, while there is one. */
  readonly local?: Ip
  /** What went wrong last. Kept after recovery until the next failure replaces it. */
  readonly lastFailure?: Failure
  /** Prefixes the peer has been told and that are not withdrawn. */
  readonly told: Counts
  /** Prefixes the peer has told us and not withdrawn. */
  readonly received: Counts
}
