import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { SimCluster } from '../cluster/sim-cluster'
import { type ApiObject, bgp, dualStack, endpoints, l2, node, peer, pool, service, speakerPod } from '../objects'

/** Rules about nodes, each with the inputs by which it was once wrong. */
const now = '2026-01-01T00:01:30Z'
const since = (lastTransitionTime: string) => ({ conditions: [{ type: 'Ready', status: 'False', lastTransitionTime }] })
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `n${`${i + 1}`.padStart(2, '0')}`)
const base = [pool('p', ['192.0.2.1-192.0.2.250']), l2(), service('web'), endpoints('default/web', ['n01'])]
const cluster = (count: number, objects: readonly ApiObject[] = base): SimCluster =>
  new SimCluster(objects, { candidates: 1 }).addNodes(...names(count).map((name) => node(name))).settle()
const ownerOf = (c: SimCluster, address = '192.0.2.1'): string => c.entry(address).candidates[0] ?? ''

describe('a node that is NotReady', () => {
  /** Whether the address leaves its owner when that many nodes, the owner among them, fall silent. */
  function moves(count: number, silent: number, transition = now): boolean {
    const c = cluster(count)
    const owner = ownerOf(c)
    const dead = [owner, ...names(count).filter((name) => name !== owner)].slice(0, silent)
    for (const name of dead) c.put({ ...node(name), status: since(transition) })
    c.settle()
    return ownerOf(c) !== owner
  }

  test('loses its addresses in clusters of fewer than ten nodes, however many fall silent with it', () => {
    for (let count = 2; count < 10; count++) {
      for (let silent = 1; silent < count; silent++) assert.ok(moves(count, silent), `${silent} of ${count}`)
    }
  })

  test('keeps them where more than a third of ten nodes or more fall silent at once: then the control plane is at fault', () => {
    for (let count = 10; count <= 20; count++) {
      const third = Math.floor(count / 3)
      assert.ok(moves(count, third), `${third} of ${count}`)
      assert.ok(!moves(count, third + 1), `${third + 1} of ${count}`)
    }
  })

  test('and has been so for five minutes is off: nodes that were switched off for good do not keep those of one that dies now', () => {
    assert.ok(moves(12, 6, '2025-12-31T23:00:00Z'))
    const c = cluster(12)
    const owner = ownerOf(c)
    const others = names(12).filter((name) => name !== owner)
    for (const name of others.slice(0, 5)) c.put({ ...node(name), status: since('2025-12-31T23:00:00Z') })
    c.settle()
    c.put({ ...node(owner), status: since(now) })
    c.settle()
    assert.notEqual(ownerOf(c), owner)
  })

  test('without a speaker does not count', () => {
    const c = cluster(10)
    const owner = ownerOf(c)
    for (const name of ['x1', 'x2', 'x3', 'x4', 'x5', 'x6']) c.put({ ...node(name), status: since(now) })
    c.put({ ...node(owner), status: since(now) })
    c.settle()
    assert.notEqual(ownerOf(c), owner)
  })
})

describe('NetworkUnavailable', () => {
  const lost = { conditions: [{ type: 'NetworkUnavailable', status: 'True' }] }

  test('on one node keeps it from announcing', () => {
    const c = cluster(3)
    const owner = ownerOf(c)
    c.put({ ...node(owner), status: lost })
    c.settle()
    assert.notEqual(ownerOf(c), owner)
  })

  test('on all nodes at once, as when a CNI restarts, withdraws nothing', () => {
    const c = cluster(3)
    const before = c.entry('192.0.2.1')
    for (const name of names(3)) c.put({ ...node(name), status: lost })
    c.settle()
    assert.deepEqual(c.entry('192.0.2.1'), before)
  })
})

test('NetworkUnavailable on all nodes withdraws no BGP route, on one it does', () => {
  const lost = { conditions: [{ type: 'NetworkUnavailable', status: 'True' }] }
  const of = (local: boolean): SimCluster => {
    const web = service('web', local ? { externalTrafficPolicy: 'Local', healthCheckNodePort: 30_000 } : {})
    const objects = [pool('p', ['192.0.2.1/32']), bgp(), peer('r'), web, endpoints('default/web', ['n01', 'n02'])]
    return new SimCluster(objects).addNodes(node('n01'), node('n02')).settle()
  }
  for (const local of [false, true]) {
    const c = of(local)
    c.put({ ...node('n01'), status: lost })
    c.settle()
    assert.deepEqual([c.routesOf('n01'), c.routesOf('n02')], [[], ['192.0.2.1/32']])
    c.put({ ...node('n02'), status: lost })
    c.settle()
    assert.deepEqual([c.routesOf('n01'), c.routesOf('n02')], [['192.0.2.1/32'], ['192.0.2.1/32']])
  }
})

