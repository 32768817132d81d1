import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { objectOf, type Write } from '../../src/publish/write'
import { SimCluster } from '../cluster/sim-cluster'
import { bgp, endpoints, l2, node, peer, pool, service } from '../objects'

const names = ['n1', 'n2', 'n3']
const nodes = names.map((name) => node(name))
const local = { externalTrafficPolicy: 'Local', healthCheckNodePort: 30_000 }
const written = (writes: readonly Write[]): readonly string[] => writes.map(objectOf)

const byBgp = (): SimCluster =>
  new SimCluster([pool('p', ['192.0.2.0/28']), bgp(), peer('r'), service('web'), endpoints('default/web', ['n1'])])
    .addNodes(...nodes)
    .settle()
const route = '192.0.2.0/32'
const announcers = (c: SimCluster): readonly string[] => names.filter((name) => c.routesOf(name).includes(route))

describe('a write waits for what did not succeed, if it would take the last path away', () => {
  test('a shared route stays while the route of the only node that is to have it cannot be written', () => {
    const c = byBgp()
    assert.deepEqual(announcers(c), names)
    c.faults.refused.add('AnnouncementSlice/n1-0')
    c.put(service('web', local))
    for (let i = 0; i < 5; i++) c.pass()
    assert.deepEqual(announcers(c), names, 'the old route is still there')
    c.faults.refused.clear()
    assert.deepEqual(announcers(c.settle()), ['n1'])
  })

  test('it goes as soon as one of those nodes has its own: the fault of one node is its own', () => {
    const c = byBgp()
    c.faults.refused.add('AnnouncementSlice/n1-0')
    c.put(service('web', local), endpoints('default/web', ['n1', 'n2']))
    for (let i = 0; i < 5; i++) c.pass()
    assert.deepEqual(announcers(c), ['n2'])
  })

  test('what nobody wants any more goes, whatever else cannot be written', () => {
    const c = byBgp()
    c.put(service('other', { loadBalancerIP: '192.0.2.9' }), endpoints('default/other', ['n1']))
    c.faults.refused.add('AnnouncementSlice/n1-0')
    c.faults.refused.add('AnnouncementPlan/n2')
    c.remove('Service/default/web')
    c.pass()
    assert.deepEqual(announcers(c), [])
  })

  test('a route that nobody wants any more goes though a plan that lists its set cannot be written', () => {
    const c = byBgp()
    c.faults.refused.add('AnnouncementPlan/n2')
    c.put({ ...node('n2'), metadata: { ...node('n2').metadata, annotations: { 'loadstone.dev/drain': 'true' } } })
    c.remove('Service/default/web')
    c.pass()
    assert.deepEqual(announcers(c), [])
  })

  test('a node that answered goes on while the slice of the one that is to answer cannot be written', () => {
    const c = new SimCluster(
      [pool('p', ['192.0.2.0/28']), l2(), service('a'), service('b'), endpoints('default/a', names), endpoints('default/b', names)],
      {
        candidates: 1,
      },
    )
      .addNodes(...nodes)
      .settle()
    const owner = (): string => c.entry('192.0.2.0').candidates[0]!
    const before = owner()
    const others = names.filter((name) => name !== before)
    for (const name of others) c.faults.refused.add(`AnnouncementSlice/${name}-0`)
    c.put({ ...node(before), metadata: { ...node(before).metadata, annotations: { 'loadstone.dev/drain': 'true' } } })
    for (let i = 0; i < 5; i++) c.pass()
    assert.equal(owner(), before)
    c.faults.refused.clear()
    c.settle()
    assert.notEqual(owner(), before)
  })

  test('also when its own slice gains something in the same pass', () => {
    const c = new SimCluster([
      pool('p', ['192.0.2.0/28']),
      l2('x', { nodeSelectors: [{ matchLabels: { on: 'n1' } }] }),
      service('a'),
      endpoints('default/a', names),
    ])
      .addNodes(...names.map((name) => node(name, { on: name })))
      .settle()
    assert.equal(c.entry('192.0.2.0').candidates[0], 'n1')
    c.faults.refused.add('AnnouncementSlice/n2-0')
    c.put(
      pool('q', ['203.0.113.0/28'], { autoAssign: false }),
      l2('x', { ipAddressPools: ['p'], nodeSelectors: [{ matchLabels: { on: 'n2' } }] }),
      l2('y', { ipAddressPools: ['q'], nodeSelectors: [{ matchLabels: { on: 'n1' } }] }),
      service('b', { loadBalancerIP: '203.0.113.1' }),
      endpoints('default/b', names),
    )
    for (let i = 0; i < 5; i++) c.pass()
    assert.deepEqual([c.entry('192.0.2.0').candidates[0], c.entry('203.0.113.1').candidates[0]], ['n1', 'n1'])
    c.faults.refused.clear()
    c.settle()
    assert.deepEqual(c.entry('192.0.2.0').candidates, ['n2'])
  })

  test('a plan lists nothing that could not be written, and the plans of other nodes are written', () => {
    const c = new SimCluster([pool('p', ['192.0.2.0/28']), l2()]).addNodes(...nodes).settle()
    c.faults.refused.add('AnnouncementSlice/n1-0')
    c.put(service('web'), endpoints('default/web', ['n1']))
    const tried = written(c.pass())
    assert.ok(!tried.includes('AnnouncementPlan n1'))
    assert.ok(tried.includes('AnnouncementPlan n2') && tried.includes('AnnouncementPlan n3'))
    c.faults.refused.clear()
    assert.deepEqual(c.settle().plan('n1').slices, ['n1-0'])
  })
})

