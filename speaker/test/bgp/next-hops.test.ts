import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { parseMac } from '@loadstone/ip'
import type { NegotiatedSession } from 'bgp-js'
import fc from 'fast-check'
import { nextHopsOf, nodeIpv4, otherNextHop, routesFor } from '../../src/bgp/next-hops'
import type { L2Interface } from '../../src/messages/messages'
import { type Advertised, adjRibsOut } from '../../src/plan/adj-ribs-out'
import { ip, route, session } from '../builders'

const peers = [session({ peer: 'a' }), session({ peer: 'b' })]
const advertised = (...routes: ReturnType<typeof route>[]): Record<string, string[]> =>
  Object.fromEntries([...adjRibsOut(peers, routes)].map(([peer, rib]) => [peer, [...rib.keys()].sort()]))

test('a route without peers goes to every session, one with peers to those alone', () => {
  assert.deepEqual(
    advertised(route('203.0.113.1/32'), route('203.0.113.2/32', { peers: ['b'] }), route('203.0.113.3/32', { peers: ['gone'] })),
    {
      a: ['203.0.113.1/32'],
      b: ['203.0.113.1/32', '203.0.113.2/32'],
    },
  )
})

test('a prefix from several routes is told once, with all communities and the highest preference, in whatever order they come', () => {
  const routes = [
    route('203.0.113.0/24', { communities: ['64512:2', '64512:1'], localPref: 100 }),
    route('203.0.113.0/24', { communities: ['large:1:2:3', '64512:1'], localPref: 200 }),
    route('203.0.113.0/24'),
  ]
  fc.assert(
    fc.property(fc.shuffledSubarray(routes, { minLength: 3 }), (order) => {
      assert.deepEqual(adjRibsOut(peers, order).get('a')?.get('203.0.113.0/24'), {
        prefix: '203.0.113.0/24',
        communities: ['64512:1', '64512:2', 'large:1:2:3'],
        localPref: 200,
      })
    }),
  )
})

test('a prefix from several routes is prepended to as little as one of them asks for', () => {
  const told = (...prepended: readonly (number | undefined)[]) =>
    adjRibsOut(
      peers,
      prepended.map((asPathPrepend) => route('203.0.113.0/24', asPathPrepend === undefined ? {} : { asPathPrepend })),
    ).get('a')
  assert.equal(told(3, 2)?.get('203.0.113.0/24')?.asPathPrepend, 2)
  assert.equal(told(2, 3)?.get('203.0.113.0/24')?.asPathPrepend, 2)
  assert.equal(told(3, undefined)?.get('203.0.113.0/24')?.asPathPrepend, undefined)
})

test('prepending reaches bgp-js for both families, and a route without it has no such attribute', () => {
  const rib = held(
    { prefix: '203.0.113.1/32', asPathPrepend: 4 },
    { prefix: '2001:db8::1/128', asPathPrepend: 4 },
    { prefix: '203.0.113.2/32' },
  )
  const routes = routesFor(rib, { ipv4: 'self', ipv6: 'self' })
  assert.deepEqual(
    routes.map((one) => one.asPathPrepend),
    [4, 4, undefined],
  )
  assert.ok(!('asPathPrepend' in routes[2]!))
})

const held = (...routes: Advertised[]) => new Map(routes.map((value) => [value.prefix, { value }]))

test('routes of the session’s family go by its own address, those of the other by the node’s on the same link', () => {
  const rib = held(route('203.0.113.1/32'), route('2001:db8::1/128'))
  const hops = (local: string | undefined, ...addresses: string[]) =>
    routesFor(rib, nextHopsOf({}, local === undefined ? {} : { local: ip(local) }, [link('eth0', ...addresses)])).map(
      ({ nextHop }) => nextHop,
    )
  assert.deepEqual(hops('192.0.2.5', '192.0.2.5', '2001:db8:1::5'), ['self', '2001:db8:1::5'])
  assert.deepEqual(hops('2001:db8:1::5', '192.0.2.5', '2001:db8:1::5'), ['192.0.2.5', 'self'])
  assert.deepEqual(hops('192.0.2.5', '192.0.2.5'), ['self', 'self']) // bgp-js names it as unannounced
  assert.deepEqual(hops(undefined, '192.0.2.5', '2001:db8:1::5'), ['self', 'self']) // it is not up yet
})

test('over link-local addresses IPv6 goes by the link’s global address and the link-local one, and IPv4 too where that was agreed', () => {
  const devices = [link('eth0', '10.0.0.5', 'fd00::5'), link('eth1', '192.0.2.5', '2001:db8::9', '2001:db8::5')]
  const local = ip('fe80::5')
  const hops = (device: string, extendedNextHop: boolean) =>
    nextHopsOf({ interface: device }, { local, agreed: { extendedNextHop } as NegotiatedSession }, devices)
  const both = ['2001:db8::5', 'fe80::5']
  assert.deepEqual(hops('eth1', true), { ipv4: both, ipv6: both })
  assert.deepEqual(hops('eth1', false), { ipv4: '192.0.2.5', ipv6: both })
  assert.deepEqual(hops('eth9', true), { ipv4: 'self', ipv6: 'self' })
  assert.deepEqual(hops('eth9', false), { ipv4: 'self', ipv6: 'self' }) // IPv4 is named as unannounced
})

test('communities of both kinds are told apart', () => {
  const rib = held(route('203.0.113.1/32', { communities: ['64512:7', 'large:64512:7:8'], localPref: 0 }))
  const [made] = routesFor(rib, { ipv4: 'self', ipv6: 'self' })
  assert.deepEqual([made?.communities, made?.largeCommunities, made?.localPref], [['64512:7'], ['64512:7:8'], 0])
})

const link = (name: string, ...addresses: string[]): L2Interface => ({
  name,
  mac: parseMac('02:00:5e:10:00:01')!,
  up: true,
  answers: ['ipv4', 'ipv6'],
  addresses: addresses.map(ip),
})

test('the next hop of the other family is the lowest address of the link that has the session’s', () => {
  const links = [link('eth0', '10.0.0.5', 'fd00::5'), link('eth1', '192.0.2.5', '2001:db8::9', '2001:db8::5'), link('eth2', 'fd00::1')]
  assert.equal(otherNextHop(ip('192.0.2.5'), links), '2001:db8::5')
  assert.equal(otherNextHop(ip('2001:db8::9'), links), '192.0.2.5')
  assert.equal(otherNextHop(ip('198.51.100.1'), links), undefined)
  assert.equal(otherNextHop(undefined, links), undefined)
  assert.equal(nodeIpv4(links), '10.0.0.5')
})
