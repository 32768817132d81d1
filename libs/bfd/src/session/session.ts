import type { SessionPath } from '../udp/transport'
import type { BfdSessionStatus, SessionEvents, SessionHandover } from './events'
import type { Profile } from './profile'

/** One BFD session. bfd.session() makes it, started; it goes on by itself until close() or handOver(). */
export type Session = {
  readonly path: SessionPath
  status(): BfdSessionStatus
  /** Calls the listener at each such event, until the returned function is called. */
  on<Name extends keyof SessionEvents>(name: Name, listener: (event: SessionEvents[Name]) => void): () => void
  /** The next such event. Rejects when the signal aborts. */
  once<Name extends keyof SessionEvents>(name: Name, how?: { readonly signal?: AbortSignal }): Promise<SessionEvents[Name]>
  /** Another profile, told by a Poll Sequence while the session stays up (RFC 5880 §6.8.3). Throws RangeError when it is refused. */
  update(profile: Profile): void
  /** AdminDown: the peer learns that this is no failure (RFC 5880 §6.8.16). */
  disable(): void
  enable(): void
  /** AdminDown for good. Resolves when the peer has gone down too, or did not within a detection time (a second at least). */
  close(): Promise<void>
  /** Stops without a word, so that a successor can resume within the peer's detection time. */
  handOver(): SessionHandover
  [Symbol.asyncDispose](): Promise<void>
}