describe('a report', () => {
  test('rests on nothing that was not published: neither a Service nor a BGPPeer tells of it', () => {
    const c = new SimCluster([pool('p', ['192.0.2.0/28']), bgp(), service('web'), endpoints('default/web', ['n1'])])
      .addNodes(...nodes)
      .settle()
    for (const name of names) c.faults.refused.add(`AnnouncementPlan/${name}`)
    c.put(peer('r'))
    for (let i = 0; i < 3; i++) c.pass()
    assert.deepEqual(c.get('BGPPeer', 'r').status, {})
    assert.equal(c.condition('Service', 'web', 'loadstone.dev/Announced').status, 'False')
    c.faults.refused.clear()
    c.settle()
    assert.equal(c.condition('BGPPeer', 'r', 'Accepted').status, 'True')
    assert.equal(c.condition('Service', 'web', 'loadstone.dev/Announced').status, 'True')
  })
})

describe('an address', () => {
  const asking = (name: string, ip: string) =>
    service(name, { loadBalancerIP: ip }, { creationTimestamp: `2026-01-0${name.length}T00:00:00Z` })

  test('is given to nobody while the one that is to give it up cannot be written', () => {
    const c = new SimCluster([pool('p', ['192.0.2.0/28']), asking('a', '192.0.2.1')]).settle()
    c.faults.refused.add('Service/a')
    c.put(asking('a', '192.0.2.2'), asking('bb', '192.0.2.1'), asking('ccc', '192.0.2.3'))
    for (let i = 0; i < 3; i++) c.pass()
    assert.deepEqual([c.ips('a'), c.ips('bb'), c.ips('ccc')], [['192.0.2.1'], [], ['192.0.2.3']])
    assert.match(c.condition('Service', 'bb', 'loadstone.dev/Allocated').message, /in use by the Service default\/a/)
    c.faults.refused.clear()
    assert.deepEqual([c.settle().ips('a'), c.ips('bb')], [['192.0.2.2'], ['192.0.2.1']])
  })

  test('is never in two statuses, whether moved along a chain or around a ring', () => {
    for (const wanted of [
      { a: '192.0.2.2', bb: '192.0.2.3', ccc: '192.0.2.4' },
      { a: '192.0.2.2', bb: '192.0.2.3', ccc: '192.0.2.1' },
      { a: '192.0.2.2', bb: '192.0.2.1', ccc: '192.0.2.3' },
    ]) {
      const c = new SimCluster([
        pool('p', ['192.0.2.0/28']),
        asking('a', '192.0.2.1'),
        asking('bb', '192.0.2.2'),
        asking('ccc', '192.0.2.3'),
      ]).settle()
      c.put(...Object.entries(wanted).map(([name, ip]) => asking(name, ip)))
      let most = 0
      const perform = c.perform.bind(c)
      c.perform = (write) => {
        const result = perform(write)
        const all = ['a', 'bb', 'ccc'].flatMap((name) => c.ips(name))
        most = Math.max(most, all.length - new Set(all).size)
        return result
      }
      c.settle()
      assert.deepEqual([Object.fromEntries(Object.keys(wanted).map((name) => [name, c.ips(name)[0]])), most], [wanted, 0])
    }
  })
})
