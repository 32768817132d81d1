import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { AddressRole, AddressRoles } from '@loadstone/ip/l2'
import { encodeToBytes } from '@loadstone/wire'
import { unhex } from '@loadstone/wire/testing'
import { answer, conflictIn, type NdpFrame, type NdpIgnoredReason, ndpFrame } from '../../src'
import {
  advertising,
  allNodes,
  asking,
  captured,
  everybody,
  far,
  farIp,
  frame,
  linkLayer,
  near,
  nearIp,
  nobody,
  noIp,
  stranger,
} from '../vectors'

/** We are far, and answer for 2001:db8::2. */
const as = (role: AddressRole): AddressRoles => new Map([[farIp, role]])
const answered = as({ as: 'owned' })
const reply = (asked: NdpFrame, roles: AddressRoles = answered, own = far): NdpFrame => {
  const result = answer(asked, own, roles)
  return 'reply' in result ? result.reply : assert.fail(result.ignored)
}
const probe = frame({ source: near.mac, packet: { source: noIp }, message: { options: [] } })

describe('an announced address is answered for', () => {
  test('RFC 4861 §7.2.4: as Linux answers for an address of its own, octet for octet, were it the link-local one', () => {
    const linux = { mac: far.mac, linkLocal: farIp } // Linux speaks from the address itself, which it holds
    assert.deepEqual(encodeToBytes(ndpFrame, reply(asking, answered, linux), 'ndp'), unhex(captured.answer))
  })

  test('RFC 4861 §4.4: from an address of the interface, because it does not hold the other', () => {
    assert.equal(reply(asking).packet.source, far.linkLocal)
  })

  test('RFC 4861 §7.2.4: a probe is answered to all nodes and not as solicited', () => {
    const { destination, packet } = reply(probe)
    assert.deepEqual([destination, packet.destination], ['33:33:00:00:00:01', allNodes])
    assert.deepEqual(packet.message.flags, { router: 0, solicited: 0, override: 1 })
  })

  test('RFC 4861 §7.2.4: a solicitation to us alone that says no MAC is answered to whoever sent the frame', () => {
    const unicast = frame({ destination: far.mac, source: stranger, packet: { destination: farIp }, message: { options: [] } })
    const { destination, packet } = reply(unicast)
    assert.deepEqual([destination, packet.destination], [stranger, nearIp])
    assert.deepEqual(packet.message.options, [linkLayer(2, far.mac)])
  })

  test('to the MAC the solicitation says, whoever forwarded it', () => {
    assert.equal(reply(frame({ source: stranger })).destination, near.mac)
  })

  test('with the MAC of the owner we stand in for, from our own, so that no switch learns a wrong port', () => {
    const { source, packet } = reply(asking, as({ as: 'owned', mac: stranger }))
    assert.deepEqual([source, packet.source, packet.message.options], [far.mac, far.linkLocal, [linkLayer(2, stranger)]])
  })
})

describe('every other frame is ignored for a reason', () => {
  const reasons: Readonly<Record<string, readonly [NdpIgnoredReason, NdpFrame, AddressRoles?]>> = {
    'an advertisement': ['not-a-solicitation', { ...advertising, source: near.mac }, new Map()],
    'a solicitation to another station': ['not-addressed-to-us', frame({ destination: stranger })],
    'a solicitation to every station of Ethernet, which no IPv6 is sent to': ['not-addressed-to-us', frame({ destination: everybody })],
    'a solicitation for an address nobody announced': ['not-announced', asking, new Map()],
    'a solicitation for an address we only probe': ['not-announced', asking, as({ as: 'probing' })],
    'a solicitation for an address announced elsewhere': ['not-on-this-interface', asking, as({ as: 'other-interface' })],
    'our own frame, come back': ['own-frame', frame({ source: far.mac })],
    'a solicitation that says nobody’s MAC': ['no-station', frame({ message: { options: [linkLayer(1, nobody)] } })],
    'a solicitation that says a group’s MAC': ['no-station', frame({ message: { options: [linkLayer(1, everybody)] } })],
    'a solicitation sent from our address': ['conflict', frame({ packet: { source: farIp } })],
  }
  test.each(Object.entries(reasons))('%s', (_, [ignored, asked, roles = answered]) => {
    assert.deepEqual(answer(asked, far, roles), { ignored })
  })
})

describe('RFC 4862 §5.4: a conflict is a station with our address and not our MAC', () => {
  const by = (mac: typeof stranger, message: Partial<NdpFrame['packet']['message']> = {}): NdpFrame =>
    frame({ source: mac, packet: { source: farIp }, message: { type: 136, options: [linkLayer(2, mac)], ...message } })
  const conflict = { ip: farIp, mac: stranger }
  const strangersProbe = { ...probe, source: stranger }
  const cases: Readonly<Record<string, readonly [NdpFrame, AddressRole, boolean]>> = {
    'an advertisement of our address (§5.4.4)': [by(stranger), { as: 'owned' }, true],
    'the same while we probe it': [by(stranger), { as: 'probing' }, true],
    'an advertisement that says no MAC': [by(stranger, { options: [] }), { as: 'owned' }, true],
    'an advertisement of another address': [by(stranger, { target: nearIp }), { as: 'owned' }, false],
    'our own advertisement': [by(far.mac), { as: 'owned' }, false],
    'the owner’s while we stand in for it': [by(stranger), { as: 'owned', mac: stranger }, false],
    'ours while we stand in for the owner': [by(far.mac), { as: 'owned', mac: near.mac }, false],
    'another stranger’s while we stand in for the owner': [by(stranger), { as: 'owned', mac: near.mac }, true],
    'an address we announce elsewhere': [by(stranger), { as: 'other-interface' }, false],
    'a solicitation sent from our address': [
      by(stranger, { type: 135, target: nearIp, options: [linkLayer(1, stranger)] }),
      { as: 'owned' },
      true,
    ],
    'a stranger’s probe for an address we answer for: it gets an answer': [strangersProbe, { as: 'owned' }, false],
    'a stranger’s probe for an address we probe (§5.4.3)': [strangersProbe, { as: 'probing' }, true],
    'our own probe, come back': [{ ...probe, source: far.mac }, { as: 'probing' }, false],
    'a solicitation for our address': [frame({ source: stranger }), { as: 'probing' }, false],
  }
  test.each(Object.entries(cases))('%s', (_, [heard, role, conflicts]) => {
    assert.deepEqual(conflictIn(heard, far.mac, as(role)), conflicts ? conflict : undefined)
  })
})
