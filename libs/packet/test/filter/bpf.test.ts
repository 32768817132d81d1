import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import fc from 'fast-check'
import { assemble } from '../../src/filter/bpf'
import { type Filter, type FilterCheck, filters } from '../../src/filter/filter'

/** As `tcpdump -ddd` prints a program: code, jump if true, jump if false, operand. */
function listing(filter: Filter): readonly string[] {
  const bytes = Buffer.from(assemble(filter))
  return Array.from({ length: bytes.length / 8 }, (_, i) => {
    const at = i * 8
    return [bytes.readUInt16LE(at), bytes[at + 2], bytes[at + 3], bytes.readUInt32LE(at + 4)].join(' ')
  })
}

test('a check loads, compares with each value and refuses; what passes all is kept whole', () => {
  assert.deepEqual(listing([{ size: 2, at: 12, is: [0x0806, 0x86dd] }]), [
    '40 0 0 12', // ldh [12]
    '21 2 0 2054', // jeq #0x806: over the refusal
    '21 1 0 34525', // jeq #0x86dd: over the refusal
    '6 0 0 0', // ret #0
    '6 0 0 4294967295', // ret #-1
  ])
})

test('the hop limit of a UDP socket counts from the IP header, which is the kernel’s offset -0x100000', () => {
  assert.deepEqual(listing(filters.udp6HopLimit255), ['48 0 0 4293918727', '21 1 0 255', '6 0 0 0', '6 0 0 4294967295'])
  assert.deepEqual(listing(filters.udp4Ttl255)[0], '48 0 0 4293918728')
})

/** The kernel's interpreter for the four instructions used, RFC-less: linux/filter.h. A load beyond the end refuses. */
function accepts(filter: Filter, packet: Uint8Array): boolean {
  const program = listing(filter).map((line) => line.split(' ').map(Number) as [number, number, number, number])
  let a = 0
  for (let pc = 0; ; pc++) {
    const [code, ifTrue, ifFalse, k] = program[pc] ?? assert.fail('ran off the end')
    if (code === 0x06) return k > 0
    if (code === 0x15) {
      pc += a === k ? ifTrue : ifFalse
      continue
    }
    const size = { 48: 1, 40: 2, 32: 4 }[code] ?? assert.fail(`code ${code}`)
    if (k + size > packet.length) return false
    a = packet.subarray(k, k + size).reduce((sum, octet) => sum * 256 + octet, 0)
  }
}

describe('the program says what the checks say', () => {
  const small = fc.integer({ min: 0, max: 3 })
  const check: fc.Arbitrary<FilterCheck> = fc.record({
    size: fc.constant(1 as const),
    at: fc.nat(6),
    is: fc.array(small, { minLength: 1, maxLength: 8 }),
  })

  test('for any packet and any checks', () => {
    fc.assert(
      fc.property(fc.array(check, { maxLength: 4 }), fc.array(small, { maxLength: 8 }), (filter, octets) => {
        const holds = filter.every(({ at, is }) => is.includes(octets[at] ?? -1))
        assert.equal(accepts(filter, Uint8Array.from(octets)), holds)
      }),
    )
  })

  test('for numbers of two and four octets', () => {
    const packet = Uint8Array.of(0xff, 0x86, 0xdd, 0x00, 0x01)
    assert.ok(accepts([{ size: 2, at: 1, is: [0x86dd] }], packet))
    assert.ok(accepts([{ size: 4, at: 1, is: [0x86dd0001] }], packet))
    assert.ok(!accepts([{ size: 4, at: 2, is: [0xdd000100] }], packet))
  })
})
