import type { Ip, Mac } from '@loadstone/ip'
import { type ArpFrame, operation } from './frame'
import { replyTo } from './packets'

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
  | 'not-a-request'
  | 'not-addressed-to-us'
  | 'no-station'
  | 'announcement'
  | 'not-announced'
  | 'not-on-this-interface'
export type Answer = { readonly reply: ArpFrame } | { readonly ignored: Ignored }

const broadcast = 'ff:ff:ff:ff:ff:ff'

/**
 * RFC 826's reception rules for an address that no interface holds. This is the rule as one reads it; Responder is the same rule on
 * octets, and a test holds the two to each other.
 */
export function answer(frame: ArpFrame, own: Mac, uses: Uses): Answer {
  if (frame.source === own) return { ignored: 'own-frame' }
  if (conflictOf(frame, own, uses) !== undefined) return { ignored: 'conflict' }
  const ignored = unanswerable(frame, own)
  if (ignored !== undefined) return { ignored }
  const use = uses.get(frame.targetIp)
  if (use === undefined || use.as === 'probed') return { ignored: 'not-announced' }
  if (use.as === 'elsewhere') return { ignored: 'not-on-this-interface' }
  return { reply: replyTo(frame, { source: own, ...use }) }
}

function unanswerable(frame: ArpFrame, own: Mac): Ignored | undefined {
  if (frame.operation !== operation.request) return 'not-a-request'
  if (frame.destination !== broadcast && frame.destination !== own) return 'not-addressed-to-us'
  if (!isStation(frame.senderMac)) return 'no-station'
  return frame.senderIp === frame.targetIp ? 'announcement' : undefined
}

/** RFC 1812 §3.3.2: no answer may be believed, or sent, to a group or to nobody. */
const isStation = (mac: Mac): boolean => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0 && mac !== '00:00:00:00:00:00'

/** A station that uses, or is about to use, an address of ours. */
export type Conflict = { readonly ip: Ip; readonly mac: Mac }

/**
 * RFC 5227 §2.4 and §2.1.1: a packet of either operation whose sender claims an address we answer for or probe, from a MAC that is not
 * ours; or a stranger's probe for an address we probe. Whether that MAC is a stranger's is for the caller to know.
 */
export function conflictOf(frame: ArpFrame, own: Mac, uses: Uses): Conflict | undefined {
  const claimed = claimedBy(frame, uses)
  const use = claimed === undefined ? undefined : uses.get(claimed)
  if (claimed === undefined || use === undefined || use.as === 'elsewhere') return undefined
  const ours = frame.senderMac === own || (use.as === 'answered' && frame.senderMac === use.mac)
  return ours ? undefined : { ip: claimed, mac: frame.senderMac }
}

function claimedBy({ operation: asked, senderIp, targetIp }: ArpFrame, uses: Uses): Ip | undefined {
  if (senderIp !== '0.0.0.0') return senderIp
  return asked === operation.request && uses.get(targetIp)?.as === 'probed' ? targetIp : undefined
}
