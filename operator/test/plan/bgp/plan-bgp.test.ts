import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { SimCluster } from '../../cluster/sim-cluster'
import { type ApiObject, bgp, dualStack, endpoints, node, notReady, peer, phasesOf, pool, service, speakerPod } from '../../objects'

const nodes = [node('n1', { rack: 'a' }), node('n2', { rack: 'a' }), node('n3', { rack: 'b' })]
const only = (label: string) => ({ nodeSelectors: [{ matchLabels: { rack: label } }] })
const base = [pool('p', ['192.0.2.0/24']), peer('r'), service('web'), endpoints('default/web', ['n1'])]
const cluster = (...more: readonly ApiObject[]): SimCluster => new SimCluster([...base, ...more]).addNodes(...nodes).settle()
const announced = (c: SimCluster) => c.condition('Service', 'web', 'loadstone.dev/Announced')
const audiences = (c: SimCluster): Record<string, readonly string[]> =>
  Object.fromEntries([...c.routeSets().values()].map(({ audience, routes }) => [audience, routes.map(({ prefix }) => prefix)]))
const routes = (c: SimCluster) => [...c.routeSets().values()].flatMap((set) => set.routes)

describe('externalTrafficPolicy Cluster', () => {
  test('one RouteSet holds the route of all nodes', () => {
    const c = cluster(bgp())
    assert.deepEqual(audiences(c), { 'every-node': ['192.0.2.0/32'] })
    for (const { metadata } of nodes) assert.deepEqual(c.plan(metadata.name).routeSets, ['every-node-0'])
    assert.equal(announced(c).reason, 'Announced')
  })

  test('one Service more writes its status and one RouteSet, whatever the number of nodes', () => {
    const c = cluster(bgp())
    c.put(service('second'), endpoints('default/second', ['n2']))
    const phases = phasesOf(c.decide().publication)
    assert.deepEqual(
      phases.flat().map((write) => (write.do === 'apply' ? write.name : write.do)),
      ['service-status', 'every-node-0'],
    )
  })

  test('the last Service leaves an empty RouteSet, so that the next costs one write', () => {
    const c = cluster(bgp())
    c.remove('Service/default/web')
    c.settle()
    assert.deepEqual(audiences(c), { 'every-node': [] })
    c.remove('BGPAdvertisement/metallb-system/bgp')
    c.settle()
    assert.deepEqual(audiences(c), {})
  })

  test('a node that joins changes its own plan only', () => {
    const c = cluster(bgp())
    c.addNodes(node('n9')).pass()
    c.speakersReport()
    const phases = phasesOf(c.decide().publication)
    assert.deepEqual(phases.flat(), [])
    assert.deepEqual(c.plan('n9').routeSets, ['every-node-0'])
  })

  test('nodes are divided by which advertisements apply, so that a node finds each prefix once', () => {
    const c = cluster(bgp('all', { communities: ['1:1'] }), bgp('some', { ...only('a'), communities: ['2:2'] }))
    assert.deepEqual(audiences(c), { 'every-node but not rack=a': ['192.0.2.0/32'], 'rack=a': ['192.0.2.0/32'] })
    for (const { metadata } of nodes) assert.deepEqual(c.routesOf(metadata.name), ['192.0.2.0/32'])
    const told = Object.fromEntries([...c.routeSets().values()].map((set) => [set.audience, set.routes[0]!.communities]))
    assert.deepEqual(told, { 'rack=a': ['1:1', '2:2'], 'every-node but not rack=a': ['1:1'] })
  })

  test('a node keeps announcing while it is not ready and while its speaker is away', () => {
    const c = cluster(bgp())
    c.put(notReady(nodes[0]!))
    c.remove('speaker-n2')
    c.settle()
    for (const { metadata } of nodes) assert.deepEqual(c.routesOf(metadata.name), ['192.0.2.0/32'])
  })

  const bars: Readonly<Record<string, ApiObject>> = {
    'is excluded by label': node('n1', { rack: 'a', 'node.kubernetes.io/exclude-from-external-load-balancers': '' }),
    'has no network': { ...nodes[0]!, status: { conditions: [{ type: 'NetworkUnavailable', status: 'True' }] } },
    'is out of service': { ...nodes[0]!, spec: { taints: [{ key: 'node.kubernetes.io/out-of-service' }] } },
  }
  for (const [what, excluded] of Object.entries(bars)) {
    test(`a node that ${what} lists no RouteSet`, () => {
      const c = cluster(bgp())
      c.put(excluded)
      c.settle()
      assert.deepEqual([c.routesOf('n1'), c.routesOf('n2')], [[], ['192.0.2.0/32']])
    })
  }

  test('without an endpoint anywhere nothing is announced', () => {
    const c = cluster(bgp())
    c.put(endpoints('default/web', []))
    assert.deepEqual(c.settle().routesOf('n1'), [])
    assert.equal(announced(c).reason, 'NoEndpoints')
  })

  test('without a session nothing is announced, and that is said', () => {
    const c = cluster(bgp())
    c.remove('BGPPeer/metallb-system/r')
    assert.equal(announced(c.settle()).reason, 'NoPeers')
  })
})

