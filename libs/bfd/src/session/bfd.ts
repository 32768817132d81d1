import type { Session } from './session'
import type { SessionOptions } from './session-options'

export type Bfd = {
  /** Makes and starts a session. Throws RangeError when an option is wrong, the profile is refused, or another session has the same path. */
  session(options: SessionOptions): Session
  /** Every session that is not closed. */
  sessions(): readonly Session[]
  /** How many packets no session was found for. */
  strays(): Readonly<Record<'malformed' | 'unknown-session', number>>
  /** Closes every session. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
