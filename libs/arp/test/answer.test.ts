import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { AddressRole, AddressRoles } from '@loadstone/ip/l2'
import { encodeToBytes } from '@loadstone/wire'
import { unhex } from '@loadstone/wire/testing'
import { type ArpFrame, type ArpIgnoredReason, answer, arpFrame, conflictIn } from '../src'
import { asking, captured, everybody, far, farIp, near, nearIp, nobody, noIp, stranger } from './vectors'

/** We are far, and answer for 192.0.2.2. */
const as = (role: AddressRole): AddressRoles => new Map([[farIp, role]])
const answered = as({ as: 'owned' })
const reply = (frame: ArpFrame, roles: AddressRoles = answered): ArpFrame => {
  const result = answer(frame, far, roles)
  return 'reply' in result ? result.reply : assert.fail(result.ignored)
}
const octets = (frame: ArpFrame): Uint8Array => encodeToBytes(arpFrame, frame, 'arp')

describe('an announced address is answered for', () => {
  test('RFC 826: as Linux answers for an address of its own, octet for octet', () => {
    assert.deepEqual(octets(reply(asking)), unhex(captured.reply))
  })

  test('RFC 5227 §2.1.1: a probe too, as Linux does, so that its sender learns of the conflict', () => {
    assert.deepEqual(octets(reply({ ...asking, senderIp: noIp, targetMac: everybody })), unhex(captured.replyToProbe))
  })

  test('when the request came to us alone: it checks that we are alive', () => {
    assert.deepEqual(reply({ ...asking, destination: far }), reply(asking))
  })

  test('with the MAC of the owner we stand in for, from our own, so that no switch learns a wrong port', () => {
    const { source, senderMac, destination } = reply(asking, as({ as: 'owned', mac: stranger }))
    assert.deepEqual({ source, senderMac, destination }, { source: far, senderMac: stranger, destination: near })
  })

  test('to the station the packet names, whoever forwarded the frame', () => {
    const { destination, targetMac } = reply({ ...asking, source: stranger })
    assert.deepEqual({ destination, targetMac }, { destination: near, targetMac: near })
  })

  test('whatever padding the request had, the reply has none', () => {
    assert.equal(octets(reply({ ...asking, padding: new Uint8Array(18) })).length, 42)
  })
})

describe('every other frame is ignored for a reason', () => {
  const reasons: Readonly<Record<string, readonly [ArpIgnoredReason, ArpFrame, AddressRoles?]>> = {
    'a reply': ['not-a-request', { ...asking, operation: 2 }],
    'an operation nobody defined': ['not-a-request', { ...asking, operation: 0x0101 }],
    'a request to another station': ['not-addressed-to-us', { ...asking, destination: stranger }],
    'a request for an address nobody announced': ['not-announced', asking, new Map()],
    'a request for an address we only probe': ['not-announced', asking, as({ as: 'probing' })],
    'a request for an address announced elsewhere': ['not-on-this-interface', asking, as({ as: 'other-interface' })],
    'our own frame, come back': ['own-frame', { ...asking, source: far }],
    'a request from nobody': ['no-station', { ...asking, senderMac: nobody }],
    'a request from a group': ['no-station', { ...asking, senderMac: everybody }],
    'another station’s announcement': ['announcement', { ...asking, senderIp: nearIp, targetIp: nearIp }],
    'a stranger’s announcement of our address': ['conflict', { ...asking, senderIp: farIp }],
  }
  test.each(Object.entries(reasons))('%s', (_, [ignored, frame, roles = answered]) => {
    assert.deepEqual(answer(frame, far, roles), { ignored })
  })
})

describe('RFC 5227 §2.4: a conflict is a packet whose sender has our address and not our MAC', () => {
  const claiming: ArpFrame = { ...asking, senderMac: stranger, senderIp: farIp, targetIp: nearIp }
  const conflict = { ip: farIp, mac: stranger }
  const cases: Readonly<Record<string, readonly [ArpFrame, AddressRole, boolean]>> = {
    'a stranger’s request with our address as the sender': [claiming, { as: 'owned' }, true],
    'a stranger’s reply': [{ ...claiming, operation: 2 }, { as: 'owned' }, true],
    'the same while we probe it (§2.1.1)': [claiming, { as: 'probing' }, true],
    'a stranger’s announcement': [{ ...claiming, targetIp: farIp }, { as: 'owned' }, true],
    'our own packet': [{ ...claiming, senderMac: far }, { as: 'owned' }, false],
    'our own packet while we probe': [{ ...claiming, senderMac: far }, { as: 'probing' }, false],
    'the owner’s packet while we stand in for it': [claiming, { as: 'owned', mac: stranger }, false],
    'our own while we stand in for the owner': [{ ...claiming, senderMac: far }, { as: 'owned', mac: near }, false],
    'another stranger’s while we stand in for the owner': [claiming, { as: 'owned', mac: near }, true],
    'an address we announce elsewhere': [claiming, { as: 'other-interface' }, false],
    'a stranger’s probe for an address we answer for: it gets an answer': [
      { ...asking, senderMac: stranger, senderIp: noIp },
      { as: 'owned' },
      false,
    ],
    'a stranger’s probe for an address we probe (§2.1.1)': [{ ...asking, senderMac: stranger, senderIp: noIp }, { as: 'probing' }, true],
    'our own probe, come back': [{ ...asking, senderMac: far, senderIp: noIp }, { as: 'probing' }, false],
    'a reply from nobody to nobody': [{ ...asking, operation: 2, senderMac: stranger, senderIp: noIp }, { as: 'probing' }, false],
    'a request about our address': [{ ...asking, senderMac: stranger }, { as: 'probing' }, false],
  }
  test.each(Object.entries(cases))('%s', (_, [frame, role, conflicts]) => {
    assert.deepEqual(conflictIn(frame, far, as(role)), conflicts ? conflict : undefined)
  })
})