describe('a claim', () => {
  const claiming = (c: SimCluster, name: string, term: number): void => {
    const plan = c.get('AnnouncementPlan', name)
    c.put({ ...plan, status: { ...plan.status, claims: [{ address: '192.0.2.1', term, takeovers: 1, interfaces: ['eth0'] }] } })
  }

  test('far above the published term is believed by nobody: no later term would be higher', () => {
    const c = new SimCluster(base, { candidates: 3 }).addNodes(...names(3).map((name) => node(name))).settle()
    const before = c.entry('192.0.2.1')
    claiming(c, before.candidates[1] ?? '', Number.MAX_SAFE_INTEGER)
    c.pass()
    assert.deepEqual(c.entry('192.0.2.1'), before)
    claiming(c, before.candidates[1] ?? '', before.term + 1)
    c.pass()
    assert.equal(ownerOf(c), before.candidates[1])
  })

  test('of a node that is no candidate is believed by nobody', () => {
    const c = new SimCluster(base, { candidates: 2 }).addNodes(...names(4).map((name) => node(name))).settle()
    const before = c.entry('192.0.2.1')
    const stranger = names(4).find((name) => !before.candidates.includes(name)) ?? ''
    claiming(c, stranger, before.term + 1)
    c.pass()
    assert.deepEqual(c.entry('192.0.2.1'), before)
  })
})

describe('a claim that is not believed', () => {
  const of = (term: (published: number) => number, isCandidate: boolean): SimCluster => {
    const c = new SimCluster(base, { candidates: 2 }).addNodes(...names(4).map((name) => node(name))).settle()
    const { candidates, term: published } = c.entry('192.0.2.1')
    const name = names(4).find((one) => candidates.slice(1).includes(one) === isCandidate && one !== candidates[0]) ?? ''
    const plan = c.get('AnnouncementPlan', name)
    const claims = [{ address: '192.0.2.1', term: term(published), takeovers: 1, interfaces: ['eth0'] }]
    c.put({ ...plan, status: { ...plan.status, claims } })
    c.pass()
    return c
  }
  const announced = (c: SimCluster) => c.condition('Service', 'web', 'loadstone.dev/Announced')

  test('is named on the Service, with its node', () => {
    for (const isCandidate of [true, false]) {
      const c = of(() => Number.MAX_SAFE_INTEGER, isCandidate)
      const { status, reason, message } = announced(c)
      assert.deepEqual([status, reason], ['True', 'ClaimIgnored'])
      assert.match(
        message,
        /^192\.0\.2\.1 by ARP from n0\d\. Not believed: n0\d claims 192\.0\.2\.1, which no plan gave; look at the speaker there\.$/,
      )
      c.speakersReport()
      c.pass()
      assert.equal(announced(c).reason, 'Announced', 'and no more when it is gone')
    }
  })

  test('is not named while a former plan explains it, nor on a node that is dead', () => {
    assert.equal(announced(of((published) => published - 1, false)).reason, 'Announced')
    const c = of(() => Number.MAX_SAFE_INTEGER, false)
    for (const name of names(4)) if (!c.entry('192.0.2.1').candidates.includes(name)) c.put({ ...node(name), status: since(now) })
    c.pass()
    assert.equal(announced(c).reason, 'Announced')
  })

  test('of many nodes names three', () => {
    const c = new SimCluster(base, { candidates: 1 }).addNodes(...names(8).map((name) => node(name))).settle()
    for (const name of names(8)) {
      const plan = c.get('AnnouncementPlan', name)
      const claims = [{ address: '192.0.2.1', term: Number.MAX_SAFE_INTEGER, takeovers: 0, interfaces: ['eth0'] }]
      c.put({ ...plan, status: { ...plan.status, claims } })
    }
    c.pass()
    assert.match(announced(c).message, /Not believed: n0\d, n0\d, n0\d and 5 more claim 192\.0\.2\.1,/)
  })
})

