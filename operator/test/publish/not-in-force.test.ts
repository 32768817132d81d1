import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { SimCluster } from '../cluster/sim-cluster'
import { type ApiObject, bgp, dualStack, endpoints, l2, namespace, node, object, peer, pool, service } from '../objects'

const cluster = (...objects: readonly ApiObject[]): SimCluster =>
  new SimCluster([...objects, endpoints('default/web', ['n1'])]).addNodes(node('n1')).settle()
const said = (c: SimCluster, type: 'Allocated' | 'Announced', name = 'web') => c.condition('Service', name, `loadstone.dev/${type}`)
const asking = (name: string, fields: Record<string, string>): ApiObject =>
  service(name, {}, { annotations: Object.fromEntries(Object.entries(fields).map(([key, value]) => [`metallb.io/${key}`, value])) })

const bad = ['192.0.2.9-192.0.2.1']
const fault = 'The IPAddressPool p is not in force as it stands: The range 192.0.2.9-192.0.2.1 ends before it starts; swap its ends.'
const good = pool('q', ['198.51.100.1/32'])

describe('a pool that is not in force is named on the Services that want it', () => {
  const reserved = { serviceAllocation: { namespaces: ['other'], serviceSelectors: [{ matchLabels: { app: 'x' } }] } }
  const rows: readonly (readonly [string, readonly ApiObject[], string, string])[] = [
    ['the only pool', [pool('p', bad), service('web')], 'PoolNotInForce', fault],
    ['named by the Service', [pool('p', bad), good, asking('web', { 'address-pool': 'p' })], 'PoolNotInForce', fault],
    ['which may hold what it requests', [pool('p', bad), asking('web', { loadBalancerIPs: '192.0.2.5' })], 'PoolNotInForce', fault],
    [
      'when the others are used up',
      [pool('p', bad), good, service('a0'), service('web')],
      'PoolNotInForce',
      `No free IPv4 address in the IPAddressPool q; enlarge it or add one. ${fault}`,
    ],
    [
      'refused for what another pool says',
      [
        good,
        pool('z', ['198.51.100.0/24', '2001:db8::1/128'], {}, { creationTimestamp: '2026-02-01T00:00:00Z' }),
        service('a0'),
        service('web'),
      ],
      'PoolNotInForce',
      'No free IPv4 address in the IPAddressPool q; enlarge it or add one. The IPAddressPool z is not in force as it stands: 198.51.100.0/24 overlaps with 198.51.100.1/32 of the IPAddressPool q, which came first.',
    ],
    ['in another namespace', [pool('p', ['192.0.2.0/24'], {}, { namespace: 'default' }), service('web')], 'PoolNotInForce', ''],
    ['not one that gives nothing by itself', [pool('p', bad, { autoAssign: false }), service('web')], 'NoPoolPermits', ''],
    ['not one for other namespaces', [pool('p', bad, reserved), namespace('default'), service('web')], 'NoPoolPermits', ''],
    ['not one that the Service does not name', [pool('p', bad), asking('web', { 'address-pool': 'gone' })], 'UnknownPool', ''],
    [
      'not one that holds other addresses',
      [
        good,
        pool('z', ['198.51.100.0/24'], {}, { creationTimestamp: '2026-02-01T00:00:00Z' }),
        asking('web', { loadBalancerIPs: '192.0.2.5' }),
      ],
      'AddressNotInPool',
      '',
    ],
    ['not where the Service itself is at fault', [pool('p', bad), asking('web', { loadBalancerIPs: 'x' })], 'RequestMalformed', ''],
  ]
  test.each(rows)('%s', (_, objects, reason, message) => {
    const allocated = said(cluster(...objects), 'Allocated')
    assert.deepEqual([allocated.status, allocated.reason], ['False', reason])
    if (message !== '') assert.equal(allocated.message, message)
  })

  test('whose addition is refused, while what it said before goes on', () => {
    const c = cluster(pool('p', ['192.0.2.1/32']), service('a0'), service('web'))
    assert.equal(said(c, 'Allocated').reason, 'PoolExhausted')
    c.put(pool('p', ['192.0.2.1/32', ...bad]))
    c.settle()
    assert.deepEqual([said(c, 'Allocated').reason, said(c, 'Allocated', 'a0').reason], ['PoolNotInForce', 'Allocated'])
    c.put(pool('p', ['192.0.2.1-192.0.2.9']))
    assert.deepEqual(c.settle().ips('web'), ['192.0.2.2'])
  })

  test('also where an address is kept that is not the one asked for', () => {
    const c = cluster(good, pool('p', bad), service('web', dualStack('PreferDualStack')))
    assert.equal(said(c, 'Allocated').reason, 'FamilyMissing')
    assert.ok(said(c, 'Allocated').message.endsWith(fault))
  })

  test('in event and summary as well', () => {
    const c = new SimCluster([pool('p', bad), service('web')])
    const [write] = c.pass().filter((one) => one.do === 'service-status')
    assert.deepEqual(write?.events, [
      { type: 'Warning', reason: 'AllocationFailed', message: `Failed to allocate IP for "default/web": ${fault}` },
    ])
    assert.equal(write?.summary, `${fault} The Service has no address.`)
  })
})

