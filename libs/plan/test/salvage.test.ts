import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import fc from 'fast-check'
import {
  announcementPlanSpec,
  announcementPlanStatus,
  announcementSliceSpec,
  type Contract,
  routeSetSpec,
  type Sound,
  salvage,
} from '../src/contracts'

const entry = { address: '192.0.2.1', services: ['default/web'], candidates: ['node1'], term: 1 }
const route = { prefix: '192.0.2.0/24', services: ['default/web'] }
const session = {
  peer: 'tor',
  address: '192.0.2.1',
  port: 179,
  myASN: 64_512,
  peerASN: 64_513,
  families: ['ipv4'],
  holdSeconds: 90,
  keepaliveSeconds: 30,
  connectSeconds: 10,
  ebgpMultiHop: false,
}
const bfd = { profile: 'fast', receiveIntervalMillis: 50, transmitIntervalMillis: 50, detectMultiplier: 3, passive: false }
const plan = { node: 'n', sessions: [session], routeSets: [], slices: [], excludeInterfaces: [], partners: [] }

/** What is said of it. */
const faults = <T>(contract: Contract<T>, value: unknown): readonly string[] =>
  salvage(contract, value, 'spec').faults.map(({ text }) => text)
const ofSession = (change: object) => faults(announcementPlanSpec, { ...plan, sessions: [{ ...session, ...change }] })
const ofRoute = (change: object) => faults(routeSetSpec, { audience: 'every-node', routes: [{ ...route, ...change }] })

test('what is good comes back as it is, element by element the same object', () => {
  const spec = { node: 'n', l2: [entry], routes: [route] }
  const { sound, faults } = salvage(announcementSliceSpec, { ...spec, later: 1 }, 'spec')
  assert.deepEqual([sound, faults], [spec, []])
  assert.equal(sound.l2[0], entry)
})

test('a bad element costs itself, and one sentence says where and what', () => {
  const bad = { ...entry, address: '192.0.2.300', term: -1 }
  const { sound, faults } = salvage(announcementSliceSpec, { node: 'n', l2: [entry, bad, entry], routes: [route] }, 'spec')
  assert.deepEqual(sound, { node: 'n', l2: [entry, entry], routes: [route] })
  assert.deepEqual(faults, [{ field: 'l2', text: 'spec.l2[1].address: "192.0.2.300" is no IP address' }])
})

test('a missing list is empty; a missing or bad field is a fault and left out', () => {
  assert.deepEqual(salvage(routeSetSpec, { audience: 'x' }, 'spec'), { sound: { audience: 'x', routes: [] }, faults: [] })
  const { sound, faults } = salvage(routeSetSpec, { routes: [route] }, 'spec')
  assert.deepEqual(sound, { routes: [route] } satisfies Sound<unknown>)
  assert.deepEqual(faults, [{ field: 'audience', text: 'spec.audience: nothing where a value belongs' }])
  assert.deepEqual(salvage(announcementPlanSpec, { ...plan, leaving: 'home' }, 'spec').faults, [
    { field: 'leaving', text: 'spec.leaving: "home" is none of shutdown, out-of-service, drain' },
  ])
})

