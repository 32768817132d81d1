import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import fc from 'fast-check'
import { type Ip, parseIp, parseMac, parsePrefix, prefixContains, prefixOf, prefixText } from '../src'
import { fromBigInt } from '../src/bytes'
import { parseRange, type Range, rangeContains, rangePrefixes, rangeSize, rangesOverlap } from '../src/range'

const smallRange = fc.tuple(fc.nat(300), fc.nat(300)).map(
  ([start, size]): Range => ({
    first: fromBigInt('ipv4', 0xc0000200n + BigInt(start)),
    last: fromBigInt('ipv4', 0xc0000200n + BigInt(start + size)),
  }),
)

describe('parsePrefix', () => {
  for (const [text, canonical] of [
    ['10.0.0.0/24', '10.0.0.0/24'],
    ['10.0.0.7/24', '10.0.0.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:db8::1/64', '2001:db8::/64'],
    ['::ffff:10.0.0.0/120', '10.0.0.0/24'],
  ] as const) {
    test(`${text} is ${canonical}`, () => {
      const prefix = parsePrefix(text)
      assert.ok(prefix)
      assert.equal(prefixText(prefix), canonical)
    })
  }
  for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/024', ' 10.0.0.0/24', '::/129', '::ffff:10.0.0.0/95', '/24']) {
    test(`refuses ${JSON.stringify(text)}`, () => assert.equal(parsePrefix(text), undefined))
  }
})

describe('parseRange', () => {
  const cases = {
    '10.0.0.5-10.0.0.9': { first: '10.0.0.5', last: '10.0.0.9' },
    ' 10.0.0.5 - 10.0.0.9 ': { first: '10.0.0.5', last: '10.0.0.9' },
    '10.0.0.8/30': { first: '10.0.0.8', last: '10.0.0.11' },
    'fd00::1-fd00::ffff': { first: 'fd00::1', last: 'fd00::ffff' },
    '10.0.0.9-10.0.0.5': 'start-after-end',
    '10.0.0.9-fd00::1': 'mixed-families',
    '10.0.0.9': 'malformed',
    '10.0.0.1-10.0.0.2-10.0.0.3': 'malformed',
    'a-b': 'malformed',
  } as const
  for (const [text, expected] of Object.entries(cases)) {
    test(JSON.stringify(text), () => assert.deepEqual(parseRange(text), expected))
  }
})

test('a range is summarised into the fewest prefixes', () => {
  const range = parseRange('10.0.0.5-10.0.0.9')
  assert.ok(typeof range !== 'string')
  assert.deepEqual(rangePrefixes(range).map(prefixText), ['10.0.0.5/32', '10.0.0.6/31', '10.0.0.8/31'])
})

test('the prefixes of a range hold exactly its addresses', () => {
  fc.assert(
    fc.property(smallRange, fc.nat(700), (range, offset) => {
      const ip = fromBigInt('ipv4', 0xc0000200n + BigInt(offset))
      assert.equal(
        rangePrefixes(range).some((prefix) => prefixContains(prefix, ip)),
        rangeContains(range, ip),
      )
      const total = rangePrefixes(range).reduce((sum, prefix) => sum + (1n << BigInt(32 - prefix.length)), 0n)
      assert.equal(total, rangeSize(range))
    }),
  )
})

test('two ranges overlap when an address lies in both', () => {
  fc.assert(
    fc.property(smallRange, smallRange, (a, b) => {
      const common = Array.from({ length: 601 }, (_, i) => fromBigInt('ipv4', 0xc0000200n + BigInt(i))).some(
        (ip) => rangeContains(a, ip) && rangeContains(b, ip),
      )
      assert.equal(rangesOverlap(a, b), common)
    }),
    { numRuns: 50 },
  )
})

test('a whole family summarises to one prefix', () => {
  assert.deepEqual(rangePrefixes({ first: '::' as Ip, last: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' as Ip }).map(prefixText), ['::/0'])
})

test('no IPv6 prefix contains an IPv4 address', () => {
  assert.equal(prefixContains(prefixOf('::' as Ip, 0), '10.0.0.1' as Ip), false)
})

test('MAC addresses are six octets, lower case', () => {
  assert.equal(parseMac('02:00:5E:10:00:01'), '02:00:5e:10:00:01')
  for (const text of ['02:00:5e:10:00', '0200.5e10.0001', '02:00:5e:10:00:0g', '02-00-5e-10-00-01']) assert.equal(parseMac(text), undefined)
})

test('the example of the README', () => {
  const range = parseRange('10.0.0.5-10.0.0.9')
  assert.ok(typeof range !== 'string')
  assert.deepEqual(rangePrefixes(range).map(prefixText), ['10.0.0.5/32', '10.0.0.6/31', '10.0.0.8/31'])
  assert.equal(parseIp('2001:DB8:0::1'), '2001:db8::1')
  assert.deepEqual(parsePrefix('192.0.2.7/24'), { ip: '192.0.2.0', length: 24 })
})
