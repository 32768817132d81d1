import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { Ip, Mac } from '@loadstone/ip'
import type { AddressRole, AddressRoles } from '@loadstone/ip/l2'
import { decodeExactly, encodeToBytes, WireError } from '@loadstone/wire'
import { unhex } from '@loadstone/wire/testing'
import fc from 'fast-check'
import { type ArpIgnoredReason, ArpResponder, answer, arpFrame } from '../src'
import { asking, captured, everybody, far, farIp, near, nearIp, nobody, noIp, stranger } from './vectors'

/** What the rule says, on octets. */
function ruled(octets: Uint8Array, roles: AddressRoles): Uint8Array | ArpIgnoredReason {
  try {
    const result = answer(decodeExactly(arpFrame, octets, 'arp'), far, roles)
    return 'reply' in result ? encodeToBytes(arpFrame, result.reply, 'arp') : result.ignored
  } catch (error) {
    assert.ok(error instanceof WireError)
    return 'malformed'
  }
}

function responder(roles: AddressRoles): ArpResponder {
  const made = new ArpResponder(far)
  for (const [ip, role] of roles) made.set(ip, role)
  return made
}

const macs = fc.constantFrom<Mac>(near, far, stranger, everybody, nobody, '00:00:5e:10:00:02' as Mac, '02:00:00:00:00:00' as Mac)
const ips = fc.constantFrom<Ip>(nearIp, farIp, noIp, '255.255.255.255' as Ip, '192.0.2.3' as Ip)
const frames = fc
  .record({
    destination: macs,
    source: macs,
    operation: fc.constantFrom(0, 1, 2, 3, 256, 257),
    senderMac: macs,
    senderIp: ips,
    targetMac: macs,
    targetIp: ips,
    padding: fc.uint8Array({ maxLength: 18 }),
  })
  .map((chosen) => encodeToBytes(arpFrame, { ...asking, ...chosen }, 'arp'))
const roles: fc.Arbitrary<AddressRoles> = fc
  .array(
    fc.tuple(
      ips.filter((ip) => ip !== noIp),
      fc.oneof(
        fc.constantFrom<AddressRole>({ as: 'owned' }, { as: 'probing' }, { as: 'other-interface' }),
        macs.map((mac): AddressRole => ({ as: 'owned', mac })),
      ),
    ),
  )
  .map((entries) => new Map(entries))

describe('the responder says what the rule says', () => {
  test('of any frame, for any use of its addresses', () => {
    fc.assert(
      fc.property(frames, roles, (octets, chosen) => {
        assert.deepEqual(responder(chosen).answer(octets), ruled(octets, chosen))
      }),
      { numRuns: 5_000 },
    )
  })

  test('of any octets', () => {
    const mutants = fc
      .tuple(frames, fc.nat(41), fc.nat(255), fc.nat(60))
      .map(([octets, at, octet, length]) => octets.with(at, octet).slice(0, length))
    fc.assert(
      fc.property(fc.oneof(mutants, fc.uint8Array({ maxLength: 64 })), roles, (octets, chosen) => {
        assert.deepEqual(responder(chosen).answer(octets), ruled(octets, chosen))
      }),
      { numRuns: 5_000 },
    )
  })
})

test('the last use of an address holds, until it has none', () => {
  const made = responder(new Map([[farIp, { as: 'other-interface' }]]))
  const request = unhex(captured.request)
  assert.equal(made.answer(request), 'not-on-this-interface')
  made.set(farIp, { as: 'owned' })
  assert.deepEqual(made.answer(request), unhex(captured.reply))
  made.delete(farIp)
  assert.equal(made.answer(request), 'not-announced')
})

test('a reply is the caller’s to keep: the next one does not change it', () => {
  const made = responder(new Map([[farIp, { as: 'owned' }]]))
  const first = made.answer(unhex(captured.request))
  made.answer(unhex(captured.probe))
  assert.deepEqual(first, unhex(captured.reply))
})

test('what was answered is counted by address, until it is taken', () => {
  fc.assert(
    fc.property(fc.array(frames, { maxLength: 20 }), roles, (asked, chosen) => {
      const made = responder(chosen)
      const expected = new Map<Ip, number>()
      for (const octets of asked) {
        const reply = made.answer(octets)
        if (typeof reply === 'string') continue
        const subject = decodeExactly(arpFrame, reply, 'arp').senderIp
        expected.set(subject, (expected.get(subject) ?? 0) + 1)
      }
      assert.deepEqual(new Map([...made.takeAnswered()].sort()), new Map([...expected].sort()))
      assert.equal(made.takeAnswered().size, 0)
    }),
  )
})
