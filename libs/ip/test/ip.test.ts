import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import fc from 'fast-check'
import { Address4, Address6 } from 'ip-address'
import { compareIps, type Ip, isLinkLocal, parseIp } from '../src'
import { fromBigInt, ipFromBytes, ipToBytes, toBigInt } from '../src/bytes'

const ipv4 = fc.bigInt(0n, 2n ** 32n - 1n).map((value) => fromBigInt('ipv4', value))
const ipv6 = fc
  .bigInt(0n, 2n ** 128n - 1n)
  .filter((value) => value >> 32n !== 0xffffn)
  .map((value) => fromBigInt('ipv6', value))
const ip = fc.oneof(ipv4, ipv6)

describe('parseIp', () => {
  // RFC 5952 §4 and §1: every text on the left is the address on the right.
  for (const [text, canonical] of [
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::A', '2001:db8::a'],
    ['::', '::'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ] as const) {
    test(`${text} is ${canonical}`, () => assert.equal(parseIp(text), canonical))
  }

  for (const text of [
    '',
    '1.2.3',
    '010.0.0.1',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '1.2.3.256',
    '1.2.3.4/32',
    'fe80::1%eth0',
    ':::',
    'g::1',
    '1:2:3:4:5:6:7:8:9',
  ]) {
    test(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseIp(text), undefined))
  }

  test('agrees with an independent implementation on every IPv6 text', () => {
    fc.assert(
      fc.property(ipv6, (address) => {
        assert.equal(new Address6(address).bigInt(), toBigInt(address))
        assert.equal(new Address6(address).correctForm(), address)
      }),
    )
  })

  test('agrees with an independent implementation on every IPv4 text', () => {
    fc.assert(fc.property(ipv4, (address) => assert.equal(new Address4(address).bigInt(), toBigInt(address))))
  })
})

test('octets round-trip, 4 or 16 of them', () => {
  fc.assert(fc.property(ip, (address) => assert.equal(ipFromBytes(ipToBytes(address)), address)))
  assert.equal(ipFromBytes(new Uint8Array(5)), undefined)
  assert.deepEqual([...ipToBytes('192.0.2.1' as Ip)], [192, 0, 2, 1])
})

test('RFC 4291 §2.5.6: fe80::/10 is link-local, and nothing beside it', () => {
  for (const text of ['fe80::', 'fe80::1', 'fe90:1::2', 'febf:ffff::1']) assert.equal(isLinkLocal(parseIp(text) as Ip), true, text)
  for (const text of ['fe7f:ffff::1', 'fec0::1', 'fe8::1', '::fe80', '2001:db8::fe80', '169.254.0.1'])
    assert.equal(isLinkLocal(parseIp(text) as Ip), false, text)
})

test('IPv4 sorts before IPv6, and by value, not by text', () => {
  const sorted = ['10.0.0.2', '10.0.0.10', '2001:db8::2', '2001:db8::10'] as Ip[]
  assert.deepEqual(sorted.toReversed().sort(compareIps), sorted)
})
