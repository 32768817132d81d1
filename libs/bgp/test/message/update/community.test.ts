import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { unhex } from '@loadstone/wire/testing'
import fc from 'fast-check'
import {
  communityFromNumber,
  communityToNumber,
  largeCommunityFromNumbers,
  largeCommunityToNumbers,
  parseCommunity,
  parseLargeCommunity,
  type StandardCommunity,
  wellKnown,
} from '../../../src/message/update/community'
import { extendedFromBytes, extendedToBytes, parseExtendedCommunity } from '../../../src/message/update/extended-community'

test('RFC 1997: a community is two halves of sixteen bits', () => {
  assert.equal(communityToNumber('65002:100' as StandardCommunity), 0xfdea0064)
  assert.equal(communityFromNumber(0xfdea0064), '65002:100')
  for (const bad of ['65536:0', '0:65536', '1', '1:2:3', '01:2', ' 1:2', 'a:1', '-1:2', '1:'])
    assert.equal(parseCommunity(bad), undefined, bad)
})

test('RFC 8326 §5: GRACEFUL_SHUTDOWN is 65535:0', () => {
  assert.equal(communityToNumber(wellKnown.gracefulShutdown), 0xffff0000)
  for (const name of Object.values(wellKnown)) assert.equal(parseCommunity(name), name)
})

test('RFC 8092 §3: a large community is three parts of thirty-two bits', () => {
  assert.deepEqual(largeCommunityToNumbers(largeCommunityFromNumbers(65002, 1, 4_294_967_295)), [65002, 1, 4_294_967_295])
  for (const bad of ['1:2', '1:2:4294967296', '1:2:3:4', 'large:1:2:3']) assert.equal(parseLargeCommunity(bad), undefined, bad)
})

const extended: Readonly<Record<string, string>> = {
  'rt:65002:7': '0002 fdea 00000007', // as BIRD and ExaBGP sent it
  'soo:65002:4294967295': '0003 fdea ffffffff',
  'rt:192.0.2.1:7': '0102 c0000201 0007',
  'rt:4200000001:7': '0202 fa56ea01 0007',
  '0x0202000000010007': '0202 00000001 0007', // a small AS in four octets keeps its form
  '0x4004fdea49742400': '4004 fdea 49742400', // link bandwidth, which has no words here
}
for (const [text, hex] of Object.entries(extended)) {
  test(`RFC 4360: ${text} is ${hex}`, () => {
    assert.equal(extendedFromBytes(unhex(hex)), text)
    const community = parseExtendedCommunity(text)
    assert.ok(community !== undefined)
    assert.deepEqual(extendedToBytes(community), unhex(hex))
  })
}

test('RFC 4360: what is no extended community is not taken for one', () => {
  const bad = [
    'rt:65536:65536',
    'rt:1',
    'target:1:2',
    'rt:1:4294967296',
    'rt:192.0.2.1:65536',
    'rt:2001:db8::1:7',
    '0x12',
    'rt:a:1',
    '0XFF00000000000000',
  ]
  for (const text of bad) assert.equal(parseExtendedCommunity(text), undefined, text)
})

test('RFC 4360: any eight octets survive as text, and equal ones are equal text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (octets) => {
      const community = extendedFromBytes(octets)
      assert.ok(community !== undefined)
      assert.deepEqual(Uint8Array.from(extendedToBytes(community)), octets)
      assert.equal(parseExtendedCommunity(community), community)
    }),
  )
})
