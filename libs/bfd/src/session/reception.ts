import type { ControlPacket } from '../packet/control-packet'
import type { Arrival, SessionPath } from '../udp/transport'

/** Why a packet was dropped (RFC 5880 §6.8.6). */
export type Drop = 'malformed' | 'unknown-session' | 'unnamed-session' | 'ttl' | 'authentication'

/** Each reason as part of a sentence about the packet, with a remedy where there is one. */
export const dropWords: Readonly<Record<Drop, string>> = {
  malformed: 'it is not a BFD version 1 control packet (RFC 5880 §6.8.6)',
  'unknown-session': 'no session is configured for its discriminator, address and interface',
  'unnamed-session': 'it says that a session comes up and does not name which (RFC 5880 §6.8.6)',
  ttl: 'it came from further away than the session allows: RFC 5881 §5 wants TTL 255, a multihop session its minimumTtl',
  authentication: 'it carries authentication, which is not supported: switch BFD authentication off at the peer',
}

/** What the rules of reception need of a session. */
export type Addressee = { readonly path: SessionPath; readonly minimumTtl: number; readonly link: number | undefined }

/** Whether a packet without Your Discriminator is for this session (RFC 5880 §6.8.6), by addresses and interface (RFC 5881 §3, RFC 5883 §4). */
export function addressedTo({ path, link }: Addressee, arrival: Arrival): boolean {
  if (path.multihop !== arrival.multihop || path.peer !== arrival.from) return false
  if (path.local !== undefined && arrival.to !== path.local) return false
  return path.interface === undefined || link === arrival.link
}

/** The discards of RFC 5880 §6.8.6 that need the session. Undefined accepts the packet. */
export function refuse(packet: ControlPacket, arrival: Arrival, session: Addressee): Drop | undefined {
  if (session.path.multihop !== arrival.multihop) return 'unknown-session'
  if (arrival.ttl < (session.path.multihop ? session.minimumTtl : 255)) return 'ttl'
  if (packet.yourDiscriminator === 0 && packet.state !== 'down' && packet.state !== 'admin-down') return 'unnamed-session'
  if (packet.authentication !== undefined) return 'authentication'
  return undefined
}