describe('a Local Service', () => {
  const local = service('web', { externalTrafficPolicy: 'Local', healthCheckNodePort: 30_000 })
  const starting = (name: string, startTime: string): ApiObject => speakerPod(name, { phase: 'Pending', startTime, conditions: [] })

  test('does not wait for speakers that start on nodes without a pod of it', () => {
    const c = new SimCluster([pool('p', ['192.0.2.1/32']), l2(), local, endpoints('default/web', ['n01'])])
    c.addNodes(node('n01'))
    for (const name of ['n02', 'n03']) c.put(node(name), starting(name, '2026-01-01T00:01:39Z'))
    c.settle()
    assert.deepEqual(c.entry('192.0.2.1').candidates, ['n01'])
  })

  test('nor does any wait for longer than a pod may take, whatever the clock of a kubelet says', () => {
    const c = new SimCluster(base)
    c.addNodes(node('n01'))
    for (const name of ['n02', 'n03']) c.put(node(name), starting(name, '2026-01-01T00:11:00Z'))
    c.settle()
    assert.deepEqual(c.entry('192.0.2.1').candidates, ['n01'])
  })

  test('moves from a node whose pod is only ending to one with a pod that is ready', () => {
    const of = (terminating: readonly string[], ready: readonly string[]): ApiObject => ({
      ...endpoints('default/web', []),
      endpoints: [
        ...terminating.map((nodeName) => ({ nodeName, conditions: { ready: false, serving: true, terminating: true } })),
        ...ready.map((nodeName) => ({ nodeName, conditions: { ready: true, serving: true } })),
      ],
    })
    const c = new SimCluster([pool('p', ['192.0.2.1/32']), l2(), local, of([], ['n01'])]).addNodes(node('n01'), node('n02')).settle()
    assert.deepEqual(c.entry('192.0.2.1').candidates, ['n01'])
    c.put(of(['n01'], ['n02']))
    c.settle()
    assert.deepEqual(c.entry('192.0.2.1').candidates, ['n02'])
    c.put(of(['n01'], []))
    c.settle()
    assert.deepEqual(c.entry('192.0.2.1').candidates, ['n01'], 'a pod that is ending serves while nobody else does')
  })
})

describe('endpoints of one family', () => {
  const six = (nodes: readonly string[]): ApiObject => {
    const slice = endpoints('default/web', nodes)
    return { ...slice, metadata: { ...slice.metadata, name: 'web-6' }, addressType: 'IPv6' } as ApiObject
  }
  const four = (nodes: readonly string[]): ApiObject => ({ ...endpoints('default/web', nodes), addressType: 'IPv4' }) as ApiObject
  const both = pool('p', ['192.0.2.1/32', '2001:db8::1/128'])

  test('announce the address of that family alone, and the other as soon as it has one', () => {
    const c = new SimCluster([both, l2(), service('web', dualStack('RequireDualStack')), four(['n01']), six([])])
    c.addNodes(node('n01')).settle()
    assert.deepEqual([c.entry('192.0.2.1').candidates, c.entry('2001:db8::1').candidates], [['n01'], []])
    assert.match(c.condition('Service', 'web', 'loadstone.dev/Announced').message, /No pod is ready to serve the Service at 2001:db8::1/)
    c.put(six(['n01']))
    c.settle()
    assert.deepEqual(c.entry('2001:db8::1').candidates, ['n01'])
  })
})

test('more BGPPeers than a plan holds: the surplus is refused by name, the rest goes on', () => {
  const peers = Array.from({ length: 258 }, (_, i) =>
    peer(`p${`${i}`.padStart(3, '0')}`, { peerAddress: `198.51.${100 + (i >> 8)}.${i & 255}` }),
  )
  const c = new SimCluster(peers).addNodes(node('n01')).settle()
  assert.equal(c.plan('n01').sessions.length, 256)
  const refused = peers.filter(({ metadata }) => c.condition('BGPPeer', metadata.name, 'Accepted').reason === 'TooManyPeers')
  assert.deepEqual(
    refused.map(({ metadata }) => metadata.name),
    ['p256', 'p257'],
  )
})
