import { type Clock, systemClock, systemRandom } from '@loadstone/clock'
import { Demultiplexer } from './demultiplexer'
import type { Bfd } from './session/bfd'
import type { UdpTransport } from './udp/transport'
import { udpTransport } from './udp/udp'

/** What createBfd() takes in place of the system's UDP, time and randomness. */
export type BfdOptions = {
  /** Default: UDP sockets of this machine. Sessions bound to an interface need CAP_NET_RAW. */
  readonly transport?: UdpTransport
  /** Default: the system's clock. */
  readonly clock?: Clock
  /** In [0, 1), for jitter, discriminators and ports. Default: cryptographic. */
  readonly random?: () => number
}

/** BFD, RFC 5880, for one process. Opens nothing before the first session, and runs in any thread. */
export function createBfd({ transport = udpTransport(), clock = systemClock, random = systemRandom }: BfdOptions = {}): Bfd {
  return new Demultiplexer({ transport, clock, random })
}
