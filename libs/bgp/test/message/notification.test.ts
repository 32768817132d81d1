import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { unhex } from '@loadstone/wire/testing'
import fc from 'fast-check'
import { notification } from '../../src/message/error-codes'
import { cease, decodeNotification, encodeNotification, reasonOf } from '../../src/message/notification'

test('RFC 4271 §4.5: code, subcode and data', () => {
  assert.deepEqual(encodeNotification(notification('badMessageType', Uint8Array.of(9))), unhex('01 03 09'))
  assert.deepEqual(decodeNotification(unhex('06 02')), { code: 6, subcode: 2, data: unhex('') })
})

test('RFC 6608 §4: a single octet of data reaches the wire', () => {
  assert.deepEqual(encodeNotification(notification('unexpectedInOpenSent', Uint8Array.of(4))), unhex('05 01 04'))
})

test('RFC 9003 §2: a reason travels with its length in front, and comes back', () => {
  const sent = encodeNotification(cease('administrativeShutdown', 'Grüße'))
  assert.deepEqual(sent, unhex('06 02 07 4772 c3bc c39f 65'))
  assert.equal(reasonOf(decodeNotification(sent)), 'Grüße')
})

test('RFC 9003 §2: no reason, no data', () => {
  assert.deepEqual(encodeNotification(cease('administrativeReset', '')), unhex('06 04'))
  assert.equal(reasonOf(decodeNotification(unhex('06 02'))), undefined)
})

test('RFC 9003 §2: a reason of more than 255 octets is cut, never inside a character', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 100, maxLength: 300, unit: 'grapheme' }), (reason) => {
      const { data } = cease('administrativeShutdown', reason)
      assert.ok(data.length <= 256)
      const read = reasonOf({ code: 6, subcode: 2, data }) ?? ''
      assert.ok(reason.startsWith(read))
      assert.ok(Buffer.byteLength(reason) <= 255 ? read === reason : Buffer.byteLength(read) > 255 - 4)
    }),
  )
})

const unreadable: Readonly<Record<string, string>> = {
  'a length beyond the data': '06 02 05 4142',
  'a length short of the data': '06 02 01 4142',
  'octets that are no UTF-8': '06 02 02 c328',
  'a length of zero': '06 02 00',
  'another subcode': '06 03 02 4142',
}
test.each(Object.entries(unreadable))('RFC 9003 §2: %s is no reason', (_, hex) => {
  assert.equal(reasonOf(decodeNotification(unhex(hex))), undefined)
})