describe('an advertisement or peer that is not in force is named on the Services that want it', () => {
  const base = [pool('p', ['192.0.2.1/32'], {}, { labels: { lan: 'a' } }), service('web', {}, { labels: { app: 'x' } })]
  const wrong = { interfaces: ['eth0'], nodeSelectors: [{ matchExpressions: [{ key: 'rack', operator: 'Near', values: ['a'] }] }] }
  const rows: readonly (readonly [string, readonly ApiObject[], string, RegExp])[] = [
    ['an L2Advertisement', [l2('lan', wrong)], 'AdvertisementNotInForce', /^The L2Advertisement lan is not in force as it stands: .*Near/],
    [
      'a BGPAdvertisement by its pool',
      [bgp('b', { ...wrong, ipAddressPools: ['p'] })],
      'AdvertisementNotInForce',
      /^The BGPAdvertisement b /,
    ],
    [
      'by the label of the pool',
      [bgp('b', { ...wrong, ipAddressPoolSelectors: [{ matchLabels: { lan: 'a' } }] })],
      'AdvertisementNotInForce',
      /b/,
    ],
    ['not one of another pool', [l2('lan', { ...wrong, ipAddressPools: ['q'] })], 'NoAdvertisement', /./],
    ['not one for other Services', [l2('lan', { ...wrong, serviceSelectors: [{ matchLabels: { app: 'y' } }] })], 'NoAdvertisement', /./],
    [
      'beside one in force that no node may follow',
      [l2('ok', { nodeSelectors: [{ matchLabels: { rack: 'z' } }] }), l2('lan', wrong)],
      'NoEligibleNode',
      /The L2Advertisement lan is not in force as it stands: /,
    ],
    ['a BGPPeer', [bgp(), peer('r', { holdTime: '1s' })], 'PeerNotInForce', /^The BGPPeer r is not in force as it stands: /],
    ['a BGPPeer that an advertisement names', [bgp('b', { peers: ['r'] }), peer('r', { holdTime: '1s' })], 'PeerNotInForce', /r/],
    ['a BGPPeer that waits for a Secret', [bgp(), peer('r', { passwordSecret: { name: 'gone' } })], 'PeerNotInForce', /Secret gone/],
    [
      'not one that selects other nodes',
      [bgp(), peer('r', { holdTime: '1s', nodeSelectors: [{ matchLabels: { a: 'b' } }] })],
      'NoPeers',
      /./,
    ],
    [
      'not one that no advertisement names',
      [bgp('b', { peers: ['r', 'nobody'] }), peer('r', { nodeSelectors: [{ matchLabels: { a: 'b' } }] }), peer('s', { holdTime: '1s' })],
      'NoPeers',
      /./,
    ],
    [
      'a BGPPeer whose BFDProfile is missing',
      [bgp(), peer('r', { bfdProfile: 'none' }), object('BFDProfile', 'f')],
      'PeerNotInForce',
      /none/,
    ],
  ]
  test.each(rows)('%s', (_, objects, reason, message) => {
    const announced = said(cluster(...base, ...objects), 'Announced')
    assert.deepEqual([announced.status, announced.reason], ['False', reason])
    assert.match(announced.message, message)
  })

  test('a BGPPeer beside another whose session is down', () => {
    const c = cluster(...base, bgp(), peer('up'), peer('wrong', { holdTime: '1s', peerAddress: '192.0.2.9' }))
    const plan = c.get('AnnouncementPlan', 'n1')
    const [session] = plan.status['sessions'] as Record<string, unknown>[]
    c.put({ ...plan, status: { ...plan.status, sessions: [{ ...session, state: 'Active', announcedIPv4: 0 }] } })
    c.pass()
    c.nowSeconds += 10
    c.pass()
    assert.equal(said(c, 'Announced').reason, 'NoSessionUp')
    assert.match(said(c, 'Announced').message, /The BGPPeer wrong is not in force as it stands: /)
  })

  test.each<readonly [string, readonly ApiObject[], (spec: Record<string, unknown>) => ApiObject]>([
    ['L2Advertisement', [], (spec) => l2('ad', spec)],
    ['BGPAdvertisement', [peer('r')], (spec) => bgp('ad', spec)],
    ['BGPAdvertisement of a Local Service', [peer('r'), service('web', { externalTrafficPolicy: 'Local' })], (spec) => bgp('ad', spec)],
  ])('not where what it said before still announces, over a restart too: %s', (_, more, make) => {
    const c = cluster(...base, ...more, make({}))
    assert.equal(said(c, 'Announced').status, 'True')
    c.put(make(wrong))
    assert.equal(said(c.settle(), 'Announced').status, 'True')
    assert.equal(said(c.restart().settle(), 'Announced').status, 'True')
  })

  test('three of many by name', () => {
    const { message } = said(cluster(...base, ...['a', 'b', 'c', 'd', 'e'].map((name) => l2(name, wrong))), 'Announced')
    assert.match(message, /^The L2Advertisement a .*The L2Advertisement b .*The L2Advertisement c .*And 2 more objects are not in force\.$/)
  })
})

