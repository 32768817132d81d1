import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { SimCluster } from '../cluster/sim-cluster'
import { type ApiObject, bgp, endpoints, l2, node, notReady, peer, pool, service } from '../objects'

const names = ['n1', 'n2', 'n3']
const annotated = (name: string, value: string, labels: Record<string, string> = {}): ApiObject => {
  const base = node(name, labels)
  return { ...base, metadata: { ...base.metadata, annotations: { 'loadstone.dev/drain': value } } }
}
const drained = (name: string, labels: Record<string, string> = {}): ApiObject => annotated(name, 'true', labels)
const shuttingDown = (name: string): ApiObject => ({
  ...node(name),
  status: { conditions: [{ type: 'Ready', status: 'False', message: 'node is shutting down' }] },
})
const outOfService = (name: string): ApiObject => ({ ...node(name), spec: { taints: [{ key: 'node.kubernetes.io/out-of-service' }] } })
const base = [pool('p', ['192.0.2.0/24']), service('web'), endpoints('default/web', ['n1'])]
const byBgp = [...base, bgp(), peer('r')]
const byArp = [...base, l2()]
const cluster = (objects: readonly ApiObject[]): SimCluster => new SimCluster(objects).addNodes(...names.map((name) => node(name))).settle()
const leaving = (c: SimCluster): readonly unknown[] => names.map((name) => c.plan(name).leaving)
const staying = (c: SimCluster): readonly unknown[] => names.map((name) => c.plan(name).staying)

