import type { Family, Ip, Mac } from '@loadstone/ip'
import type { AddressConflict, AddressRole, AddressRoles } from '@loadstone/ip/l2'
import * as ndp from '@loadstone/ndp'
import { decodeExactly, encodeToBytes } from '@loadstone/wire'
import * as arp from 'arp-ts'

/** ARP or NDP on one link: bytes in, bytes out. */
export type AddressResolution = {
  readonly family: Family
  set(ip: Ip, use: AddressRole): void
  delete(ip: Ip): void
  /** The reply to a frame, or why there is none. */
  answer(frame: Uint8Array): Uint8Array | string
  /** Frames to all stations that announce the address. */
  announcement(ip: Ip): readonly Uint8Array[]
  /** Requests answered since the last call, by address. */
  takeAnswered(): ReadonlyMap<Ip, number>
  /** The address that a reply of answer() is about. Decodes the whole frame, so it is called for lost replies only. */
  subjectOf(reply: Uint8Array): Ip
  /** The other station in a frame for which answer() returned 'conflict', and the claimed address. */
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
