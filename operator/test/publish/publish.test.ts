import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { sameJson } from '../../src/publish/same-json'
import type { ServiceWrite, Write } from '../../src/publish/write'
import { SimCluster } from '../cluster/sim-cluster'
import { type ApiObject, bgp, endpoints, l2, node, peer, phasesOf, pool, service, withIps } from '../objects'

const nodes = ['n1', 'n2', 'n3'].map((name) => node(name))
const base = [pool('p', ['192.0.2.1-192.0.2.2']), l2(), service('web'), endpoints('default/web', ['n1'])]
const cluster = (...more: readonly ApiObject[]): SimCluster => new SimCluster([...base, ...more]).addNodes(...nodes).settle()
const serviceWrite = (writes: readonly Write[], name: string): ServiceWrite => {
  const found = writes.find((write): write is ServiceWrite => write.do === 'service-status' && write.service.name === name)
  assert.ok(found !== undefined, `no write for ${name}`)
  return found
}
const all = (c: SimCluster): readonly Write[] => {
  const { publication } = c.decide()
  const [phases, { reports }] = [phasesOf(publication), publication]
  return [...phases.flat(), ...reports]
}
const told = (write: ServiceWrite): readonly string[] => write.events.map(({ type, reason }) => `${type} ${reason}`)

