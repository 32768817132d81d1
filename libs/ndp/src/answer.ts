import type { Ip, Mac } from '@loadstone/ip'
import { isStation } from './ethernet'
import { type NdpFrame, speaksFor, type, unspecified } from './frame'
import { replyTo } from './packets'

/** An interface's own MAC and link-local address. Without the latter nothing can be answered (RFC 4861 §4.4). */
export type Interface = { readonly mac: Mac; readonly linkLocal: Ip }

/**
 * What an address is on one interface. 'answered': we answer for it, with another MAC than the interface's own if we stand in for its
 * owner. 'probed': we ask whether somebody uses it. 'elsewhere': it is announced, but not on this interface.
 */
export type Use = { readonly as: 'answered'; readonly mac?: Mac } | { readonly as: 'probed' } | { readonly as: 'elsewhere' }
export type Uses = ReadonlyMap<Ip, Use>

/** Every frame left unanswered has a name: the metric's label, the log's reason, the test's expectation. */
export type Ignored =
  | 'malformed'
  | 'own-frame'
  | 'conflict'
  | 'not-a-solicitation'
  | 'not-addressed-to-us'
  | 'no-station'
  | 'not-announced'
  | 'not-on-this-interface'
export type Answer = { readonly reply: NdpFrame } | { readonly ignored: Ignored }

/**
 * RFC 4861 §7.2.4 for an address that no interface holds. This is the rule as one reads it; Responder is the same rule on octets, and a
 * test holds the two to each other.
 */
export function answer(frame: NdpFrame, own: Interface, uses: Uses): Answer {
  if (frame.source === own.mac) return { ignored: 'own-frame' }
  if (conflictOf(frame, own.mac, uses) !== undefined) return { ignored: 'conflict' }
  if (frame.packet.message.type !== type.solicitation) return { ignored: 'not-a-solicitation' }
  if (frame.destination !== own.mac && !frame.destination.startsWith('33:33:')) return { ignored: 'not-addressed-to-us' }
  if (!isStation(speaksFor(frame))) return { ignored: 'no-station' } // an answer to a group would reach more than it asked
  const use = uses.get(frame.packet.message.target)
  if (use === undefined || use.as === 'probed') return { ignored: 'not-announced' }
  if (use.as === 'elsewhere') return { ignored: 'not-on-this-interface' }
  return { reply: replyTo(frame, { source: own.mac, linkLocal: own.linkLocal, ...use }) }
}

/** A station that uses, or is about to use, an address of ours. */
export type Conflict = { readonly ip: Ip; readonly mac: Mac }

/**
 * RFC 4862 §5.4.3 and §5.4.4: an advertisement of an address we answer for or probe, a question asked from it, or a stranger's probe for
 * one we probe, all from a MAC that is not ours. Whether that MAC is a stranger's is for the caller to know.
 */
export function conflictOf(frame: NdpFrame, own: Mac, uses: Uses): Conflict | undefined {
  const ip = claimedBy(frame)
  const use = uses.get(ip)
  if (use === undefined || use.as === 'elsewhere' || (isProbe(frame) && use.as === 'answered')) return undefined
  const mac = speaksFor(frame)
  return mac === own || (use.as === 'answered' && mac === use.mac) ? undefined : { ip, mac }
}

const isProbe = ({ packet }: NdpFrame): boolean => packet.message.type === type.solicitation && packet.source === unspecified

/** An advertisement and a probe claim their target, a question the address it comes from. */
const claimedBy = (frame: NdpFrame): Ip =>
  frame.packet.message.type === type.advertisement || isProbe(frame) ? frame.packet.message.target : frame.packet.source
