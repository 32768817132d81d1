import { type Clock, systemClock, systemRandom } from '@loadstone/clock'
import { Exchange } from './exchange'
import type { Session } from './session'
import type { SessionOptions } from './session-options'
import type { Transport } from './transport'
import { udpTransport } from './udp'

export type BfdOptions = {
  /** Default: UDP sockets of this machine. Sessions bound to an interface need CAP_NET_RAW. */
  readonly transport?: Transport
  readonly clock?: Clock
  /** In [0, 1), for jitter, discriminators and ports. Default: cryptographic. */
  readonly random?: () => number
}

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

/** BFD, RFC 5880, for one process. Opens nothing before the first session, and runs in any thread. */
export function createBfd({ transport = udpTransport(), clock = systemClock, random = systemRandom }: BfdOptions = {}): Bfd {
  return new Exchange({ transport, clock, random })
}