describe('a Service', () => {
  test('gets address, pool and both conditions in one write, on what was seen', () => {
    const c = new SimCluster(base).addNodes(...nodes)
    const write = serviceWrite(all(c), 'web')
    const { resourceVersion } = c.get('Service', 'web').metadata
    assert.deepEqual([write.ips, write.pool, write.resourceVersion], [['192.0.2.1'], 'p', resourceVersion])
    assert.deepEqual(
      write.conditions.map(({ type, status }) => `${type} ${status}`),
      ['loadstone.dev/Allocated True', 'loadstone.dev/Announced False'],
    )
    assert.deepEqual(write.events[0], { type: 'Normal', reason: 'IPAllocated', message: 'Assigned IP ["192.0.2.1"]' })
  })

  test('is told once who announces it, and again only when that changes', () => {
    const c = cluster()
    assert.deepEqual(all(c), [])
    c.put(endpoints('default/web', []))
    assert.deepEqual(told(serviceWrite(all(c), 'web')), ['Normal notAnnounced'])
    c.settle()
    c.put(endpoints('default/web', ['n2']))
    const planned = c.pass()
    assert.ok(!planned.some((write) => write.do === 'service-status'), 'not before a speaker claims it')
    c.speakersReport()
    const write = serviceWrite(all(c), 'web')
    assert.deepEqual(told(write), ['Normal nodeAssigned'])
    assert.match(write.events[0]!.message, /^announcing from node "n\d" with protocol "layer2"$/)
  })

  test('that waits hears why once, and gets the address that is freed', () => {
    const c = cluster(service('a2'), service('z3'))
    assert.deepEqual([c.ips('a2'), c.ips('web'), c.ips('z3')], [['192.0.2.1'], ['192.0.2.2'], []])
    assert.equal(c.condition('Service', 'z3', 'loadstone.dev/Allocated').reason, 'PoolExhausted')
    assert.deepEqual(all(c.restart()), [])
    c.remove('Service/default/web')
    c.settle()
    assert.deepEqual(c.ips('z3'), ['192.0.2.2'])
  })

  test('that is no load balancer any more loses ingress, annotation and conditions', () => {
    const c = cluster()
    c.put({ ...c.get('Service', 'web'), spec: { ...c.get('Service', 'web').spec, type: 'ClusterIP' } })
    const write = serviceWrite(all(c), 'web')
    assert.deepEqual([write.ips, write.pool, write.conditions], [[], undefined, []])
    c.settle()
    assert.equal(c.world().services.length, 0)
  })

  test('whose annotation belongs to another manager too is rid of it step by step', () => {
    const released = { ...service('old', { type: 'ClusterIP' }), metadata: { ...withIps(service('old'), [], 'p').metadata } }
    const c = cluster(released)
    // SimCluster removes an annotation that is left out, so the one of another manager is put back.
    c.put(released)
    assert.equal(serviceWrite(all(c), 'old').pool, '')
  })

  test('of another class is left alone, and with a class of ours only that one counts', () => {
    const other = service('other', { loadBalancerClass: 'example.com/x' })
    assert.deepEqual(cluster(other).ips('other'), [])
    const c = new SimCluster([...base, other], { lbClass: 'example.com/x' }).addNodes(...nodes).settle()
    assert.deepEqual([c.ips('other'), c.ips('web')], [['192.0.2.1'], []])
  })

  test('with a host name of somebody else in its status gets an address of ours', () => {
    const c = cluster({ ...service('h'), status: { loadBalancer: { ingress: [{ hostname: 'example.com' }] } } })
    assert.deepEqual(c.ips('h'), ['192.0.2.1'])
  })

  test("that came from MetalLB and can have no address is written until MetalLB's annotation is gone, and then no more", () => {
    const from = { annotations: { 'metallb.io/ip-allocated-from-pool': 'theirs' } }
    for (const status of [{}, { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } }]) {
      const c = new SimCluster([pool('p', ['192.0.2.1/32'], { autoAssign: false }), { ...service('old', {}, from), status }])
      for (let i = 0; i < 30; i++) c.pass()
      assert.deepEqual(
        all(c).filter((write) => write.do === 'service-status'),
        [],
      )
      assert.equal(c.get('Service', 'old').metadata.annotations?.['metallb.io/ip-allocated-from-pool'], undefined)
      assert.equal(c.condition('Service', 'old', 'loadstone.dev/Allocated').status, 'False')
    }
  })

  test('whose annotation somebody else has emptied is left with it', () => {
    const c = new SimCluster([
      ...base,
      service('old', { loadBalancerClass: 'other' }, { annotations: { 'metallb.io/ip-allocated-from-pool': '' } }),
    ])
    const mine = new SimCluster([
      pool('p', ['192.0.2.1/32'], { autoAssign: false }),
      service('old', {}, { annotations: { 'metallb.io/ip-allocated-from-pool': '' } }),
    ])
    for (const one of [c, mine]) {
      one.settle()
      assert.equal(one.get('Service', 'old').metadata.annotations?.['metallb.io/ip-allocated-from-pool'], '')
    }
  })

  test('with such a host name beside its address is written again, with the address alone', () => {
    const c = cluster()
    const web = c.get('Service', 'web')
    c.put({ ...web, status: { ...web.status, loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { hostname: 'example.com' }] } } })
    const [releases = []] = phasesOf(c.decide().publication)
    assert.deepEqual(serviceWrite(releases, 'web').ips, ['192.0.2.1'])
  })

  test('hears again only what has changed, and conditions keep the time of their last change', () => {
    const c = cluster()
    const web = c.get('Service', 'web')
    c.put({
      ...web,
      metadata: { ...web.metadata, annotations: { ...web.metadata.annotations, 'metallb.io/loadBalancerIPs': '203.0.113.1' } },
    })
    c.settle()
    const since = (type: string): string => {
      const { conditions } = c.get('Service', 'web').status as { conditions: { type: string; lastTransitionTime: string }[] }
      return conditions.find((condition) => condition.type === type)!.lastTransitionTime
    }
    const [allocated, announced] = [since('loadstone.dev/Allocated'), since('loadstone.dev/Announced')]
    c.put(endpoints('default/web', []))
    const write = serviceWrite(all(c), 'web')
    assert.deepEqual(told(write), ['Normal notAnnounced'], 'not again that its request cannot be met')
    c.settle()
    assert.equal(since('loadstone.dev/Allocated'), allocated)
    assert.notEqual(since('loadstone.dev/Announced'), announced)
  })

  test('that asks by a deprecated annotation is told so when it is changed', () => {
    const old = service('old', {}, { annotations: { 'metallb.universe.tf/address-pool': 'p' } })
    assert.deepEqual(told(serviceWrite(all(new SimCluster([...base, old])), 'old')), [
      'Normal IPAllocated',
      'Normal notAnnounced',
      'Warning deprecatedAnnotation',
    ])
  })
})

