import type { Ip, Mac } from '@loadstone/ip'
import { type AddressConflict, type AddressRoles, type IgnoredReason, isUnicastMac } from '@loadstone/ip/l2'
import { type ArpFrame, operation } from './frame'
import { replyTo } from './packets'

export type ArpIgnoredReason = IgnoredReason | 'not-a-request' | 'announcement'
export type ArpAnswer = { readonly reply: ArpFrame } | { readonly ignored: ArpIgnoredReason }

const broadcast = 'ff:ff:ff:ff:ff:ff'

/**
 * RFC 826's reception rules for an address that no interface holds, written to be read. ArpResponder applies the same rules to octets;
 * a property test compares the two. `own` is the MAC of the interface that received the frame.
 */
export function answer(frame: ArpFrame, own: Mac, roles: AddressRoles): ArpAnswer {
  if (frame.source === own) return { ignored: 'own-frame' }
  if (conflictIn(frame, own, roles) !== undefined) return { ignored: 'conflict' }
  const ignored = unanswerable(frame, own)
  if (ignored !== undefined) return { ignored }
  const role = roles.get(frame.targetIp)
  if (role === undefined || role.as === 'probing') return { ignored: 'not-announced' }
  if (role.as === 'other-interface') return { ignored: 'not-on-this-interface' }
  return { reply: replyTo(frame, { source: own, ...role }) }
}

function unanswerable(frame: ArpFrame, own: Mac): ArpIgnoredReason | undefined {
  if (frame.operation !== operation.request) return 'not-a-request'
  if (frame.destination !== broadcast && frame.destination !== own) return 'not-addressed-to-us'
  if (!isUnicastMac(frame.senderMac)) return 'no-station'
  return frame.senderIp === frame.targetIp ? 'announcement' : undefined
}

/**
 * RFC 5227 §2.4 and §2.1.1: a packet of either operation whose sender claims an address that is owned or probed here, from a MAC that is
 * not ours; or another station's probe for an address that is probed here. The caller decides whether that MAC is one of its cluster.
 */
export function conflictIn(frame: ArpFrame, own: Mac, roles: AddressRoles): AddressConflict | undefined {
  const claimed = claimedBy(frame, roles)
  const role = claimed === undefined ? undefined : roles.get(claimed)
  if (claimed === undefined || role === undefined || role.as === 'other-interface') return undefined
  const ours = frame.senderMac === own || (role.as === 'owned' && frame.senderMac === role.mac)
  return ours ? undefined : { ip: claimed, mac: frame.senderMac }
}

function claimedBy({ operation: code, senderIp, targetIp }: ArpFrame, roles: AddressRoles): Ip | undefined {
  if (senderIp !== '0.0.0.0') return senderIp
  return code === operation.request && roles.get(targetIp)?.as === 'probing' ? targetIp : undefined
}
