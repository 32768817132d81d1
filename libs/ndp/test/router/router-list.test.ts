import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { type Ip, type Mac, parseIp, parseMac } from '@loadstone/ip'
import { unhex } from '@loadstone/wire/testing'
import { mostRouters, withoutLifetimeSeconds } from '../../src/router/router-list'
import { advertised, nextExpiry, presentRouters, type Router, type Routers, routerFrom } from '../../src/routers'
import { captured } from '../router-vectors'
import { far, near } from '../vectors'

const address = (text: string): Ip => parseIp(text) as Ip
const router = (text: string, lifetimeSeconds = 30): Router => ({ address: address(text), mac: near.mac, lifetimeSeconds })
/** What is known after these were heard, each at its time. */
const heard = (...all: readonly (readonly [atMillis: number, router: Router])[]): Routers =>
  all.reduce<Routers>((known, [at, one]) => advertised(known, one, at), new Map())

describe('who says that it is a router', () => {
  test('FRR: its address, its MAC, its lifetime', () => {
    assert.deepEqual(routerFrom(unhex(captured.frr), far.mac), { address: near.linkLocal, mac: near.mac, lifetimeSeconds: 30 })
  })
  test('BIRD, which tells no MAC: whoever sent the frame, and lifetime 0 counts', () => {
    assert.deepEqual(routerFrom(unhex(captured.bird), far.mac), { address: near.linkLocal, mac: near.mac, lifetimeSeconds: 0 })
  })
  test('the MAC in the option goes before that of the frame', () => {
    const relayed = unhex(captured.frr).with(11, 0x99) // the frame’s source is under no checksum
    assert.equal((routerFrom(relayed, far.mac) as Router).mac, near.mac)
  })
  test('not we ourselves', () => {
    assert.equal(routerFrom(unhex(captured.frr), near.mac), 'own-frame')
    assert.equal(routerFrom(unhex(captured.frr).with(11, 0x99), near.mac), 'own-frame')
    assert.equal(routerFrom(unhex(captured.frr).with(11, 0x99), parseMac('02:00:5e:10:00:99') as Mac), 'own-frame')
  })
  test('nobody, in what RFC 4861 §6.1.2 wants discarded or is something else', () => {
    assert.equal(routerFrom(unhex(captured.frr).with(21, 254), far.mac), 'malformed')
    assert.equal(routerFrom(unhex(captured.solicitation), far.mac), 'malformed')
    assert.equal(routerFrom(new Uint8Array(), far.mac), 'malformed')
  })
  test('no group', () => {
    assert.equal(routerFrom(unhex(captured.bird).with(6, 0x03), far.mac), 'no-station')
  })
})

describe('the routers of a link', () => {
  test('lowest address first, by number and not by text', () => {
    const known = heard([0, router('fe80::10')], [0, router('fe80::9')], [0, router('fe80::100')])
    assert.deepEqual(presentRouters(known, 0), ['fe80::9', 'fe80::10', 'fe80::100'])
  })

  test('one counts for its lifetime after it was heard last', () => {
    const known = heard([0, router('fe80::1')], [10_000, router('fe80::1')])
    assert.deepEqual([presentRouters(known, 39_999), presentRouters(known, 40_000)], [['fe80::1'], []])
    assert.deepEqual([nextExpiry(known, 0), nextExpiry(known, 40_000), nextExpiry(new Map(), 0)], [40_000, undefined, undefined])
  })

  test('one that wants to be nobody’s default router counts for three times the longest usual interval', () => {
    const known = heard([0, router('fe80::1', 0)])
    assert.deepEqual([withoutLifetimeSeconds, presentRouters(known, 1_799_999), presentRouters(known, 1_800_000)], [1_800, ['fe80::1'], []])
  })

  test('the earliest expiry is the next one', () => {
    assert.equal(nextExpiry(heard([0, router('fe80::1', 0)], [0, router('fe80::2', 60)], [0, router('fe80::3', 90)]), 0), 60_000)
  })

  test('one that is silent for 30 s while another speaks three times has gone or changed its address', () => {
    const turns = [10_000, 20_000, 31_000].map((at) => [at, router('fe80::2', 0)] as const)
    const known = heard([0, router('fe80::1', 0)], ...turns)
    assert.deepEqual(presentRouters(known, 31_000), ['fe80::2'])
    assert.deepEqual(presentRouters(known, 29_999), ['fe80::1', 'fe80::2'])
    const twice = heard([0, router('fe80::1', 0)], ...turns.slice(1))
    assert.deepEqual(presentRouters(twice, 60_000), ['fe80::1', 'fe80::2'], 'it may speak more seldom')
  })

  test('and is back when it is heard again', () => {
    const turns = [10_000, 20_000, 31_000].map((at) => [at, router('fe80::2', 0)] as const)
    const known = heard([0, router('fe80::1', 0)], ...turns, [40_000, router('fe80::1', 0)])
    assert.deepEqual(presentRouters(known, 40_000), ['fe80::1', 'fe80::2'])
  })

  test('no more than a few are remembered, and those that are known stay', () => {
    const many = Array.from({ length: 40 }, (_, i) => [i, router(`fe80::${i + 1}`, 0)] as const)
    const known = heard(...many, [50, router('fe80::1', 10)])
    assert.equal(known.size, mostRouters)
    assert.equal(known.get(address('fe80::1'))?.heardAt, 50)
    assert.equal(advertised(known, router('fe80::99'), 10_049).size, mostRouters)
    assert.ok(advertised(known, router('fe80::99'), 10_050).has(address('fe80::99')), 'one has expired')
  })
})
