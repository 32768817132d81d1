import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { type Prefix, parsePrefix, prefixOf, prefixText } from '@loadstone/ip'
import { fromBigInt, ipToBytes } from '@loadstone/ip/bytes'
import { unhex } from '@loadstone/wire/testing'
import fc from 'fast-check'
import { type Nlri, nlriOf, prefixOfNlri, readNlri } from '../../../src/message/update/nlri'

const prefix = (text: string): Prefix => parsePrefix(text) as Prefix
const octets = (nlri: Nlri): Uint8Array => Uint8Array.from(nlri, (character) => character.charCodeAt(0))

const vectors: Readonly<Record<string, string>> = {
  '0.0.0.0/0': '00',
  '10.0.0.0/8': '08 0a',
  '198.51.100.0/24': '18 c63364', // as BIRD sent it
  '198.51.101.0/25': '19 c6336500', // as BIRD sent it
  '203.0.113.10/32': '20 cb00710a',
  '::/0': '00',
  '2001:db8:2::/48': '30 20010db80002', // as BIRD sent it
  '2001:db8::1/128': '80 20010db8000000000000000000000001',
}

for (const [text, hex] of Object.entries(vectors)) {
  const family = text.includes(':') ? 'ipv6' : 'ipv4'
  test(`RFC 4271 §4.3: ${text} is ${hex}`, () => {
    assert.deepEqual(octets(nlriOf(prefix(text))), unhex(hex))
    assert.deepEqual(readNlri(unhex(hex), family, false), [{ prefix: prefix(text) }])
    assert.deepEqual(prefixOfNlri(family, nlriOf(prefix(text))), prefix(text))
  })
}

const prefixes = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), fc.nat(128))
  .map(([four, value, length]) =>
    four ? prefixOf(fromBigInt('ipv4', value & 0xffff_ffffn), length % 33) : prefixOf(fromBigInt('ipv6', value), length),
  )

test('the octets are those of the address, and reading them gives the prefix back', () => {
  fc.assert(
    fc.property(prefixes, (some) => {
      const family = some.ip.includes(':') ? 'ipv6' : 'ipv4'
      const wire = octets(nlriOf(some))
      assert.deepEqual(wire.slice(1), ipToBytes(some.ip).slice(0, Math.ceil(some.length / 8)))
      assert.deepEqual(readNlri(wire, family, false), [{ prefix: some }])
    }),
  )
})

test('RFC 4271 §4.3: bits beyond the length mean nothing', () => {
  assert.equal(prefixText(readNlri(unhex('19 c63365ff'), 'ipv4', false)[0]?.prefix as Prefix), '198.51.101.128/25')
  assert.equal(prefixText(readNlri(unhex('09 c6ff'), 'ipv4', false)[0]?.prefix as Prefix), '198.128.0.0/9')
})

test('RFC 7911 §3: a path identifier stands before each prefix where agreed', () => {
  assert.deepEqual(readNlri(unhex('00000007 18 c63364 ffffffff 00'), 'ipv4', true), [
    { prefix: prefix('198.51.100.0/24'), pathId: 7 },
    { prefix: prefix('0.0.0.0/0'), pathId: 4_294_967_295 },
  ])
})

test('RFC 7606 §5.3: a prefix longer than its family, or cut, is refused', () => {
  assert.throws(() => readNlri(unhex('21 c633640000'), 'ipv4', false), { problem: 'out-of-range', at: 0 })
  assert.throws(() => readNlri(unhex('81'), 'ipv6', false), { problem: 'out-of-range', at: 0 })
  assert.throws(() => readNlri(unhex('18 c633'), 'ipv4', false), { problem: 'truncated' })
  assert.throws(() => readNlri(unhex('000000'), 'ipv4', true), { problem: 'truncated' })
})
