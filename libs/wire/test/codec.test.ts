import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { bits, convert, decodeExactly, encodeToBytes, only, prefixed, rest, struct, u8, u16, u24 } from '../src/codec'

test('a length that promises more than its body uses is an error, not padding', () => {
  assert.throws(() => decodeExactly(prefixed(u8, u8), Uint8Array.of(2, 7, 9), 'x'), { problem: 'trailing', at: 2 })
})

test('a value too wide for its field is refused when written, not truncated', () => {
  assert.throws(() => encodeToBytes(u16, 65_536, 'x'), { problem: 'out-of-range' })
})

test('bits may fill several octets, most significant first', () => {
  const word = bits({ restarting: 1, spare: 3, seconds: 12 })
  const value = { restarting: 1, spare: 0, seconds: 120 }
  assert.deepEqual(encodeToBytes(word, value, 'x'), Uint8Array.of(0x80, 0x78))
  assert.deepEqual(decodeExactly(word, Uint8Array.of(0x80, 0x78), 'x'), value)
})

test('three octets hold up to 2^24 - 1', () => {
  assert.deepEqual(encodeToBytes(u24, 0x0a0b0c, 'x'), Uint8Array.of(0x0a, 0x0b, 0x0c))
  assert.equal(decodeExactly(u24, Uint8Array.of(0xff, 0xff, 0xff), 'x'), 2 ** 24 - 1)
  assert.throws(() => encodeToBytes(u24, 2 ** 24, 'x'), { problem: 'out-of-range' })
})

test('octets that have no value of the type they are seen as are refused where they begin', () => {
  const even = convert(
    u8,
    (octet) => (octet % 2 === 0 ? octet / 2 : undefined),
    (half: number) => half * 2,
  )
  assert.equal(decodeExactly(even, Uint8Array.of(6), 'x'), 3)
  assert.deepEqual(encodeToBytes(even, 3, 'x'), Uint8Array.of(6))
  assert.throws(() => decodeExactly(even, Uint8Array.of(7), 'x'), { problem: 'out-of-range', at: 0 })
})

test('a value longer than the space first set aside is written whole', () => {
  const long = Uint8Array.from({ length: 300 }, (_, i) => i)
  assert.deepEqual(encodeToBytes(prefixed(u16, rest), long, 'x'), Uint8Array.of(1, 44, ...long))
})

test('the example of the README', () => {
  const header = struct({ version: only(u8, 1), flags: bits({ poll: 1, final: 1, reserved: 6 }), value: prefixed(u8, rest) })
  const octets = encodeToBytes(header, { version: 1, flags: { poll: 1, final: 0, reserved: 0 }, value: Uint8Array.of(7) }, 'header')
  assert.deepEqual(octets, Uint8Array.of(0x01, 0x80, 0x01, 0x07))
  assert.throws(() => decodeExactly(header, octets.subarray(0, 3), 'header'), { message: 'truncated at byte 3, field header.value' })
})
