import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { allocate } from '../../src/allocate/allocate'
import type { Outcome } from '../../src/allocate/outcome'
import { resolve } from '../../src/config/resolve'
import { observeAll } from '../cluster/sim-cluster'
import { type ApiObject, dualStack, namespace, pool, service, withIps } from '../objects'

function allocated(...objects: readonly ApiObject[]): (name: string) => Outcome {
  const world = observeAll(objects)
  const { outcomes } = allocate(world, resolve(world, undefined))
  return (name) => outcomes.get(`default/${name}`)!
}
const given = (outcome: Outcome): string =>
  outcome.kind === 'assigned' ? outcome.ips.join() : outcome.kind === 'refused' ? outcome.why.reason : outcome.kind
const annotated = (name: string, annotations: Record<string, string>, spec = {}): ApiObject => service(name, spec, { annotations })
const small = pool('p', ['192.0.2.1-192.0.2.3'])

describe('seekers', () => {
  test('get the lowest free address, the older Service first, and of equally old ones the first by name', () => {
    const late = { creationTimestamp: '2026-02-01T00:00:00Z' }
    const outcome = allocated(small, service('z', {}, {}), service('a', {}, late), service('b'))
    assert.deepEqual(
      ['a', 'b', 'z'].map((name) => given(outcome(name))),
      ['192.0.2.3', '192.0.2.1', '192.0.2.2'],
    )
  })

  test('come after everybody who holds an address, however young', () => {
    const holder = withIps(service('young', {}, { creationTimestamp: '2026-09-01T00:00:00Z' }), ['192.0.2.1'], 'p')
    const outcome = allocated(small, service('old'), holder)
    assert.equal(given(outcome('young')), '192.0.2.1')
    assert.equal(given(outcome('old')), '192.0.2.2')
  })

  test('use up blocks in the order listed, and skip .0 and .255 where asked', () => {
    const buggy = pool('p', ['198.51.100.255/32', '192.0.2.0/31'], { avoidBuggyIPs: true })
    const outcome = allocated(buggy, service('a'), service('b'))
    assert.deepEqual([given(outcome('a')), given(outcome('b'))], ['192.0.2.1', 'PoolExhausted'])
  })

  test('try reserved pools before others, by priority and then by name; without one it comes last', () => {
    const reserved = (name: string, address: string, priority?: number): ApiObject =>
      pool(name, [address], { serviceAllocation: { namespaces: ['default'], ...(priority === undefined ? {} : { priority }) } })
    const outcome = allocated(
      pool('a-open', ['192.0.2.5/32']),
      reserved('a-unset', '192.0.2.4/32'),
      reserved('c', '192.0.2.1/32', 10),
      reserved('b', '192.0.2.2/32', 20),
      reserved('d', '192.0.2.3/32', 20),
      ...['1', '2', '3', '4', '5', '6'].map((name) => service(name)),
    )
    const all = ['1', '2', '3', '4', '5', '6'].map((name) => given(outcome(name)))
    assert.deepEqual(all, ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5', 'PoolExhausted'])
  })

  const reservations = {
    'its namespace': [{ namespaces: ['default'] }, true],
    'another namespace': [{ namespaces: ['other'] }, false],
    "its namespace's labels": [{ namespaceSelectors: [{ matchLabels: { team: 'a' } }] }, true],
    "other namespaces' labels": [{ namespaceSelectors: [{ matchLabels: { team: 'b' } }] }, false],
    'one of names and labels': [{ namespaces: ['other'], namespaceSelectors: [{ matchLabels: { team: 'a' } }] }, true],
    'its labels': [{ serviceSelectors: [{ matchLabels: { tier: 'web' } }] }, true],
    'other labels': [{ serviceSelectors: [{ matchLabels: { tier: 'db' } }] }, false],
    'its namespace but other labels': [{ namespaces: ['default'], serviceSelectors: [{ matchLabels: { tier: 'db' } }] }, false],
    'a priority alone': [{ priority: 5 }, true],
  } as const
  for (const [what, [serviceAllocation, served]] of Object.entries(reservations)) {
    test(`are ${served ? '' : 'not '}served by a pool reserved for ${what}`, () => {
      const outcome = allocated(
        pool('p', ['192.0.2.1/32'], { serviceAllocation }),
        namespace('default', { team: 'a' }),
        service('s', {}, { labels: { tier: 'web' } }),
      )
      assert.equal(given(outcome('s')), served ? '192.0.2.1' : 'NoPoolPermits')
    })
  }
})

describe('what is requested and not available (docs/metallb-behaviour.md §2.5)', () => {
  const holder = withIps(service('holder'), ['192.0.2.1'], 'p')
  const rows: Readonly<Record<string, [wanted: ApiObject, expected: string, more?: ApiObject[]]>> = {
    'an address outside all pools': [service('s', { loadBalancerIP: '203.0.113.1' }), 'AddressNotInPool'],
    'an address that avoidBuggyIPs leaves out': [
      service('s', { loadBalancerIP: '198.51.100.0' }),
      'AddressNotInPool',
      [pool('b', ['198.51.100.0/24'], { avoidBuggyIPs: true })],
    ],
    'an address in a pool that assigns nothing by itself': [
      service('s', { loadBalancerIP: '198.51.100.7' }),
      '198.51.100.7',
      [pool('b', ['198.51.100.0/24'], { autoAssign: false })],
    ],
    'an address in a pool reserved for others': [
      service('s', { loadBalancerIP: '198.51.100.7' }),
      'PoolNotPermitted',
      [pool('b', ['198.51.100.0/24'], { serviceAllocation: { namespaces: ['x'] } })],
    ],
    'an address in use': [service('s', { loadBalancerIP: '192.0.2.1' }), 'AddressInUse'],
    'an address of the other family': [service('s', { loadBalancerIP: '2001:db8::1' }), 'FamilyMismatch', [pool('b', ['2001:db8::/120'])]],
    'one address for two families': [service('s', { ...dualStack('PreferDualStack'), loadBalancerIP: '192.0.2.2' }), 'FamilyMismatch'],
    'addresses in both places': [
      annotated('s', { 'metallb.io/loadBalancerIPs': '192.0.2.2' }, { loadBalancerIP: '192.0.2.2' }),
      'RequestedTwice',
    ],
    'an address in one pool and another pool by name': [
      annotated('s', { 'metallb.io/address-pool': 'b' }, { loadBalancerIP: '192.0.2.2' }),
      'AddressNotInNamedPool',
      [pool('b', ['198.51.100.0/24'])],
    ],
    'two addresses from two pools': [
      annotated('s', { 'metallb.io/loadBalancerIPs': '192.0.2.2,2001:db8::1' }, dualStack('RequireDualStack')),
      'AddressNotInPool',
      [pool('b', ['2001:db8::/120'])],
    ],
    'two addresses of one family': [annotated('s', { 'metallb.io/loadBalancerIPs': '192.0.2.2, 192.0.2.3' }), 'RequestMalformed'],
    'what is no address': [annotated('s', { 'metallb.io/loadBalancerIPs': 'ten' }), 'RequestMalformed'],
    'an unknown pool': [annotated('s', { 'metallb.io/address-pool': 'x' }), 'UnknownPool'],
    'a pool by name that assigns nothing by itself': [
      annotated('s', { 'metallb.io/address-pool': 'b' }),
      '198.51.100.7',
      [pool('b', ['198.51.100.7/32'], { autoAssign: false })],
    ],
    'an exhausted pool': [
      annotated('s', { 'metallb.io/address-pool': 'b' }),
      'PoolExhausted',
      [pool('b', ['192.0.2.9/32']), withIps(service('other'), ['192.0.2.9'], 'b')],
    ],
    'nothing, and no pool is open to it': [service('s'), 'NoPoolPermits', [pool('p', ['192.0.2.1-192.0.2.3'], { autoAssign: false })]],
    'nothing, as a headless Service': [service('s', { clusterIP: 'None', clusterIPs: ['None'] }), 'NoClusterIP'],
    'two families with one cluster IP': [service('s', { ipFamilyPolicy: 'RequireDualStack' }), 'NotEnoughClusterIPs'],
  }
  for (const [what, [wanted, expected, more = []]] of Object.entries(rows)) {
    test(`${what}: ${expected}`, () => assert.equal(given(allocated(small, holder, wanted, ...more)('s')), expected))
  }

  test('without a pool: NoPools', () => assert.equal(given(allocated(service('s'))('s')), 'NoPools'))

  test('the old annotation prefix counts where the new one is missing', () => {
    const both = { 'metallb.universe.tf/loadBalancerIPs': '192.0.2.3', 'metallb.io/loadBalancerIPs': '192.0.2.2' }
    assert.equal(given(allocated(small, annotated('s', { 'metallb.universe.tf/loadBalancerIPs': '192.0.2.3' }))('s')), '192.0.2.3')
    assert.equal(given(allocated(small, annotated('s', both))('s')), '192.0.2.2')
  })
})

describe('holders', () => {
  const held = (api: ApiObject, ...more: readonly ApiObject[]): Outcome => allocated(small, withIps(api, ['192.0.2.2'], 'p'), ...more)('s')

  test('who requests an address that cannot be had keeps the one it has (docs/adr/0005)', () => {
    const outcome = held(service('s', { loadBalancerIP: '203.0.113.1' }))
    assert.equal(given(outcome), '192.0.2.2')
    assert.equal(outcome.kind === 'assigned' && outcome.shortfall?.reason, 'KeptUntilAvailable')
  })

  test('who names a pool that is used up keeps the address it has', () => {
    const full = [pool('b', ['198.51.100.1/32']), withIps(service('other'), ['198.51.100.1'], 'b')]
    const outcome = held(annotated('s', { 'metallb.io/address-pool': 'b' }), ...full)
    assert.equal(given(outcome), '192.0.2.2')
    assert.equal(outcome.kind === 'assigned' && outcome.shortfall?.reason, 'KeptUntilAvailable')
  })

  test('who requests another free address gets it, and leaves its own to the next', () => {
    const outcome = allocated(
      pool('p', ['192.0.2.1-192.0.2.2']),
      withIps(service('s', { loadBalancerIP: '192.0.2.1' }), ['192.0.2.2'], 'p'),
      service('t', {}, { creationTimestamp: '2026-03-01T00:00:00Z' }),
    )
    assert.deepEqual([given(outcome('s')), given(outcome('t'))], ['192.0.2.1', '192.0.2.2'])
  })

  test('a malformed request changes nothing', () => {
    const outcome = held(annotated('s', { 'metallb.io/loadBalancerIPs': 'x' }))
    assert.equal(given(outcome), '192.0.2.2')
    assert.equal(outcome.kind === 'assigned' && outcome.shortfall?.reason, 'RequestMalformed')
  })

  test('autoAssign turned off changes nothing', () => {
    assert.equal(
      given(allocated(pool('p', ['192.0.2.0/24'], { autoAssign: false }), withIps(service('s'), ['192.0.2.2'], 'p'))('s')),
      '192.0.2.2',
    )
  })

  test('a pool that was renamed hands its holders over', () => {
    const outcome = allocated(pool('q', ['192.0.2.0/24']), withIps(service('s'), ['192.0.2.2'], 'p'))('s')
    assert.deepEqual(outcome.kind === 'assigned' && [outcome.ips.join(), outcome.pool], ['192.0.2.2', 'q'])
  })

  const losing = {
    'its pool shrank': [pool('p', ['198.51.100.1/32']), {}, 'AddressNotInPool'],
    'its pool is reserved for others': [pool('p', ['192.0.2.0/24'], { serviceAllocation: { namespaces: ['x'] } }), {}, 'PoolNotPermitted'],
    'avoidBuggyIPs was turned on': [pool('p', ['192.0.2.0/24'], { avoidBuggyIPs: true }), {}, 'AddressNotInPool', '192.0.2.255'],
    'its family changed': [pool('p', ['192.0.2.0/24']), { clusterIPs: ['fd00::1'], ipFamilies: ['IPv6'] }, 'FamilyChanged'],
  } as const
  for (const [what, [inForce, spec, reason, ip = '192.0.2.2']] of Object.entries(losing)) {
    test(`an address is lost when ${what}`, () => {
      const outcome = allocated(inForce, withIps(service('s', spec), [ip], 'p'))('s')
      assert.ok(outcome.kind !== 'released' && outcome.lost?.reason === reason, JSON.stringify(outcome))
    })
  }

  test('of two that hold the same address the older keeps it and the other gets another', () => {
    const outcome = allocated(
      small,
      withIps(service('b', {}, { creationTimestamp: '2026-03-01T00:00:00Z' }), ['192.0.2.1'], 'p'),
      withIps(service('s'), ['192.0.2.1'], 'p'),
    )
    assert.deepEqual([given(outcome('s')), given(outcome('b'))], ['192.0.2.1', '192.0.2.2'])
  })

  test('a Service that is no load balancer any more is released', () => {
    assert.equal(given(allocated(small, withIps(service('s', { type: 'ClusterIP' }), ['192.0.2.1'], 'p'))('s')), 'released')
  })

  test('an order of addresses in the status is kept, whatever was requested (a defect of MetalLB)', () => {
    const wanted = annotated('s', { 'metallb.io/loadBalancerIPs': '192.168.1.1,1000::1' }, dualStack('RequireDualStack'))
    const both = pool('p', ['192.168.1.0/24', '1000::/120'])
    assert.equal(given(allocated(both, wanted)('s')), '192.168.1.1,1000::1')
    assert.equal(given(allocated(both, withIps(wanted, ['192.168.1.1', '1000::1'], 'p'))('s')), '192.168.1.1,1000::1')
  })
})

describe('sharing', () => {
  const sharing = (name: string, spec = {}, key = 'k'): ApiObject => annotated(name, { 'metallb.io/allow-shared-ip': key }, spec)
  const udp = { ports: [{ port: 80, protocol: 'UDP' }] }
  const local = { externalTrafficPolicy: 'Local', selector: { app: 'x' } }
  const first = withIps(sharing('first', {}), ['192.0.2.2'], 'p')
  const rows: Readonly<Record<string, readonly [ApiObject, string]>> = {
    'the same key and other ports share': [sharing('s', udp), '192.0.2.2'],
    'the same port number of another protocol is another port': [sharing('s', { ports: [{ port: 80, protocol: 'SCTP' }] }), '192.0.2.2'],
    'the same port does not fit': [sharing('s'), '192.0.2.1'],
    'another key does not fit': [sharing('s', udp, 'other'), '192.0.2.1'],
    'Local beside Cluster does not fit': [sharing('s', { ...udp, ...local }), '192.0.2.1'],
    'requested with the same port: PortInUse': [sharing('s', { loadBalancerIP: '192.0.2.2' }), 'PortInUse'],
    'requested with another key: AddressInUse': [sharing('s', { ...udp, loadBalancerIP: '192.0.2.2' }, 'other'), 'AddressInUse'],
  }
  for (const [what, [second, expected]] of Object.entries(rows))
    test(what, () => assert.equal(given(allocated(small, first, second)('s')), expected))

  test('two Local Services share only with one selector', () => {
    const holder = withIps(sharing('first', local), ['192.0.2.2'], 'p')
    assert.equal(given(allocated(small, holder, sharing('s', { ...udp, ...local }))('s')), '192.0.2.2')
    assert.equal(given(allocated(small, holder, sharing('s', { ...udp, ...local, selector: { app: 'y' } }))('s')), '192.0.2.1')
  })

  test('one of two leaves a shared address: the other keeps it', () => {
    const leaver = withIps(sharing('a', { ...udp, loadBalancerIP: '192.0.2.3' }), ['192.0.2.2'], 'p')
    const asking = service('s', { loadBalancerIP: '192.0.2.2' }, { creationTimestamp: '2026-03-01T00:00:00Z' })
    const outcome = allocated(small, first, leaver, asking)
    assert.deepEqual([given(outcome('a')), given(outcome('first')), given(outcome('s'))], ['192.0.2.3', '192.0.2.2', 'AddressInUse'])
  })

  test('the only user of an address may change its key', () => {
    assert.equal(given(allocated(small, withIps(sharing('s', {}, 'new'), ['192.0.2.2'], 'p'))('s')), '192.0.2.2')
  })
})

describe('two families', () => {
  const [four, six, both] = [
    pool('four', ['192.0.2.0/29']),
    pool('six', ['2001:db8::/125']),
    pool('z-both', ['198.51.100.1/32', '2001:db8:1::1/128']),
  ]

  test('come from one pool, IPv4 first', () => {
    assert.equal(given(allocated(four, six, both, service('s', dualStack('RequireDualStack')))('s')), '198.51.100.1,2001:db8:1::1')
  })

  test('RequireDualStack gets nothing from two pools together', () => {
    assert.equal(given(allocated(four, six, service('s', dualStack('RequireDualStack')))('s')), 'PoolExhausted')
  })

  test('PreferDualStack takes its primary family first, then the other', () => {
    const preferring = service('s', dualStack('PreferDualStack'))
    assert.equal(given(allocated(four, six, preferring)('s')), '192.0.2.0')
    assert.equal(given(allocated(six, preferring)('s')), '2001:db8::1')
    assert.equal(
      given(allocated(four, six, service('s', { ...dualStack('PreferDualStack'), ipFamilies: ['IPv6', 'IPv4'] }))('s')),
      '2001:db8::1',
    )
  })

  test('PreferDualStack with one address gets the other when its pool has one', () => {
    const holder = withIps(service('s', dualStack('PreferDualStack')), ['198.51.100.1'], 'z-both')
    assert.equal(given(allocated(both, holder)('s')), '198.51.100.1,2001:db8:1::1')
  })
})
