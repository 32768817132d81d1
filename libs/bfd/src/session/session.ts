import type { SessionPath } from '../udp/transport'
import type { BfdSessionStatus, SessionEvents, SessionHandover } from './events'
import type { Profile } from './profile'

/** One BFD session. bfd.session() makes and starts it; it runs until close() or handOver(). */
export type Session = {
  readonly path: SessionPath
  /** The present state, as a value that does not change. */
  status(): BfdSessionStatus
  /** Calls the listener at each such event, until the returned function is called. */
  on<Name extends keyof SessionEvents>(name: Name, listener: (event: SessionEvents[Name]) => void): () => void
  /** The next such event. Rejects when the signal aborts. */
  once<Name extends keyof SessionEvents>(name: Name, how?: { readonly signal?: AbortSignal }): Promise<SessionEvents[Name]>
  /** Takes another profile by a Poll Sequence; the session stays up (RFC 5880 §6.8.3). Throws RangeError when the profile is refused. */
  update(profile: Profile): void
  /** Goes to AdminDown, which tells the peer that the path did not fail (RFC 5880 §6.8.16). */
  disable(): void
  /** Leaves AdminDown for Down. */
  enable(): void
  /** Goes to AdminDown for good. Resolves when the peer is down too, or after a detection time, at least a second. */
  close(): Promise<void>
  /** Stops without a packet, so that a successor can resume within the peer's detection time. */
  handOver(): SessionHandover
  [Symbol.asyncDispose](): Promise<void>
}