describe('a node is told to leave', () => {
  const reasons: Readonly<Record<string, readonly [ApiObject, string | undefined]>> = {
    'when it is out of service': [outOfService('n1'), 'out-of-service'],
    'when it shuts down': [shuttingDown('n1'), 'shutdown'],
    'when it is asked to': [drained('n1'), 'drain'],
    'when it is asked to with any word': [annotated('n1', ''), 'drain'],
    'not when the word is false': [annotated('n1', 'false'), undefined],
    'not when it is cordoned': [
      { ...node('n1'), spec: { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable' }] } },
      undefined,
    ],
    'not when it is not ready': [notReady(node('n1')), undefined],
  }
  test.each(Object.entries(reasons))('%s', (_what, [changed, expected]) => {
    const c = cluster(byBgp)
    c.put(changed)
    c.settle()
    assert.deepEqual(
      [leaving(c), staying(c)],
      [
        [expected, undefined, undefined],
        [undefined, undefined, undefined],
      ],
    )
  })

  test('and stays when the annotation is taken back', () => {
    const c = cluster(byBgp)
    c.put(drained('n1'))
    c.settle()
    c.put(node('n1'))
    assert.deepEqual(leaving(c.settle()), [undefined, undefined, undefined])
  })

  test('and goes on listing its routes: how it leaves is its speaker says', () => {
    const c = cluster(byBgp)
    c.put(drained('n1'))
    assert.deepEqual(c.settle().routesOf('n1'), ['192.0.2.0/32'])
  })
})

describe('never the last path', () => {
  const why =
    'LastPath: The annotation loadstone.dev/drain asks it to leave, but no node that stays announces 192.0.2.0/32. It goes on until one does.'

  test('when every node should leave none is told to, and each says why; as soon as one comes they go', () => {
    const c = cluster(byBgp)
    c.put(...names.map((name) => drained(name)))
    c.settle()
    assert.deepEqual(
      [leaving(c), staying(c)],
      [
        [undefined, undefined, undefined],
        [why, why, why],
      ],
    )
    c.addNodes(node('n4')).settle()
    assert.deepEqual(
      [leaving(c), staying(c)],
      [
        ['drain', 'drain', 'drain'],
        [undefined, undefined, undefined],
      ],
    )
  })

  test('those that remain must be able to: ready, in service, with a speaker and a session', () => {
    const unable: readonly ((c: SimCluster) => void)[] = [
      (c) => c.put(notReady(node('n3'))),
      (c) => c.put(outOfService('n3')),
      (c) => c.put(node('n3', { 'node.kubernetes.io/exclude-from-external-load-balancers': '' })),
      (c) => c.remove('speaker-n3'),
      (c) => c.put(peer('r', { nodeSelectors: [{ matchExpressions: [{ key: 'rack', operator: 'Exists' }] }] })),
    ]
    for (const [i, happens] of unable.entries()) {
      const c = cluster(byBgp)
      c.put(drained('n1', { rack: 'a' }), drained('n2', { rack: 'a' }))
      c.settle()
      assert.deepEqual(leaving(c).slice(0, 2), ['drain', 'drain'])
      happens(c)
      assert.deepEqual(leaving(c.settle()).slice(0, 2), [undefined, undefined], `${i}`)
    }
  })

  test('out of service is off: there is nothing to keep', () => {
    const c = cluster(byBgp)
    c.put(...names.map(outOfService))
    assert.deepEqual(leaving(c.settle()), ['out-of-service', 'out-of-service', 'out-of-service'])
  })

  test('of a prefix that other nodes announce in another set, a node is not the last', () => {
    const some = bgp('some', { nodeSelectors: [{ matchLabels: { rack: 'a' } }], communities: ['1:1'] })
    const c = cluster([...byBgp, some])
    c.put(drained('n1', { rack: 'a' }))
    assert.deepEqual(leaving(c.settle()), ['drain', undefined, undefined])
  })

  test('of a prefix that only its rack announces, it is', () => {
    const c = cluster([...base, peer('r'), bgp('some', { nodeSelectors: [{ matchLabels: { rack: 'a' } }] })])
    c.put(drained('n1', { rack: 'a' }))
    assert.deepEqual([leaving(c.settle())[0], staying(c)[0]], [undefined, why])
    c.put(node('n2', { rack: 'a' }))
    assert.deepEqual(leaving(c.settle()), ['drain', undefined, undefined])
  })

  test('externalTrafficPolicy Local: the node with the last pod goes when the pod has gone', () => {
    const local = service('web', { externalTrafficPolicy: 'Local', healthCheckNodePort: 31000 })
    const c = cluster([...byBgp, local])
    c.put(drained('n1'))
    assert.deepEqual([leaving(c.settle())[0], staying(c)[0]], [undefined, why])
    c.put(endpoints('default/web', ['n1', 'n2']))
    assert.equal(leaving(c.settle())[0], 'drain')
  })

  test('names some of what it keeps, not all', () => {
    const more = Array.from({ length: 9 }, (_, i) => service(`s${i}`))
    const c = cluster([...byBgp, ...more, ...more.map(({ metadata }) => endpoints(`default/${metadata.name}`, ['n1']))])
    c.put(...names.map((name) => drained(name)))
    assert.match(String(staying(c.settle())[0]), /announces 192\.0\.2\.0\/32, 192\.0\.2\.1\/32, 192\.0\.2\.2\/32 and 7 more\./)
  })
})

describe('addresses answered by ARP', () => {
  const candidatesOf = (c: SimCluster): readonly string[] => c.entry('192.0.2.0').candidates

  test('move from a node that should leave to the next candidate, and do not come back', () => {
    const c = cluster(byArp)
    const [owner = '', next = '', last = ''] = candidatesOf(c)
    c.put(drained(owner))
    assert.deepEqual(candidatesOf(c.settle()), [next, last, owner])
    assert.equal(c.plan(owner).leaving, 'drain')
    c.put(node(owner))
    assert.deepEqual(candidatesOf(c.settle()), [next, last, owner])
  })

  test('stay where nobody else could answer, and the node is not told to leave', () => {
    const local = service('web', { externalTrafficPolicy: 'Local' })
    const c = cluster([...byArp, local])
    c.put(drained('n1'))
    assert.deepEqual(candidatesOf(c.settle()), ['n1'])
    assert.match(c.plan('n1').staying ?? '', /no node that stays announces 192\.0\.2\.0\. It goes on/)
    c.put(endpoints('default/web', ['n1', 'n2']))
    assert.deepEqual(candidatesOf(c.settle()), ['n2', 'n1'])
    assert.equal(c.plan('n1').leaving, 'drain')
  })

  test('stay when all nodes should leave', () => {
    const c = cluster(byArp)
    const before = c.entry('192.0.2.0')
    c.put(...names.map((name) => drained(name)))
    assert.deepEqual(c.settle().entry('192.0.2.0'), before)
    assert.deepEqual(leaving(c), [undefined, undefined, undefined])
  })
})