describe('order', () => {
  test('who gives an address up is written before who gets it', () => {
    const c = cluster()
    const wanting = { annotations: { 'metallb.io/loadBalancerIPs': '192.0.2.1' }, creationTimestamp: '2026-02-01T00:00:00Z' }
    c.put(service('next', {}, wanting))
    c.put({
      ...c.get('Service', 'web'),
      metadata: {
        ...c.get('Service', 'web').metadata,
        annotations: { ...c.get('Service', 'web').metadata.annotations, 'metallb.io/loadBalancerIPs': '192.0.2.2' },
      },
    })
    const moves = c.pass().flatMap((write) => (write.do === 'service-status' ? [[write.service.name, write.ips]] : []))
    assert.deepEqual(moves.slice(0, 2), [
      ['web', ['192.0.2.2']],
      ['next', ['192.0.2.1']],
    ])
  })

  test('addresses before slices, slices and sets before plans, what shrinks after them', () => {
    const c = new SimCluster([...base, bgp(), peer('r')]).addNodes(...nodes)
    const order = phasesOf(c.decide().publication).map((phase) =>
      [...new Set(phase.map((write) => (write.do === 'apply' ? write.object.kind : write.do)))].join(),
    )
    assert.deepEqual(order, ['service-status', 'RouteSet', 'AnnouncementPlan', '', ''])
    c.settle()
    c.remove('Service/default/web')
    const after = phasesOf(c.decide().publication).map((phase) =>
      phase.map((write) => (write.do === 'apply' ? write.object.kind : write.do)).join(),
    )
    assert.deepEqual(after.slice(0, 2), ['', ''])
    assert.match(after[2]!, /^AnnouncementPlan/, 'the nodes are no partners any more')
    assert.match(after[3]!, /^RouteSet,AnnouncementSlice/)
  })

  test('a node that is gone takes its plan and slices along', () => {
    const c = cluster()
    c.remove('Node//n1', 'speaker-n1')
    c.settle()
    assert.equal(c.world().plans.has('n1'), false)
    assert.deepEqual(
      c.world().slices.filter(({ spec }) => spec.node === 'n1'),
      [],
    )
  })
})

describe('objects', () => {
  test('that somebody edited are written anew', () => {
    const c = cluster(bgp(), peer('r'))
    const before = c.entry('192.0.2.1')
    const owner = before.candidates[0]!
    const slice = c.slice(`${owner}-0`)
    const broken: readonly (readonly [string, string, Record<string, unknown>])[] = [
      [
        'RouteSet',
        'every-node-0',
        { audience: 'every-node', routes: [{ prefix: '192.0.2.1/32', services: ['default/web'], localPref: 7 }] },
      ],
      ['AnnouncementPlan', 'n1', { node: 'n1', sessions: 'none' }],
      ['AnnouncementSlice', `${owner}-0`, { node: owner, l2: [{ nonsense: true }], routes: {} }],
      ['AnnouncementSlice', `${owner}-0`, { ...slice, l2: slice.l2.map((entry) => ({ ...entry, interfaces: ['eth7'] })) }],
    ]
    const kept = (spec: Record<string, unknown>): Record<string, unknown> => ({
      ...spec,
      ...('l2' in spec ? { l2: (spec['l2'] as object[]).map((entry) => ({ ...entry, term: 'any' })) } : {}),
    })
    for (const [kind, name, spec] of broken) {
      const good = c.get(kind, name)
      c.put({ ...good, spec })
      c.settle()
      assert.deepEqual(kept(c.get(kind, name).spec), kept(good.spec), kind)
    }
    // The other slices still have the old term, and speakers must not get a lower one.
    assert.ok(c.entry('192.0.2.1').term >= before.term)
    assert.deepEqual(c.entry('192.0.2.1').candidates, before.candidates)
  })

  test('that lost the label by which speakers find them get it back', () => {
    const c = cluster(bgp(), peer('r'))
    const set = c.get('RouteSet', 'every-node-0')
    c.put({ ...set, metadata: { ...set.metadata, labels: {} } })
    c.settle()
    assert.deepEqual(c.get('RouteSet', 'every-node-0').metadata.labels, { 'loadstone.dev/routes': 'shared' })
  })
})

