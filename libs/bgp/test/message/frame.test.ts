import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { unhex } from '@loadstone/wire/testing'
import fc from 'fast-check'
import { notification } from '../../src/message/error-codes'
import { frame, framed, keepalive, lengths } from '../../src/message/frame'

const marker = 'ff'.repeat(16)
const head = (length: number, type: number): Uint8Array => unhex(`${marker} ${length.toString(16).padStart(4, '0')} 0${type}`)

test('RFC 4271 §4.4: a KEEPALIVE is a bare header', () => {
  assert.deepEqual(keepalive, unhex(`${marker} 0013 04`))
  assert.deepEqual(frame(keepalive), { message: { kind: 'keepalive', body: unhex('') }, rest: unhex('') })
})

test('what follows the first message is kept for the next', () => {
  const two = Uint8Array.from([...framed('update', unhex('00000000')), ...keepalive])
  const first = frame(two)
  assert.ok('message' in first)
  assert.deepEqual(first.message, { kind: 'update', body: unhex('00000000') })
  assert.deepEqual(first.rest, keepalive)
})

test('a message cut anywhere is incomplete, never an error', () => {
  const whole = framed('notification', unhex('0602'))
  for (let cut = 0; cut < whole.length; cut++) assert.deepEqual(frame(whole.subarray(0, cut)), { incomplete: true }, `cut at ${cut}`)
})

test('RFC 4271 §6.1: a marker that is not all ones', () => {
  const wrong = Uint8Array.from(keepalive)
  wrong[7] = 0
  assert.deepEqual(frame(wrong), { malformed: notification('connectionNotSynchronized') })
})

test('RFC 4271 §6.1: an unknown type is named in the data', () => {
  assert.deepEqual(frame(head(19, 9)), { malformed: notification('badMessageType', Uint8Array.of(9)) })
})

const bad: Readonly<Record<string, readonly [number, number]>> = {
  'RFC 4271 §6.1: shorter than a header': [18, 4],
  'RFC 4271 §6.1: longer than 4096': [4097, 2],
  'RFC 4271 §6.1: an OPEN shorter than 29': [28, 1],
  'RFC 4271 §6.1: an UPDATE shorter than 23': [22, 2],
  'RFC 4271 §6.1: a NOTIFICATION shorter than 21': [20, 3],
  'RFC 4271 §6.1: a KEEPALIVE other than 19': [20, 4],
  'RFC 2918 §3: a ROUTE-REFRESH shorter than 23': [22, 5],
}
test.each(Object.entries(bad))('%s is a bad length, and the data says which', (_, [length, type]) => {
  const data = unhex(length.toString(16).padStart(4, '0'))
  assert.deepEqual(frame(head(length, type)), { malformed: notification('badMessageLength', data) })
})

test('RFC 8654 §4: where agreed an UPDATE may be longer, an OPEN never', () => {
  assert.deepEqual(frame(head(4097, 2), lengths.extended), { incomplete: true })
  assert.deepEqual(frame(head(4097, 1), lengths.extended), { malformed: notification('badMessageLength', unhex('1001')) })
})

test('any octets frame to something without throwing, and none of them is lost', () => {
  const isWhole = (octets: Uint8Array): boolean => {
    const result = frame(octets)
    if (!('message' in result)) return 'malformed' in result || 'incomplete' in result
    return keepalive.length + result.message.body.length + result.rest.length === octets.length
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), isWhole))
  // Random octets hardly ever say a length that is possible.
  const headed = fc.tuple(fc.integer({ min: 17, max: 64 }), fc.integer({ min: 0, max: 6 }), fc.uint8Array({ minLength: 48, maxLength: 64 }))
  fc.assert(fc.property(headed, ([length, type, more]) => isWhole(Uint8Array.from([...head(length, type), ...more]))))
})
