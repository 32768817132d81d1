import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { Ip, Mac } from '@loadstone/ip'
import type { AddressRole, AddressRoles } from '@loadstone/ip/l2'
import { decodeExactly, encodeToBytes, WireError } from '@loadstone/wire'
import { unhex } from '@loadstone/wire/testing'
import fc from 'fast-check'
import { answer, type NdpIgnoredReason, NdpResponder, ndpFrame } from '../../src'
import { allNodes, captured, everybody, far, farIp, frame, group, linkLayer, near, nearIp, nobody, noIp, stranger } from '../vectors'

/** What the rule says, on octets. */
function ruled(octets: Uint8Array, roles: AddressRoles): Uint8Array | NdpIgnoredReason {
  try {
    const result = answer(decodeExactly(ndpFrame, octets, 'ndp'), far, roles)
    return 'reply' in result ? encodeToBytes(ndpFrame, result.reply, 'ndp') : result.ignored
  } catch (error) {
    assert.ok(error instanceof WireError)
    return 'malformed'
  }
}

function responder(roles: AddressRoles): NdpResponder {
  const made = new NdpResponder(far)
  for (const [ip, role] of roles) made.set(ip, role)
  return made
}

const oftenFar = fc.constantFrom<Ip>(farIp, farIp, nearIp, far.linkLocal)
const macs = fc.constantFrom<Mac>(
  near.mac,
  far.mac,
  stranger,
  everybody,
  nobody,
  group.mac,
  '33:33:00:00:00:01' as Mac,
  '02:00:00:00:00:00' as Mac,
)
/** The last two have the same key as farIp in the responder's table. */
const ips = fc.constantFrom<Ip>(
  'ff02::1:fe00:2' as Ip,
  nearIp,
  farIp,
  far.linkLocal,
  noIp,
  allNodes,
  group.ip,
  'ff::1' as Ip,
  '2001:db8:0:2::' as Ip,
  '::2001:db8:0:2' as Ip,
)
const option = fc.oneof(
  macs.map((mac) => linkLayer(1, mac)),
  macs.map((mac) => linkLayer(2, mac)),
  fc.constant({ type: 1, value: new Uint8Array(14) }),
  fc.constant({ type: 14, value: new Uint8Array(6) }),
)
const bit = fc.nat(1)
const frames = fc
  .record({
    destination: macs,
    source: macs,
    from: ips,
    to: ips,
    type: fc.constantFrom(135, 135, 136),
    flags: fc.record({ router: bit, solicited: bit, override: bit }),
    target: fc.oneof(oftenFar, ips),
    options: fc.array(option, { maxLength: 3 }),
    padding: fc.uint8Array({ maxLength: 3 }),
  })
  .map(({ destination, source, from, to, padding, ...message }) => {
    const chosen = frame({ destination, source, padding, packet: { source: from, destination: to }, message })
    return encodeToBytes(ndpFrame, chosen, 'ndp')
  })
const role = fc.oneof(
  fc.constantFrom<AddressRole>({ as: 'owned' }, { as: 'probing' }, { as: 'other-interface' }),
  macs.map((mac): AddressRole => ({ as: 'owned', mac })),
)
const roles: fc.Arbitrary<AddressRoles> = fc.array(fc.tuple(fc.oneof(oftenFar, ips), role)).map((entries) => new Map(entries))

describe('the responder says what the rule says', () => {
  test('of any frame, for any use of its addresses', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(frames, roles, (octets, chosen) => {
        const said = responder(chosen).answer(octets)
        seen.add(typeof said === 'string' ? said : 'reply')
        assert.deepEqual(said, ruled(octets, chosen))
      }),
      { numRuns: 3_000 },
    )
    assert.equal(seen.size, 9, [...seen].join(' ')) // every outcome was met
  })

  test('of any octets, with the checksum they came with and with the right one', () => {
    const mutants = fc
      .tuple(frames, fc.nat(200), fc.nat(255), fc.nat(120))
      .map(([octets, at, octet, length]) => octets.map((old, i) => (i === at ? octet : old)).slice(0, length))
    const broken = fc.oneof(
      mutants,
      fc
        .tuple(frames, fc.integer({ min: 0, max: 100 }), fc.nat(255))
        .map(([octets, at, octet]) => octets.map((old, i) => (i === at ? octet : old))),
    )
    fc.assert(
      fc.property(fc.oneof(broken, broken.map(repaired), fc.uint8Array({ maxLength: 120 })), roles, (octets, chosen) => {
        assert.deepEqual(responder(chosen).answer(octets), ruled(octets, chosen))
      }),
      { numRuns: 3_000 },
    )
  })
})

/** With the checksum that RFC 8200 §8.1 wants over as much as there is. */
function repaired(octets: Uint8Array): Uint8Array {
  const view = new DataView(octets.slice().buffer)
  if (octets.length < 78) return octets
  view.setUint16(56, 0)
  const end = Math.min(octets.length, 54 + view.getUint16(18))
  let total = view.getUint16(18) + 58
  for (let i = 22; i < end; i++) total += i % 2 === 0 ? view.getUint8(i) << 8 : view.getUint8(i)
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16)
  view.setUint16(56, ~total & 0xffff)
  return new Uint8Array(view.buffer)
}

test('the last use of an address holds, until it has none', () => {
  const made = responder(new Map([[farIp, { as: 'other-interface' }]]))
  const solicitation = unhex(captured.solicitation)
  assert.equal(made.answer(solicitation), 'not-on-this-interface')
  made.set(farIp, { as: 'owned' })
  assert.deepEqual(made.answer(solicitation), ruled(solicitation, new Map([[farIp, { as: 'owned' }]])))
  made.delete(farIp)
  made.delete(farIp)
  assert.equal(made.answer(solicitation), 'not-announced')
})

test('addresses that share a place in the table do not share their use', () => {
  const [one, other] = ['2001:db8::2', '::2:2001:db8'] as Ip[] as [Ip, Ip]
  const made = responder(
    new Map<Ip, AddressRole>([
      [one, { as: 'owned' }],
      [other, { as: 'other-interface' }],
    ]),
  )
  const asked = (target: Ip): Uint8Array => encodeToBytes(ndpFrame, frame({ message: { target } }), 'ndp')
  assert.notEqual(typeof made.answer(asked(one)), 'string')
  assert.equal(made.answer(asked(other)), 'not-on-this-interface')
  made.delete(other)
  assert.equal(made.answer(asked(other)), 'not-announced')
  assert.notEqual(typeof made.answer(asked(one)), 'string')
})

test('what was answered is counted by address, until it is taken', () => {
  fc.assert(
    fc.property(fc.array(frames, { maxLength: 20 }), roles, (asked, chosen) => {
      const made = responder(chosen)
      const expected = new Map<Ip, number>()
      for (const octets of asked) {
        const reply = made.answer(octets)
        if (typeof reply === 'string') continue
        const subject = decodeExactly(ndpFrame, reply, 'ndp').packet.message.target
        expected.set(subject, (expected.get(subject) ?? 0) + 1)
      }
      assert.deepEqual(new Map([...made.takeAnswered()].sort()), new Map([...expected].sort()))
      assert.equal(made.takeAnswered().size, 0)
    }),
  )
})
