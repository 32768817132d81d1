import { type Ip, parseIp } from '@loadstone/ip'
import type { SessionPath } from '../udp/transport'
import type { SessionHandover } from './events'
import type { Profile } from './profile'

/** The options of one session. */
export type SessionOptions = {
  /** The peer's address. An IPv6 link-local one needs `interface`. */
  readonly peer: string
  /** Source address, and the only address at which packets are accepted. Default: the kernel's choice. A multihop session needs it (RFC 5883 §4). */
  readonly local?: string
  /** Interface on which packets are sent and accepted (SO_BINDTODEVICE). Default: any. */
  readonly interface?: string
  /** The peer is more than one hop away: port 4784 and profile.minimumTtl instead of port 3784 and TTL 255. Default false. */
  readonly multihop?: boolean
  /** Default: 300 ms × 3, active. */
  readonly profile?: Profile
  /** The result of session.handOver() in a predecessor process: the session continues in its state. */
  readonly resume?: SessionHandover
}

/** Throws RangeError that names the option and what it must be. */
export function pathOf({ peer, local, interface: name, multihop = false }: SessionOptions): SessionPath {
  const address = must('peer', peer)
  if (multihop && local === undefined)
    throw new RangeError('local is missing: a multihop session is told apart by both its addresses (RFC 5883 §4)')
  if (address.startsWith('fe80:') && name === undefined)
    throw new RangeError(`interface is missing: ${peer} is an address on a link, so say on which`)
  return {
    peer: address,
    ...(local === undefined ? {} : { local: must('local', local) }),
    ...(name === undefined ? {} : { interface: name }),
    multihop,
  }
}

function must(option: string, text: string): Ip {
  const ip = parseIp(text)
  if (ip === undefined) throw new RangeError(`${option} is "${text}"; it must be an IPv4 or IPv6 address`)
  return ip
}

/** A text that is equal for sessions that could not be told apart. */
export const pathText = ({ peer, local, interface: name, multihop }: SessionPath): string =>
  [
    multihop ? 'multihop' : 'single-hop',
    peer,
    ...(local === undefined ? [] : [`from ${local}`]),
    ...(name === undefined ? [] : [`on ${name}`]),
  ].join(' ')
