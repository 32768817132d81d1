import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import type { Family } from '@loadstone/ip'
import { unhex } from '@loadstone/wire/testing'
import { judge } from '../fuzz/decoder'
import { frame, framed, lengths, type MessageKind } from '../src/message/frame'
import { encodeNotification } from '../src/message/notification'
import { decodeUpdate } from '../src/message/update/update-decoder'
import { eventOf } from '../src/session/incoming-message'
import { negotiated } from './samples'

/**
 * Messages that an implementation of BGP has stumbled over: ours, by `make fuzz` or by reading, or another, by what its authors published.
 * Each must be judged without throwing, and come to what stands here.
 */
type Verdict = 'taken' | 'withdrawn' | 'family given up' | 'reset' | 'unreadable'
const mandatory = '40 01 01 00 40 02 06 02 01 0000fdea 40 03 04 0a630002'
const withAttributes = (attributes: string, nlri = '18 c63364'): string => {
  const octets = unhex(attributes).length
  return `0000 ${octets.toString(16).padStart(4, '0')} ${attributes} ${nlri}`
}

const updates: Readonly<Record<string, readonly [string, Verdict]>> = {
  'MP_REACH_NLRI whose flags contradict it (ours: its routes were withdrawn; RFC 7606 §5.3 gives the family up)': [
    withAttributes(`c0 0e 1c 0002 01 10 ${'fd'.repeat(16)} 00 30 20010db80002 ${mandatory}`),
    'family given up',
  ],
  'an unknown transitive attribute that is a corrupt one of another kind (2023: reset every session it reached)': [
    withAttributes(`${mandatory} e0 1c 00`),
    'taken',
  ],
  'an entropy label attribute with junk in it': [withAttributes(`${mandatory} c0 1c 03 ff0102`), 'taken'],
  'attribute 255, reserved for development, which a test network announced in 2019': [
    withAttributes(`${mandatory} e0 ff 04 00000000`),
    'taken',
  ],
  'an AS path of 255 numbers in one segment': [
    withAttributes(`40 01 01 00 50 02 03fe 02 ff ${'0000fdea'.repeat(255)} 40 03 04 0a630002`),
    'taken',
  ],
  'an AS path segment that says one more AS than there is room for': [
    withAttributes('40 01 01 00 40 02 06 02 02 0000fdea 40 03 04 0a630002'),
    'withdrawn',
  ],
  'an attribute whose extended length is cut after one octet': [withAttributes(`${mandatory} d0 08 00`), 'withdrawn'],
  'an attribute that is a lone flags octet': [withAttributes(`${mandatory} c0`), 'withdrawn'],
  'MP_REACH_NLRI with a next hop longer than the attribute': [withAttributes(`80 0e 05 0002 01 ff fd ${mandatory}`), 'reset'],
  'MP_REACH_NLRI with no next hop at all': [withAttributes(`80 0e 05 0002 01 00 00 ${mandatory}`), 'family given up'],
  'MP_REACH_NLRI of a family nobody has heard of, with what only it can read': [
    withAttributes(`80 0e 0a 4006 f0 04 c0000201 00 ff ${mandatory}`),
    'taken',
  ],
  'a prefix length of 255': [withAttributes(mandatory, 'ff'), 'reset'],
  'total attribute length of 65,535': ['0000 ffff', 'reset'],
  'withdrawn length that eats the attribute length': ['0002 0000', 'reset'],
}
test.each(Object.entries(updates))('UPDATE: %s', (_, [hex, verdict]) => {
  const body = unhex(hex)
  judge({ kind: 'update', body })
  const update = decodeUpdate(body, { ...negotiated, disabled: new Set<Family>() })
  const came: Verdict =
    'reset' in update
      ? 'reset'
      : update.disabled !== undefined
        ? 'family given up'
        : update.withdrawn.length > 0 && update.announced.length === 0
          ? 'withdrawn'
          : 'taken'
  assert.equal(came, verdict)
})

const others: Readonly<Record<string, readonly [MessageKind, string]>> = {
  'an OPEN whose only parameter is cut': ['open', '04 fdea 005a c0000202 02 02 06'],
  'an OPEN with a capability longer than its parameter': ['open', '04 fdea 005a c0000202 04 02 02 41 04'],
  'an OPEN of extended length with nothing behind it (RFC 9072)': ['open', '04 fdea 005a c0000202 ff ff'],
  'an OPEN of extended length whose parameter lacks its second length octet': ['open', '04 fdea 005a c0000202 ff ff 0002 02 00'],
  'an OPEN whose graceful restart capability is one octet': ['open', '04 fdea 005a c0000202 05 02 03 40 01 80'],
  'an OPEN with 127 roles': ['open', `04 fdea 005a c0000202 ff ff 0180 02 017d ${'09 01 00'.repeat(127)}`],
  'a NOTIFICATION of a code and subcode nobody assigned': ['notification', 'ff ff 00'],
  'a shutdown reason that says 255 octets and has none (RFC 9003)': ['notification', '06 02 ff'],
  'a hard reset with nothing inside (RFC 8538)': ['notification', '06 09'],
  'a ROUTE-REFRESH of a subtype nobody assigned': ['refresh', '0001 ff 01'],
  'a ROUTE-REFRESH with half an ORF behind it': ['refresh', '0001 00 01 01 80 0005'],
}
test('RFC 8654 §5: a refresh mark as long as a message can be comes back in a NOTIFICATION of 4096 octets (ours: it did not fit, and threw)', () => {
  const body = new Uint8Array(lengths.extended - lengths.header)
  body.set(unhex('0001 01 01'))
  const event = eventOf({ kind: 'refresh', body }, { at: 'established', negotiated }, new Set())
  assert.ok(event.is === 'malformed')
  const said = framed('notification', encodeNotification(event.notification))
  assert.deepEqual([said.length, said.slice(lengths.header, lengths.header + 2)], [lengths.usual, Uint8Array.of(7, 1)])
  assert.deepEqual(said.subarray(lengths.header + 2), framed('refresh', body).subarray(0, lengths.usual - lengths.header - 2))
})

test.each(Object.entries(others))('judged without throwing: %s', (_, [kind, hex]) => {
  const found = frame(framed(kind, unhex(hex)))
  assert.ok('message' in found || 'malformed' in found)
  judge({ kind, body: unhex(hex) })
})