describe('externalTrafficPolicy Local', () => {
  const local = service('web', { externalTrafficPolicy: 'Local', healthCheckNodePort: 31000 })

  test('only nodes with an endpoint announce, with the port that tells when it goes', () => {
    const c = cluster(bgp(), local, endpoints('default/web', ['n1', 'n3']))
    assert.deepEqual(
      ['n1', 'n2', 'n3'].map((name) => c.routesOf(name).length),
      [1, 0, 1],
    )
    assert.equal(c.slice('n1-0').routes[0]!.healthCheckNodePort, 31000)
    assert.deepEqual(audiences(c), {})
  })

  test('a route that moves between objects is added before it is removed', () => {
    const c = cluster(bgp())
    c.put(local)
    const phases = phasesOf(c.decide().publication)
    for (const phase of phases) {
      for (const write of phase) c.perform(write)
      assert.ok(c.routesOf('n1').length > 0, 'in every phase of the change')
    }
    c.speakersReport()
    c.settle()
    assert.deepEqual([c.slice('n1-0').routes.length, routes(c).length], [1, 0])

    c.put(base[2]!)
    for (const phase of phasesOf(c.decide().publication)) {
      for (const write of phase) c.perform(write)
      assert.ok(c.routesOf('n1').length > 0, 'and back')
    }
  })

  test('an aggregate with a Cluster Service in it is announced by all nodes and has no health port', () => {
    const c = cluster(bgp('bgp', { aggregationLength: 24 }), local, service('other'), endpoints('default/other', ['n2']))
    assert.deepEqual(
      ['n1', 'n2', 'n3'].map((name) => c.routesOf(name)),
      [['192.0.2.0/24'], ['192.0.2.0/24'], ['192.0.2.0/24']],
    )
    assert.deepEqual(c.slice('n1-0').routes[0]!.services, ['default/other', 'default/web'])
    assert.equal(c.slice('n1-0').routes[0]!.healthCheckNodePort, undefined)
    assert.deepEqual(c.slice('n2-0').routes[0]!.services, ['default/other'], 'where the Local one has no pod')
  })

  test('an aggregate of two Local Services has no health port: one of them going must not withdraw the other', () => {
    const second = service('second', { externalTrafficPolicy: 'Local', healthCheckNodePort: 31001 })
    const c = cluster(bgp('bgp', { aggregationLength: 24 }), local, second, endpoints('default/second', ['n1']))
    assert.equal(c.slice('n1-0').routes[0]!.services.length, 2)
    assert.equal(c.slice('n1-0').routes[0]!.healthCheckNodePort, undefined)
  })

  test('a RouteSet that gains one route and is left by another holds on to that one until it stands elsewhere', () => {
    const c = cluster(bgp())
    c.put(local, service('other'), endpoints('default/other', ['n2']))
    for (const phase of phasesOf(c.decide().publication)) {
      for (const write of phase) c.perform(write)
      assert.ok(c.routesOf('n1').includes('192.0.2.0/32'), 'in every phase of the change')
    }
    assert.deepEqual(
      routes(c).map(({ prefix }) => prefix),
      ['192.0.2.1/32'],
    )
  })
})

