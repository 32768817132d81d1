import type { Session } from './session'
import type { SessionOptions } from './session-options'

/** The BFD sessions of one process. */
export type Bfd = {
  /** Makes and starts a session. Throws RangeError when an option is wrong, the profile is refused, or another session has the same path. */
  session(options: SessionOptions): Session
  /** Every session that is not closed. */
  sessions(): readonly Session[]
  /** Numbers of packets for which there was no session. */
  strays(): Readonly<Record<'malformed' | 'unknown-session', number>>
  /** Closes every session with AdminDown. Resolves when all have closed, as Session.close() does. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
