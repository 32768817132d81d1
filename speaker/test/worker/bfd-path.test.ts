import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { bfdSessionSpec } from '../../src/bfd/session-spec'
import type { BfdHops } from '../../src/messages/bfd'
import { bfdPath } from '../../src/worker/bfd-path'
import { ip, session } from '../builders'
import { eth0, ours, profile, router, specTo } from '../sim/bfd-world'
import { link } from '../sim/l2-world'

const subnet = (text: string, length: number) => ({ ip: ip(text), length, scope: 'global', tentative: false })
const far = ip('198.51.100.1')

test('a router of another AS is one hop away unless it may be several, one of ours as the links say: as FRR decides', () => {
  const distance = (more: Parameters<typeof session>[0]): BfdHops | undefined =>
    bfdSessionSpec(session({ bfd: profile, ...more }), router, undefined)?.hops
  assert.equal(distance({}), 'single-hop')
  assert.equal(distance({ ebgpMultiHop: true }), 'multihop')
  assert.equal(distance({ peerASN: 64_512 }), 'auto')
  assert.equal(distance({ peerASN: 64_512, ebgpMultiHop: true }), 'auto')
  const { peerASN: _given, ...dynamic } = session({ bfd: profile })
  assert.equal(bfdSessionSpec({ ...dynamic, dynamicASN: 'internal' }, router, undefined)?.hops, 'auto')
  assert.equal(bfdSessionSpec({ ...dynamic, dynamicASN: 'external' }, router, undefined)?.hops, 'single-hop')
  assert.equal(bfdSessionSpec(session(), router, undefined), undefined)
})

test('one hop is bound to the link that has the router’s subnet, and to none where that is not certain', () => {
  const other = link('eth1', { addresses: [subnet('192.0.2.6', 24)] })
  assert.deepEqual(bfdPath(specTo(), [eth0, link('eth1')]), { peer: router, interface: 'eth0', multihop: false })
  assert.deepEqual(bfdPath(specTo(), [eth0, other]), { peer: router, multihop: false })
  assert.deepEqual(bfdPath(specTo(), [eth0, { ...other, up: false }]), { peer: router, interface: 'eth0', multihop: false })
  assert.deepEqual(bfdPath(specTo({ address: ours }), [eth0]), { peer: ours, multihop: false })
  assert.deepEqual(bfdPath(specTo({ source: ours }), [eth0]), { peer: router, local: ours, interface: 'eth0', multihop: false })
})

test('an unnumbered router is on its interface', () => {
  assert.deepEqual(bfdPath(specTo({ address: ip('fe80::1'), interface: 'eth3', hops: 'auto' }), []), {
    peer: 'fe80::1',
    interface: 'eth3',
    multihop: false,
  })
})

test('a router of our AS is one hop away on a link, and many where it is on none', () => {
  assert.deepEqual(bfdPath(specTo({ hops: 'auto' }), [eth0]), { peer: router, interface: 'eth0', multihop: false })
  assert.deepEqual(bfdPath(specTo({ hops: 'auto', address: far, observedLocal: ours }), [eth0]), {
    peer: far,
    local: ours,
    multihop: true,
  })
})

test('many hops need the address we speak from: the one planned, else the one seen, else it waits and says for what', () => {
  const many = (more: Parameters<typeof specTo>[0]) => bfdPath(specTo({ hops: 'multihop', ...more }), [eth0])
  assert.deepEqual(many({ source: ip('192.0.2.7'), observedLocal: ours }), { peer: router, local: '192.0.2.7', multihop: true })
  assert.deepEqual(many({ observedLocal: ours }), { peer: router, local: ours, multihop: true })
  const path = many({})
  assert.match('waiting' in path ? path.waiting : '', /begins once the BGP session was up/)
})

test('in a VRF only its own links count, and without one only those of none; what is bound to no link is bound to the VRF', () => {
  const red = link('eth7', { name: 'red', index: 70, addresses: [] })
  const inside = { ...eth0, master: 70 }
  assert.deepEqual(bfdPath(specTo({ vrf: 'red' }), [inside, red]), { peer: router, interface: 'eth0', multihop: false })
  assert.deepEqual(bfdPath(specTo(), [inside, red]), { peer: router, multihop: false })
  assert.deepEqual(bfdPath(specTo({ vrf: 'red' }), [eth0, red]), { peer: router, interface: 'red', multihop: false })
})

test('a path stays while its link is away, because that is what is to be found; another address or another distance makes another', () => {
  const before = { peer: router, interface: 'eth0', multihop: false }
  assert.deepEqual(bfdPath(specTo(), [], before), before)
  assert.deepEqual(bfdPath(specTo({ hops: 'auto', observedLocal: ours }), [{ ...eth0, up: false }], before), before)
  assert.deepEqual(bfdPath(specTo({ address: far }), [], before), { peer: far, multihop: false })
  assert.deepEqual(bfdPath(specTo({ hops: 'multihop', observedLocal: ours }), [], before), { peer: router, local: ours, multihop: true })
  assert.deepEqual(bfdPath(specTo({ source: ours }), [], before), { peer: router, local: ours, multihop: false })
})