describe('routes', () => {
  test('carry aggregation, local preference and communities', () => {
    const c = cluster(bgp('bgp', { aggregationLength: 26, localPref: 150, communities: ['64512:5', '64512:1'] }))
    assert.deepEqual(routes(c), [
      { prefix: '192.0.2.0/26', services: ['default/web'], communities: ['64512:1', '64512:5'], localPref: 150 },
    ])
  })

  test('tell each peer one thing: communities add up for those whom several advertisements name', () => {
    const c = cluster(
      peer('s', { peerAddress: '192.0.2.2' }),
      bgp('all', { communities: ['1:1'] }),
      bgp('one', { peers: ['s'], communities: ['2:2'] }),
    )
    const told = routes(c).map(({ peers, communities }) => [peers, communities])
    assert.deepEqual(told, [
      [['r'], ['1:1']],
      [['s'], ['1:1', '2:2']],
    ])
  })

  test('to named peers name them', () => {
    assert.deepEqual(routes(cluster(bgp('bgp', { peers: ['r'] })))[0]!.peers, ['r'])
  })

  test('with contradictory local preferences for one Service are not announced (docs/metallb-behaviour.md §1.9)', () => {
    const c = cluster(bgp('a', { localPref: 1 }), bgp('b', { localPref: 2, serviceSelectors: [{}] }))
    assert.equal(announced(c).reason, 'ConflictingAdvertisements')
    assert.deepEqual(routes(c), [])
  })

  test('where the contradiction is on some nodes only, the others announce', () => {
    const c = cluster(bgp('a', { localPref: 1 }), bgp('b', { localPref: 2, serviceSelectors: [{}], ...only('a') }))
    assert.deepEqual(
      ['n1', 'n3'].map((name) => c.routesOf(name).length),
      [0, 1],
    )
    assert.equal(routes(c)[0]!.localPref, 1)
  })

  test('carry asPathPrepend for both families, and only where it is set', () => {
    const both = pool('p', ['192.0.2.0/24', '2001:db8::/120'])
    const c = new SimCluster([both, peer('r'), bgp('bgp', { asPathPrepend: 3 }), endpoints('default/web', ['n1'])]).addNodes(...nodes)
    c.put(service('web', dualStack('RequireDualStack')))
    c.settle()
    assert.deepEqual(
      routes(c).map(({ prefix, asPathPrepend }) => [prefix.includes(':'), asPathPrepend]),
      [
        [false, 3],
        [true, 3],
      ],
    )
    assert.ok(!('asPathPrepend' in routes(cluster(bgp()))[0]!))
  })

  test('the advertisement that sets asPathPrepend decides on it, whichever came first', () => {
    const prepended = (...specs: readonly Record<string, unknown>[]) =>
      routes(cluster(...specs.map((spec, i) => bgp(`${i}`, spec)))).map(({ asPathPrepend }) => asPathPrepend)
    assert.deepEqual(prepended({ communities: ['1:1'] }, { asPathPrepend: 2 }), [2])
    assert.deepEqual(prepended({ asPathPrepend: 2 }, { communities: ['1:1'] }), [2])
  })

  test('with contradictory prependings for one Service are not announced', () => {
    const c = cluster(bgp('a', { asPathPrepend: 1 }), bgp('b', { asPathPrepend: 2, serviceSelectors: [{}] }))
    assert.equal(announced(c).reason, 'ConflictingAdvertisements')
    assert.match(announced(c).message, /different prependings \(1 and 2\)/)
    assert.deepEqual(routes(c), [])
  })

  test('of one localPref do not contradict each other, whoever chooses Services', () => {
    const c = cluster(
      bgp('a', { localPref: 5, communities: ['1:1'] }),
      bgp('b', { localPref: 5, communities: ['2:2'], serviceSelectors: [{}] }),
    )
    assert.deepEqual(routes(c), [{ prefix: '192.0.2.0/32', services: ['default/web'], communities: ['1:1', '2:2'], localPref: 5 }])
  })

  test('are counted on their advertisement, Service by Service', () => {
    const c = cluster(bgp(), service('other'), endpoints('default/other', ['n1']))
    assert.equal(c.get('BGPAdvertisement', 'bgp').status['services'], 2)
  })

  test('from a pool entry that an aggregate would overstep are left out', () => {
    const c = cluster(bgp('bgp', { aggregationLength: 24 }))
    c.put(
      pool('q', ['198.51.100.0/25']),
      service('far', {}, { annotations: { 'metallb.io/address-pool': 'q' } }),
      endpoints('default/far', ['n1']),
    )
    c.settle()
    assert.deepEqual(audiences(c), { 'every-node': ['192.0.2.0/24'] })
    assert.match(c.condition('BGPAdvertisement', 'bgp', 'Accepted').message, /198\.51\.100\.0\/25 of the IPAddressPool q/)
  })
})