describe('while the operator cannot see everything', () => {
  const why = 'the API server refuses to list endpointslices (403)'

  test('who waits for an address is told so once, and who has one keeps what is said', () => {
    const c = cluster(pool('p', ['192.0.2.1/32']), l2(), service('a0'), service('web'))
    const before = c.get('Service', 'a0')
    c.pass(why)
    assert.deepEqual(
      [said(c, 'Allocated').reason, said(c, 'Announced').reason, said(c, 'Allocated').status],
      ['InputsIncomplete', 'NoAddress', 'False'],
    )
    assert.match(c.get('Service', 'web').metadata.annotations?.['loadstone.dev/status'] ?? '', /gives no address at the moment: .*403/)
    assert.equal(c.get('Service', 'a0'), before)
    assert.deepEqual(c.pass(why), [], 'once')
    assert.equal(said(c.settle(), 'Allocated').reason, 'PoolExhausted')
  })

  test('a Service whose status was lost, or is somebody else’s, is left alone', () => {
    const c = cluster(pool('p', ['192.0.2.1/32']), l2(), service('web'))
    const web = c.get('Service', 'web')
    c.put({ ...web, status: { loadBalancer: {} } })
    c.put({ ...service('host'), status: { loadBalancer: { ingress: [{ hostname: 'example.com' }] } } })
    assert.ok(!c.pass(why).some((write) => write.do === 'service-status'))
  })

  test('what it once had is remembered still', () => {
    const c = cluster(pool('p', ['192.0.2.1/32']), l2(), service('web'))
    c.remove('IPAddressPool/metallb-system/p')
    c.settle()
    const wish = c.get('Service', 'web').metadata.annotations?.['loadstone.dev/allocated']
    assert.ok(wish !== undefined)
    c.pass(why)
    assert.equal(c.get('Service', 'web').metadata.annotations?.['loadstone.dev/allocated'], wish)
  })
})

test('the summary is one line of at most 1,024 characters, whatever people wrote', () => {
  const c = cluster(good, asking('web', { 'address-pool': `a\n\u0085\u2028b${'c'.repeat(2000)}` }))
  const line = c.get('Service', 'web').metadata.annotations?.['loadstone.dev/status'] ?? ''
  assert.equal(line.length, 1024)
  assert.match(line, /^The Service names the IPAddressPool a bccc.*…$/)
})