describe('every rule of the manifests says what belongs there', () => {
  test.each<readonly [object, string]>([
    [{ peer: '' }, '.peer: "" where a text belongs'],
    [{ peer: 7 }, '.peer: 7 where a text belongs'],
    [{ port: undefined }, '.port: nothing where a value belongs'],
    [{ port: 65_536 }, '.port: 65536 is no whole number from 1 to 65535'],
    [{ port: '179' }, '.port: "179" is no whole number from 1 to 65535'],
    [{ ebgpMultiHop: 'no' }, '.ebgpMultiHop: "no" where true or false belongs'],
    [{ families: 'ipv4' }, '.families: "ipv4" where a list belongs'],
    [{ families: [] }, '.families: the list is empty, which would mean nowhere'],
    [{ families: ['ipx'] }, '.families[0]: "ipx" is none of ipv4, ipv6'],
    [{ holdSeconds: 2 }, '.holdSeconds: a hold time is 0 (off) or at least 3, not 2 (RFC 4271 §4.2)'],
    [{ interface: 'eth0' }, ': session tor has both address and interface: exactly one belongs there'],
    [{ peerASN: undefined }, ': session tor has neither peerASN nor dynamicASN: exactly one belongs there'],
    [{ routerID: '2001:db8::1' }, '.routerID: "2001:db8::1" is no IPv4 address'],
    [{ sourceAddress: '2001:DB8::1' }, '.sourceAddress: "2001:DB8::1" is not canonical: write 2001:db8::1'],
    [{ bfd: { ...bfd, minimumTtl: 0 } }, '.bfd.minimumTtl: 0 is no whole number from 1 to 254'],
    [{ passwordSecret: 'x' }, '.passwordSecret: "x" where an object belongs'],
  ])('a session with %j', (change, says) => assert.deepEqual(ofSession(change), [`spec.sessions[0]${says}`]))

  test.each<readonly [object, string]>([
    [{ prefix: '192.0.2.1' }, '.prefix: "192.0.2.1" is no address/length'],
    [{ prefix: '192.0.2.1/24' }, '.prefix: "192.0.2.1/24" is not canonical: write 192.0.2.0/24'],
    [{ asPathPrepend: 0 }, '.asPathPrepend: 0 is no whole number from 1 to 10'],
    [{ asPathPrepend: 11 }, '.asPathPrepend: 11 is no whole number from 1 to 10'],
    [{ communities: ['64512:1', 'large:1:2'] }, '.communities[1]: "large:1:2" is neither a:b nor large:a:b:c'],
    [{ peers: [] }, '.peers: the list is empty, which would mean nowhere'],
  ])('a route with %j', (change, says) => assert.deepEqual(ofRoute(change), [`spec.routes[0]${says}`]))

  test('a hold time of 0 or 3, and every form of a community', () => {
    assert.deepEqual([...ofSession({ holdSeconds: 0 }), ...ofSession({ holdSeconds: 3, bfd })], [])
    assert.deepEqual(ofRoute({ communities: ['64512:1', 'large:4294967295:0:1'] }), [])
  })

  test('patterns and the whole', () => {
    assert.deepEqual(faults(announcementPlanSpec, { ...plan, excludeInterfaces: ['^eth', '('] }), [
      'spec.excludeInterfaces[1]: "(" is no regular expression',
    ])
    const link = { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['192.0.2.1'] }
    const withLink = (change: object) =>
      faults(announcementPlanSpec, { ...plan, partners: [{ node: 'm', links: [{ ...link, ...change }] }] })
    assert.deepEqual(withLink({}), [])
    for (const mac of ['02:00:00:00:00', '02:00:00:00:00:0G', '02-00-00-00-00-01', '02:00:00:00:00:01:02'])
      assert.deepEqual(withLink({ mac }), [`spec.partners[0].links[0].mac: "${mac}" is no MAC address such as 02:00:00:00:00:01`])
    assert.deepEqual(faults(announcementPlanSpec, undefined), ['spec: nothing where an object belongs'])
    assert.deepEqual(faults(announcementPlanSpec, { ...plan, sessions: 'all' }), ['spec.sessions: "all" where a list belongs'])
  })
})

test('a status is read like a spec, and may have nothing to say', () => {
  const session = { peer: 'tor', state: 'Established', since: '', announcedIPv4: 1, announcedIPv6: 0 }
  const status = { observedGeneration: 1, sessions: [session, { ...session, state: 'Fine' }] }
  const { sound, faults } = salvage(announcementPlanStatus, status, 'status')
  assert.deepEqual([sound.observedGeneration, sound.sessions, sound.claims], [1, [session], []])
  assert.equal(faults[0]?.text, 'status.sessions[1].state: "Fine" is none of Idle, Connect, Active, OpenSent, OpenConfirm, Established')
})

test('no JSON makes it throw, and what it keeps has no faults', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.record({ node: fc.jsonValue(), l2: fc.jsonValue(), routes: fc.jsonValue() })), (value) => {
      const { sound } = salvage(announcementSliceSpec, value, 'spec')
      assert.deepEqual(faults(announcementSliceSpec, { node: 'n', ...sound }), [])
    }),
  )
})

test('the example of the README', () => {
  const { sound, faults } = salvage(announcementSliceSpec, { node: 'node1', l2: [{ address: 'x' }] }, 'spec')
  assert.deepEqual([sound.l2, faults], [[], [{ field: 'l2', text: 'spec.l2[0].services: nothing where a value belongs' }]])
})

test('a value that cannot even be compared is a fault, and no exception', () => {
  const uncomparable: readonly unknown[] = [{ toString: 1 }, { valueOf: 1, toString: 1 }, Object.create(null), [], Symbol.iterator]
  for (const strange of uncomparable) {
    const session = { holdSeconds: strange, keepaliveSeconds: strange, port: strange, address: strange, families: strange }
    assert.ok(salvage(announcementPlanSpec, { node: strange, sessions: [session, strange], leaving: strange }, 'spec').faults.length > 0)
  }
})
