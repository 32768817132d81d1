import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { decodeExactly, encodeToBytes, prefixed, u8, u16 } from '../src/codec'

test('a length that promises more than its body uses is an error, not padding', () => {
  assert.throws(() => decodeExactly(prefixed(u8, u8), Uint8Array.of(2, 7, 9), 'x'), { problem: 'trailing', at: 2 })
})

test('a value too wide for its field is refused when written, not truncated', () => {
  assert.throws(() => encodeToBytes(u16, 65_536, 'x'), { problem: 'out-of-range' })
})
