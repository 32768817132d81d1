import type { Family, Ip, Mac } from '@loadstone/ip'
import type { AddressConflict, AddressRole, AddressRoles } from '@loadstone/ip/l2'
import * as ndp from '@loadstone/ndp'
import { decodeExactly, encodeToBytes } from '@loadstone/wire'
import * as arp from 'arp-ts'

/** ARP or NDP on one link: bytes in, bytes out. */
export type AddressResolution = {
  readonly family: Family
  set(ip: Ip, role: AddressRole): void
  delete(ip: Ip): void
  /** The reply as a frame to send, or why there is none. */
  answer(frame: Uint8Array): Uint8Array | string
  /** The frames that announce the address to all stations of the link. */
  announcement(ip: Ip): readonly Uint8Array[]
  /** Requests (ARP) or solicitations (NDP) answered since the last call, by address. */
  takeAnswered(): ReadonlyMap<Ip, number>
  /** The address that a reply of `answer` is about. Decodes the whole frame, so it is for replies that were lost only. */
  subjectOf(reply: Uint8Array): Ip
  /** The conflict in a frame for which `answer` returned 'conflict'. */
  conflictIn(frame: Uint8Array, roles: AddressRoles): AddressConflict | undefined
}

export function arpOn(mac: Mac): AddressResolution {
  const responder = new arp.ArpResponder(mac)
  return {
    family: 'ipv4',
    set: (ip, role) => responder.set(ip, role),
    delete: (ip) => responder.delete(ip),
    answer: (frame) => responder.answer(frame),
    announcement: (ip) => arp.announcements({ source: mac }, ip).map((frame) => encodeToBytes(arp.arpFrame, frame, 'arp')),
    takeAnswered: () => responder.takeAnswered(),
    subjectOf: (reply) => decodeExactly(arp.arpFrame, reply, 'arp').senderIp,
    conflictIn: (frame, roles) => arp.conflictIn(decodeExactly(arp.arpFrame, frame, 'arp'), mac, roles),
  }
}

export function ndpOn(mac: Mac, linkLocal: Ip): AddressResolution {
  const responder = new ndp.NdpResponder({ mac, linkLocal })
  return {
    family: 'ipv6',
    set: (ip, role) => responder.set(ip, role),
    delete: (ip) => responder.delete(ip),
    answer: (frame) => responder.answer(frame),
    announcement: (ip) => [encodeToBytes(ndp.ndpFrame, ndp.advertisement({ source: mac, linkLocal }, ip), 'ndp')],
    takeAnswered: () => responder.takeAnswered(),
    subjectOf: (reply) => decodeExactly(ndp.ndpFrame, reply, 'ndp').packet.message.target,
    conflictIn: (frame, roles) => ndp.conflictIn(decodeExactly(ndp.ndpFrame, frame, 'ndp'), mac, roles),
  }
}
