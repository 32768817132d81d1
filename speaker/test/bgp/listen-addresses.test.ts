import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import type { PeerOptions } from 'bgp-js'
import { listenAddresses } from '../../src/bgp/listeners'

const to = (address: string, more: Partial<PeerOptions> = {}) => ({ options: { address, localAs: 64_512, peerAs: 64_513, ...more } })
const places = (...held: ReturnType<typeof to>[]) =>
  listenAddresses(held).map(({ family, interface: device, peers }) => [family, device, peers.map(({ options }) => options.address)])

test('a node without sessions listens nowhere', () => {
  assert.deepEqual(places(), [])
})

test('sessions of one family share a place, and there is none of a family that no session has', () => {
  assert.deepEqual(places(to('192.0.2.1'), to('192.0.2.2')), [['ipv4', undefined, ['192.0.2.1', '192.0.2.2']]])
  assert.deepEqual(places(to('192.0.2.1'), to('2001:db8::1')), [
    ['ipv4', undefined, ['192.0.2.1']],
    ['ipv6', undefined, ['2001:db8::1']],
  ])
})

test('a VRF has a place of its own, where the same address is another router', () => {
  assert.deepEqual(places(to('192.0.2.1'), to('192.0.2.1', { interface: 'red' })), [
    ['ipv4', undefined, ['192.0.2.1']],
    ['ipv4', 'red', ['192.0.2.1']],
  ])
})

test('each unnumbered session is bound to its link; where there is a place for all of IPv6 it goes there, since Linux has no room for both', () => {
  const unnumbered = [to('fe80::1', { interface: 'eth1' }), to('fe80::1', { interface: 'eth2' })]
  assert.deepEqual(places(...unnumbered, to('192.0.2.1')), [
    ['ipv6', 'eth1', ['fe80::1']],
    ['ipv6', 'eth2', ['fe80::1']],
    ['ipv4', undefined, ['192.0.2.1']],
  ])
  assert.deepEqual(places(...unnumbered, to('2001:db8::1')), [['ipv6', undefined, ['fe80::1', 'fe80::1', '2001:db8::1']]])
  assert.deepEqual(places(...unnumbered, to('2001:db8::1', { interface: 'red' })).length, 3)
})

test('sessions with one address of one router cannot be told apart, so nobody is listened to for them', () => {
  const twice = [to('192.0.2.1', { sourceAddress: '192.0.2.5' }), to('192.0.2.1', { sourceAddress: '192.0.2.6' })]
  assert.deepEqual(places(...twice), [])
  assert.deepEqual(places(...twice, to('192.0.2.2')), [['ipv4', undefined, ['192.0.2.2']]])
})
