import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import fc from 'fast-check'
import { controlMessages } from '../../src/kernel/control-messages'

const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/#.*$|\s/gm, ''), 'hex'))
/** As Linux 6.18 on x86-64 gave them with a datagram over loopback, sent with TTL 250. */
const captured = {
  ipv4: unhex(`
    2000000000000000 01000000 40000000  f7de036b00000000 2a19cd2700000000   # SO_TIMESTAMPNS_NEW
    1c00000000000000 00000000 08000000  01000000 7f000001 7f000001 00000000 # IP_PKTINFO, padded
    1400000000000000 00000000 02000000  fa000000 00000000                   # IP_TTL, padded
  `),
  ipv6: unhex(`
    2000000000000000 01000000 40000000  f7de036b00000000 d52ed32700000000
    2400000000000000 29000000 32000000  00000000000000000000000000000001 01000000 00000000 # IPV6_PKTINFO
    1400000000000000 29000000 34000000  fa000000 00000000                                  # IPV6_HOPLIMIT
  `),
}

test('what Linux tells of a datagram', () => {
  assert.deepEqual(controlMessages(captured.ipv4), { stampMicros: 1_795_415_799e6 + 667_752.746, ifIndex: 1, to: '127.0.0.1', ttl: 250 })
  assert.deepEqual(controlMessages(captured.ipv6), { stampMicros: 1_795_415_799e6 + 668_151.509, ifIndex: 1, to: '::1', ttl: 250 })
})

test('a message nobody asked for is skipped, and one that is too short for its kind says nothing', () => {
  const unknown = captured.ipv4.with(8, 77)
  assert.deepEqual(controlMessages(unknown), { ifIndex: 1, to: '127.0.0.1', ttl: 250 })
  const short = unhex('1200000000000000 00000000 02000000 fa00 000000000000')
  assert.deepEqual(controlMessages(short), {})
})

test('reading is total: whatever the octets, something comes out and nothing is thrown', () => {
  const mutants = fc
    .tuple(fc.constantFrom(captured.ipv4, captured.ipv6), fc.nat(95), fc.nat(255), fc.nat(96))
    .map(([octets, at, octet, length]) => octets.map((old, i) => (i === at ? octet : old)).slice(0, length))
  fc.assert(
    fc.property(fc.oneof(mutants, fc.uint8Array({ maxLength: 100 })), (octets) => {
      assert.equal(typeof controlMessages(octets), 'object')
    }),
    { numRuns: 2_000 },
  )
})
