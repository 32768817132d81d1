import type { Ip, Mac } from '@loadstone/ip'
import { type AddressConflict, type AddressRoles, type IgnoredReason, isUnicastMac } from '@loadstone/ip/l2'
import { claimedMac, type NdpFrame, type, unspecified } from '../message/neighbour'
import { replyTo } from './packets'

/** An interface's own MAC and link-local address. An advertisement's source must be an address of the interface (RFC 4861 §4.4). */
export type NdpInterface = { readonly mac: Mac; readonly linkLocal: Ip }

export type NdpIgnoredReason = IgnoredReason | 'not-a-solicitation'
export type NdpAnswer = { readonly reply: NdpFrame } | { readonly ignored: NdpIgnoredReason }

/**
 * RFC 4861 §7.2.4 for an address that no interface holds, written to be read. NdpResponder applies the same rules to octets; a property
 * test compares the two. `own` is the interface that received the frame.
 */
export function answer(frame: NdpFrame, own: NdpInterface, roles: AddressRoles): NdpAnswer {
  if (frame.source === own.mac) return { ignored: 'own-frame' }
  if (conflictIn(frame, own.mac, roles) !== undefined) return { ignored: 'conflict' }
  if (frame.packet.message.type !== type.solicitation) return { ignored: 'not-a-solicitation' }
  if (frame.destination !== own.mac && !frame.destination.startsWith('33:33:')) return { ignored: 'not-addressed-to-us' }
  if (!isUnicastMac(claimedMac(frame))) return { ignored: 'no-station' } // an answer to a group would reach more stations than asked
  const role = roles.get(frame.packet.message.target)
  if (role === undefined || role.as === 'probing') return { ignored: 'not-announced' }
  if (role.as === 'other-interface') return { ignored: 'not-on-this-interface' }
  return { reply: replyTo(frame, { source: own.mac, linkLocal: own.linkLocal, ...role }) }
}

/**
 * RFC 4862 §5.4.3 and §5.4.4: an advertisement of an address that is owned or probed here, a solicitation sent from it, or another
 * station's probe for an address that is probed here, from a MAC that is not ours. The caller decides whether that MAC is of its cluster.
 */
export function conflictIn(frame: NdpFrame, own: Mac, roles: AddressRoles): AddressConflict | undefined {
  const ip = claimedBy(frame)
  const role = roles.get(ip)
  if (role === undefined || role.as === 'other-interface' || (isProbe(frame) && role.as === 'owned')) return undefined
  const mac = claimedMac(frame)
  return mac === own || (role.as === 'owned' && mac === role.mac) ? undefined : { ip, mac }
}

const isProbe = ({ packet }: NdpFrame): boolean => packet.message.type === type.solicitation && packet.source === unspecified

/** An advertisement and a probe claim their target, any other solicitation the address it comes from. */
const claimedBy = (frame: NdpFrame): Ip =>
  frame.packet.message.type === type.advertisement || isProbe(frame) ? frame.packet.message.target : frame.packet.source