describe('an advertisement edited into something invalid', () => {
  const broken = { localPref: -1 }
  test('keeps its effect, over a restart too', () => {
    const c = cluster(bgp('bgp', only('a')))
    c.put(bgp('bgp', { ...only('a'), ...broken }))
    assert.deepEqual(c.settle().routesOf('n1'), ['192.0.2.0/32'])
    assert.deepEqual(c.restart().settle().routesOf('n1'), ['192.0.2.0/32'])
    assert.deepEqual(c.routesOf('n3'), [])
    assert.equal(c.condition('BGPAdvertisement', 'bgp', 'InForce').reason, 'PreviousDefinition')
  })

  test('keeps its effect on the nodes that may announce, after a restart too', () => {
    const c = cluster(bgp())
    c.put(bgp('bgp', broken), node('n1', { rack: 'a', 'node.kubernetes.io/exclude-from-external-load-balancers': '' }))
    c.restart().settle()
    assert.deepEqual(
      ['n1', 'n2'].map((name) => c.routesOf(name)),
      [[], ['192.0.2.0/32']],
    )
  })

  test('yields where another one announces the same: no node is told a prefix twice', () => {
    const c = cluster(bgp('bgp', { communities: ['1:1'] }), bgp('other', only('a')))
    c.put(bgp('bgp', broken))
    c.settle().restart().settle()
    for (const { metadata } of nodes) assert.ok(c.routesOf(metadata.name).length <= 1)
    assert.deepEqual(c.routesOf('n1'), ['192.0.2.0/32'])
  })

  test('does not hold on to what lost its address', () => {
    const c = cluster(bgp())
    c.put(bgp('bgp', broken))
    c.settle().restart().settle()
    c.remove('Service/default/web')
    assert.deepEqual(c.settle().routesOf('n1'), [])
  })
})

test('more routes than fit one object fill the next, and stay where they are', () => {
  const many = Array.from({ length: 600 }, (_, i) => service(`s${i}`))
  const c = new SimCluster([
    pool('p', ['10.0.0.0/16']),
    peer('r'),
    bgp(),
    ...many,
    ...many.map(({ metadata }) => endpoints(`default/${metadata.name}`, ['n1'])),
  ])
  c.addNodes(...nodes).settle()
  const sizes = (): readonly number[] => [...c.routeSets().values()].map((set) => set.routes.length)
  assert.deepEqual(sizes(), [256, 256, 88])
  c.remove('Service/default/s0')
  c.put(service('new'), endpoints('default/new', ['n1']))
  const phases = phasesOf(c.decide().publication)
  assert.deepEqual(phases.flat().filter((write) => write.do === 'apply').length, 1, 'one object takes both changes')
})

test('a RouteSet is deleted when every plan is known to be read without it', () => {
  const c = cluster(bgp('bgp', only('a')))
  const [name = ''] = c.routeSets().keys()
  c.put(bgp('bgp', only('b')))
  c.pass()
  assert.ok(c.routeSets().has(name), 'plans have just been written')
  c.pass()
  assert.ok(c.routeSets().has(name), 'no speaker has read them')
  c.speakersReport()
  c.settle()
  assert.ok(!c.routeSets().has(name))
})

test('a speaker that does not run keeps no RouteSet alive', () => {
  const c = cluster(bgp('bgp', only('a')))
  const [name = ''] = c.routeSets().keys()
  c.put(speakerPod('n2', { conditions: [{ type: 'ContainersReady', status: 'False' }] }))
  c.remove('speaker-n1', 'BGPAdvertisement/metallb-system/bgp')
  c.settle()
  assert.ok(!c.routeSets().has(name))
})
