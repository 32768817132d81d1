import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { SimCluster } from './cluster/sim-cluster'
import { endpoints, l2, node, pool, service } from './objects'

const cluster = (): SimCluster =>
  new SimCluster([
    pool('p', ['192.0.2.1-192.0.2.2']),
    l2(),
    ...['a', 'b'].flatMap((name) => [service(name), endpoints(`default/${name}`, ['n1', 'n2'])]),
  ]).addNodes(node('n1'), node('n2'))
const addresses = (c: SimCluster): readonly string[] => ['a', 'b'].flatMap((name) => c.ips(name)).sort()
const both = ['192.0.2.1', '192.0.2.2']

describe('a write that does not succeed', () => {
  test('because one Service is refused holds up no other; when it is allowed it gets what is its own', () => {
    const c = cluster()
    c.faults.refused.add('Service/a')
    for (let i = 0; i < 5; i++) {
      c.pass()
      c.speakersReport()
    }
    assert.deepEqual([c.ips('a'), c.ips('b')], [[], ['192.0.2.2']])
    assert.deepEqual(c.entry('192.0.2.2').candidates.length, 2)
    c.faults.refused.clear()
    assert.deepEqual([c.settle().ips('a'), c.ips('b')], [['192.0.2.1'], ['192.0.2.2']])
  })

  test('because its Service changed meanwhile is decided anew on what it is now', () => {
    const c = cluster()
    const { publication } = c.decide()
    c.put(service('a', { loadBalancerIP: '192.0.2.2' }))
    for (const write of publication.phases.flat()) c.perform(write)
    assert.deepEqual(c.ips('a'), [])
    assert.deepEqual(c.ips('b'), ['192.0.2.2'])
    assert.deepEqual(c.settle().ips('a'), [])
    assert.equal(c.condition('Service', 'a', 'loadstone.dev/Allocated').status, 'False')
  })

  test('though it was made, its answer being lost, is found made, and made once', () => {
    const c = cluster()
    for (const lost of ['Service/a', 'Service/b', 'AnnouncementPlan/n1', 'AnnouncementSlice/n1-0']) c.faults.lost.add(lost)
    assert.deepEqual(addresses(c.settle()), both)
    assert.deepEqual([...c.faults.lost], [])
    assert.deepEqual(c.settle().plan('n1').slices.length, 1)
  })

  test('for want of an API server ends the pass: no later phase builds on it, and afterwards all is as ever', () => {
    const c = cluster()
    c.faults.away = true
    const tried = c.pass().filter((write) => !write.do.startsWith('status'))
    assert.deepEqual([...new Set(tried.map((write) => write.do))], ['service-status'])
    assert.deepEqual(addresses(c), [])
    c.faults.away = false
    assert.deepEqual(addresses(c.settle()), both)
  })
})

test('while watches lag the operator builds on what it wrote: no address twice, and nothing is written again', () => {
  const c = cluster()
  c.lag()
  for (let i = 0; i < 3; i++) c.pass()
  assert.deepEqual(addresses(c), both)
  assert.deepEqual(c.pass(), [])
  c.put(service('c'))
  assert.deepEqual(c.pass(), [], 'it has not heard of it')
  c.catchUp()
  assert.equal(c.settle().condition('Service', 'c', 'loadstone.dev/Allocated').reason, 'PoolExhausted')
  assert.deepEqual(addresses(c), both)
})
