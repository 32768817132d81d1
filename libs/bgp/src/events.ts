import type { Family, Ip } from '@loadstone/ip'
import type { RouteCounts } from './adj-rib-out/unannounced'
import type { MessageKind } from './message/frame'
import type { NegotiatedSession } from './message/negotiated-session'
import type { Update } from './message/update/update'

/** Numbers of messages, by kind. */
export type MessageCounts = { readonly [kind in MessageKind]: number }
/** Messages since the Peer was made, over all its sessions. */
export type PeerCounters = { readonly sent: MessageCounts; readonly received: MessageCounts }

const nothing = (): Record<MessageKind, number> => ({ open: 0, update: 0, notification: 0, keepalive: 0, refresh: 0 })

export class MessageCounters {
  readonly #sent = nothing()
  readonly #received = nothing()

  sent(kind: MessageKind): void {
    this.#sent[kind]++
  }

  received(kind: MessageKind): void {
    this.#received[kind]++
  }

  get counters(): PeerCounters {
    return { sent: { ...this.#sent }, received: { ...this.#received } }
  }
}

/** The states of RFC 4271 §8.2.2. */
export type BgpSessionState = 'idle' | 'connect' | 'active' | 'open-sent' | 'open-confirm' | 'established'

/** Why a session is down, or did not come up. */
export type Failure = {
  /** Who ended the session: this end sent a NOTIFICATION, the peer sent one, or the transport failed. */
  readonly by: 'us' | 'peer' | 'transport'
  /** Error code and subcode of the NOTIFICATION (RFC 4271 §4.5); absent if there was none. */
  readonly code?: number
  readonly subcode?: number
  /** For a person: what is wrong and what to do, e.g. "peer refuses our OPEN: Bad Peer AS (2/2); …". */
  readonly message: string
}

/** The events of a Peer, by name. Listeners run at once, in the order of on(), and must not throw. A listener may call any method of the Peer. */
export type PeerEvents = {
  /** Fires in every state, on each change (RFC 4271 §8.2.2); of two connections to one peer, that of the one which is farther. */
  readonly state: { readonly state: BgpSessionState; readonly previous: BgpSessionState }
  /** Fires in Established, before any route is sent: what was negotiated, and the addresses of both ends. */
  readonly established: { readonly agreed: NegotiatedSession; readonly local: Ip; readonly remote: Ip }
  /** Fires after `state`: the session left Established, or an attempt failed. The peer goes on trying by itself until stop() or end(). */
  readonly failed: Failure
  /** Fires in Established. Routes from the peer: parsed, validated (RFC 7606), handed over and forgotten. */
  readonly update: Update
  /** Fires in Established. RFC 7313 §4: between BoRR (`begin`) and EoRR (`end`) the peer repeats all routes of the family; others are gone. */
  readonly refresh: { readonly family: Family; readonly mark: 'begin' | 'end' }
  /**
   * Fires in Established, when every route to announce has been handed to the kernel, with the End-of-RIB that was due (RFC 4724 §2).
   * Counts the prefixes that the peer now has.
   */
  readonly told: RouteCounts
}

/** A snapshot; taking it costs little. */
export type PeerStatus = {
  readonly state: BgpSessionState
  /** When the session entered the state, in milliseconds on the Peer's own clock. */
  readonly sinceMillis: number
  readonly agreed?: NegotiatedSession
  /** Local address of the session, while there is one. */
  readonly local?: Ip
  /** What went wrong last. Kept after recovery until the next failure replaces it. */
  readonly lastFailure?: Failure
  /** Prefixes advertised to the peer and not withdrawn. */
  readonly told: RouteCounts
  /** Prefixes received from the peer since the session came up, repeats included, since received routes are not kept. */
  readonly heard: RouteCounts
  /** Messages since the Peer was made, over all its sessions. */
  readonly counters: PeerCounters
}