describe('objects of metallb.io', () => {
  test('say that they are in force, and how much they are used', () => {
    const c = cluster()
    assert.deepEqual(
      ['Accepted', 'InForce'].map((type) => c.condition('IPAddressPool', 'p', type).reason),
      ['Accepted', 'CurrentDefinition'],
    )
    const { conditions: _, ...counters } = c.get('IPAddressPool', 'p').status
    assert.deepEqual(counters, { assignedIPv4: 1, assignedIPv6: 0, availableIPv4: 1, availableIPv6: 0 })
    assert.equal(c.get('L2Advertisement', 'l2').status['services'], 1)
  })

  test('count what avoidBuggyIPs leaves out, and no further than numbers are exact', () => {
    const c = cluster(pool('z', ['198.51.100.0-198.51.101.10'], { avoidBuggyIPs: true }), pool('six', ['2001:db8::/32']))
    assert.equal(c.get('IPAddressPool', 'z').status['availableIPv4'], 256 + 11 - 3)
    assert.equal(c.get('IPAddressPool', 'six').status['availableIPv6'], Number.MAX_SAFE_INTEGER)
  })

  test('that are refused say why, and what stays', () => {
    const c = cluster()
    c.put(pool('p', ['192.0.2.1-192.0.2.2', 'x']))
    c.settle()
    assert.equal(c.condition('IPAddressPool', 'p', 'Accepted').reason, 'Malformed')
    assert.equal(c.condition('IPAddressPool', 'p', 'InForce').reason, 'PreviousDefinition')
    assert.deepEqual(c.ips('web'), ['192.0.2.1'])
    assert.deepEqual(
      all(c.restart()).filter(({ do: what }) => what === 'service-status'),
      [],
      'over a restart too',
    )
    c.put(service('late'))
    assert.deepEqual(c.settle().ips('late'), [], 'but gives nothing out')
  })
})

describe('a kind that cannot be read any more', () => {
  const why = 'the API server refuses to list endpointslices (403)'

  test('nothing is written but that, on every object that can be', () => {
    const c = cluster()
    c.remove('EndpointSlice/default/web-1', 'Service/default/web')
    const writes = c.pass(why)
    assert.ok(writes.length > 0 && writes.every((write) => write.do === 'status'))
    assert.match(c.condition('IPAddressPool', 'p', 'InForce').message, /403/)
    assert.equal(c.condition('IPAddressPool', 'p', 'InForce').status, 'Unknown')
    assert.equal(c.condition('IPAddressPool', 'p', 'InForce').reason, 'InputsIncomplete')
    assert.equal(c.condition('IPAddressPool', 'p', 'Accepted').status, 'True')
    assert.deepEqual(c.pass(why), [], 'once')
  })

  test('nothing is withdrawn, and all is as before when it is back', () => {
    const c = cluster()
    const before = c.entry('192.0.2.1')
    const slices = c.get('EndpointSlice', 'web-1', 'default')
    c.remove('EndpointSlice/default/web-1')
    c.pass(why)
    assert.deepEqual(c.entry('192.0.2.1'), before)
    c.put(slices)
    c.settle()
    assert.deepEqual(c.entry('192.0.2.1'), before)
    assert.equal(c.condition('IPAddressPool', 'p', 'InForce').status, 'True')
  })
})

test('equality is that of JSON', () => {
  assert.ok(sameJson({ a: 1, b: [{ c: 'x', d: undefined }] }, { b: [{ c: 'x' }], a: 1 }))
  for (const [a, b] of [
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: 1, b: 2 }, { a: 1 }],
    [[1], { 0: 1 }],
    [
      [1, 2],
      [2, 1],
    ],
    [null, {}],
    ['1', 1],
  ] as const)
    assert.ok(!sameJson(a, b), JSON.stringify([a, b]))
})
