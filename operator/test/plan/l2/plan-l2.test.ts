import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { SimCluster } from '../../cluster/sim-cluster'
import { type ApiObject, endpoints, l2, node, notReady, pool, service, speakerPod } from '../../objects'

const nodes = ['n1', 'n2', 'n3', 'n4'].map((name) => node(name))
const base = [pool('p', ['192.0.2.0/24']), l2(), service('web'), endpoints('default/web', ['n1'])]
const cluster = (objects: readonly ApiObject[] = base, settings = {}): SimCluster =>
  new SimCluster(objects, settings).addNodes(...nodes).settle()
const web = '192.0.2.0'
const announced = (c: SimCluster, name = 'web') => c.condition('Service', name, 'loadstone.dev/Announced')

/** The status of a node's speaker, with something else in it. */
function putStatus(c: SimCluster, name: string, status: Record<string, unknown>): void {
  const plan = c.get('AnnouncementPlan', name)
  c.put({ ...plan, status: { ...plan.status, ...status } })
}

describe('candidates of an address', () => {
  test('are as many as configured, and every one of them has the entry', () => {
    const c = cluster()
    assert.equal(c.entry(web).candidates.length, 3)
    for (const name of c.entry(web).candidates) assert.deepEqual(c.plan(name).slices, [`${name}-0`])
    assert.equal(cluster(base, { candidates: 1 }).entry(web).candidates.length, 1)
  })

  test('a node that joins moves nothing', () => {
    const c = cluster()
    const before = c.entry(web)
    c.addNodes(node('n5'), node('n6')).settle()
    assert.deepEqual(c.entry(web), before)
  })

  const leavings: Readonly<Record<string, (c: SimCluster, name: string) => void>> = {
    'its node is gone': (c, name) => c.remove(`Node//${name}`, `speaker-${name}`),
    'its node is out of service': (c, name) =>
      c.put({
        ...node(name),
        spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' }] },
      }),
    'its node is excluded by label': (c, name) => c.put(node(name, { 'node.kubernetes.io/exclude-from-external-load-balancers': '' })),
    'its node has no network': (c, name) =>
      c.put({ ...node(name), status: { conditions: [{ type: 'NetworkUnavailable', status: 'True' }] } }),
    'its speaker is gone': (c, name) => c.remove(`speaker-${name}`),
    'its speaker is not ready': (c, name) => c.put(speakerPod(name, { conditions: [{ type: 'ContainersReady', status: 'False' }] })),
    'its speaker is being deleted': (c, name) => {
      const pod = speakerPod(name)
      c.put({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })
    },
  }
  for (const [what, leave] of Object.entries(leavings)) {
    test(`the owner leaves when ${what}: the next one follows, the term rises`, () => {
      const c = cluster()
      const { candidates, term } = c.entry(web)
      leave(c, candidates[0]!)
      c.settle()
      const after = c.entry(web)
      assert.deepEqual(after.candidates.slice(0, 2), candidates.slice(1))
      assert.equal(after.candidates.length, 3)
      assert.ok(!after.candidates.includes(candidates[0]!))
      assert.equal(after.term, term + 1)
    })
  }

  test('the owner leaves when its interface goes down', () => {
    const c = cluster()
    const { candidates } = c.entry(web)
    putStatus(c, candidates[0]!, { interfaces: [{ name: 'eth0', mac: '', up: false, addresses: [] }] })
    c.pass()
    assert.deepEqual(c.entry(web).candidates.slice(0, 2), candidates.slice(1))
  })

  test('a silent node is passed over and not thrown out', () => {
    const c = cluster()
    const [first = '', ...rest] = c.entry(web).candidates
    c.put(notReady(node(first)))
    c.settle()
    assert.deepEqual(c.entry(web).candidates, [...rest, first])
  })

  test('when nobody is left whose speaker runs, those that were asked are asked still', () => {
    const c = cluster()
    const before = c.entry(web)
    for (const { metadata } of nodes) c.put(speakerPod(metadata.name, { conditions: [{ type: 'ContainersReady', status: 'False' }] }))
    c.settle()
    assert.deepEqual(c.entry(web), before)
  })

  test('a node that was excluded is asked no more, even if nobody else is left', () => {
    const c = cluster()
    for (const { metadata } of nodes) c.put(node(metadata.name, { 'node.kubernetes.io/exclude-from-external-load-balancers': '' }))
    c.settle()
    assert.deepEqual(c.entry(web).candidates, [])
    assert.equal(announced(c).reason, 'NoEligibleNode')
    assert.match(announced(c).message, /n1: The node is labelled node\.kubernetes\.io\/exclude/)
  })

  test('the exclude label is ignored on request', () => {
    const labelled = nodes.map(({ metadata }) => node(metadata.name, { 'node.kubernetes.io/exclude-from-external-load-balancers': '' }))
    assert.equal(
      new SimCluster(base, { ignoreExcludeLabel: true })
        .addNodes(...labelled)
        .settle()
        .entry(web).candidates.length,
      3,
    )
  })

  test('follow the owner that the speakers report', () => {
    const c = cluster()
    const { candidates, term } = c.entry(web)
    putStatus(c, candidates[1]!, { claims: [{ address: web, term, takeovers: 1, interfaces: ['eth0'] }] })
    c.pass()
    assert.deepEqual(c.entry(web), { candidates: [candidates[1], candidates[0], candidates[2]], term: term + 1 })
    assert.deepEqual(c.settle().entry(web).term, term + 1, 'once')
  })

  test('a claim at the published term without a takeover changes nothing, nor does one from outside the list', () => {
    const c = cluster()
    const { candidates, term } = c.entry(web)
    const outsider = nodes.map(({ metadata }) => metadata.name).find((name) => !candidates.includes(name))!
    putStatus(c, candidates[2]!, { claims: [{ address: web, term, takeovers: 0, interfaces: [] }] })
    c.pass()
    assert.deepEqual(c.entry(web).candidates, candidates)
    putStatus(c, outsider, { claims: [{ address: web, term, takeovers: 3, interfaces: [] }] })
    c.pass()
    assert.deepEqual(c.entry(web).candidates, candidates)
  })

  test('a term is always above every term that any speaker reports', () => {
    const c = cluster()
    const { candidates, term } = c.entry(web)
    putStatus(c, candidates[0]!, { claims: [{ address: web, term: term + 10, takeovers: 0, interfaces: [] }] })
    c.pass()
    assert.equal(c.entry(web).term, term + 11)
  })

  test('an address that was withdrawn and comes back outranks plans saved in its former life', () => {
    const c = cluster()
    const { term } = c.entry(web)
    c.put(endpoints('default/web', []))
    c.settle()
    assert.deepEqual(c.entry(web).candidates, [])
    c.put(endpoints('default/web', ['n1']))
    c.settle()
    assert.ok(c.entry(web).term > term)
  })

  test('slices that disagree at one term are mended with a new term', () => {
    const c = cluster()
    const { candidates, term } = c.entry(web)
    const name = `${candidates[0]}-0`
    const slice = c.get('AnnouncementSlice', name)
    c.put({ ...slice, spec: { ...slice.spec, l2: [{ ...c.slice(name).l2[0], candidates: [...candidates].reverse() }] } })
    c.settle()
    assert.equal(c.entry(web).term, term + 1)
  })
})

describe('which nodes', () => {
  const only = (label: string) => ({ nodeSelectors: [{ matchLabels: { rack: label } }] })
  const racks = ['n1', 'n2', 'n3', 'n4'].map((name, i) => node(name, { rack: i < 2 ? 'a' : 'b' }))
  const among = (...ads: readonly ApiObject[]): readonly string[] => {
    const c = new SimCluster([...base.filter(({ kind }) => kind !== 'L2Advertisement'), ...ads], { candidates: 8 })
      .addNodes(...racks)
      .settle()
    return [...c.entry(web).candidates].sort()
  }

  test('those that one of the advertisements selects', () => {
    assert.deepEqual(among(l2('x', only('a'))), ['n1', 'n2'])
    assert.deepEqual(among(l2('x', only('a')), l2('y', only('b'))), ['n1', 'n2', 'n3', 'n4'])
    assert.deepEqual(among(l2('x', only('c'))), [])
  })

  test('pools are chosen by name and by label, Services by label', () => {
    assert.equal(among(l2('x', { ipAddressPools: ['p'] })).length, 4)
    assert.equal(among(l2('x', { ipAddressPools: ['q'] })).length, 0)
    assert.equal(among(l2('x', { ipAddressPoolSelectors: [{ matchLabels: { a: 'b' } }] })).length, 0)
    assert.equal(among(l2('x', { serviceSelectors: [{ matchLabels: { a: 'b' } }] })).length, 0)
  })

  test('an advertisement for some Services announces those, unless they share', () => {
    const labelled = service('web', {}, { labels: { a: 'b' } })
    const c = cluster([base[0]!, l2('x', { serviceSelectors: [{ matchLabels: { a: 'b' } }] }), labelled, base[3]!])
    assert.equal(c.entry(web).candidates.length, 3)
    c.put({ ...labelled, metadata: { ...labelled.metadata, annotations: { 'metallb.io/allow-shared-ip': 'k' } } })
    c.settle()
    assert.deepEqual([c.ips('web'), c.entry(web).candidates, announced(c).reason], [[web], [], 'SharedWithServiceSelectors'])
  })

  test('externalTrafficPolicy Local: only those with a pod that serves', () => {
    const c = cluster([...base.slice(0, 2), service('web', { externalTrafficPolicy: 'Local' }), endpoints('default/web', ['n2', 'n4'])])
    assert.deepEqual([...c.entry(web).candidates].sort(), ['n2', 'n4'])
    c.put(endpoints('default/web', ['n3']))
    assert.deepEqual(c.settle().entry(web).candidates, ['n3'])
  })

  test('a terminating pod that still serves counts', () => {
    const slice = endpoints('default/web', ['n2'])
    const c = cluster([
      ...base.slice(0, 2),
      service('web', { externalTrafficPolicy: 'Local' }),
      { ...slice, endpoints: [{ nodeName: 'n2', conditions: { ready: false, serving: true, terminating: true } }] },
    ])
    assert.deepEqual(c.entry(web).candidates, ['n2'])
  })

  test('only with one of the interfaces up; those of several advertisements add up', () => {
    const c = new SimCluster([
      ...base.filter(({ kind }) => kind !== 'L2Advertisement'),
      l2('x', { interfaces: ['eth0'] }),
      l2('y', { interfaces: ['eth1'], ...only('a') }),
      l2('z', { interfaces: ['eth9'] }),
    ])
    c.addNodes(...racks).settle()
    assert.deepEqual(c.slice('n1-0').l2[0]?.interfaces, ['eth0', 'eth1', 'eth9'])
    c.put(l2('x', { interfaces: ['eth7'] }))
    c.remove('L2Advertisement/metallb-system/y')
    c.restart().pass()
    assert.deepEqual(announced(c.settle()).reason, 'Announced', 'nobody is fit, so those asked before are asked still')
  })

  test('interfaces that are excluded do not count', () => {
    const c = new SimCluster(base, { excludeInterfaces: ['^eth0$'] }).addNodes(...nodes).settle()
    assert.deepEqual(c.entry(web).candidates, [])
    assert.match(announced(c).message, /none of the interfaces up/)
  })

  test('a speaker that has not reported is not asked yet', () => {
    const c = new SimCluster(base).addNodes(...nodes)
    c.pass()
    c.pass()
    assert.match(announced(c).message, /The speaker has not reported yet/)
  })

  test('while most speakers are starting, new addresses wait; but not for ever', () => {
    const c = new SimCluster(base)
    const startTime = '2026-01-01T00:01:35Z'
    c.nowSeconds = 1_767_225_700
    c.put(...nodes, ...nodes.map(({ metadata }) => speakerPod(metadata.name, metadata.name === 'n1' ? {} : { startTime, conditions: [] })))
    c.pass()
    c.speakersReport()
    for (const name of ['n2', 'n3', 'n4']) c.put({ ...c.get('AnnouncementPlan', name), status: { nothing: true } })
    c.pass()
    assert.equal(announced(c).reason, 'SpeakersStarting')
    assert.equal(c.decide().requeueAfterSeconds, 1)
    c.nowSeconds += 60
    c.pass()
    assert.deepEqual(c.entry(web).candidates, ['n1'])
  })
})

describe('what is not announced says why', () => {
  test('no pod', () => assert.equal(announced(cluster([...base.slice(0, 3)])).reason, 'NoEndpoints'))
  test('no advertisement', () => assert.equal(announced(cluster([base[0]!, base[2]!, base[3]!])).reason, 'NoAdvertisement'))
  test('shared, and an advertisement selects Services', () => {
    const shared = service('web', {}, { annotations: { 'metallb.io/allow-shared-ip': 'k' } })
    assert.equal(announced(cluster([base[0]!, shared, base[3]!, l2('x', { serviceSelectors: [{}] })])).reason, 'SharedWithServiceSelectors')
  })
  test('no node that the advertisement selects', () => {
    const nowhere = l2('l2', { nodeSelectors: [{ matchLabels: { rack: 'none' } }] })
    const said = announced(cluster([base[0]!, nowhere, ...base.slice(2)]))
    assert.deepEqual(
      [said.reason, said.message],
      ['NoEligibleNode', 'No node can announce it now. No advertisement that covers it selects a node that exists.'],
    )
  })
  test('no pod on any node that may announce', () => {
    const c = cluster([...base.slice(0, 2), service('web', { externalTrafficPolicy: 'Local' }), endpoints('default/web', ['elsewhere'])])
    assert.equal(announced(c).reason, 'NoLocalEndpoints')
  })
})

test('a preference that is added to an L2Advertisement moves its addresses, and no others', () => {
  const objects = [base[0]!, l2('all'), service('web'), service('app'), base[3]!, endpoints('default/app', ['n1'])]
  const c = new SimCluster(objects).addNodes(...nodes, node('n9', { rack: 'x' })).settle()
  c.nowSeconds += 60
  const before = [c.entry(web), c.entry('192.0.2.1')].map(({ candidates }) => candidates[0])
  assert.ok(!before.includes('n9'))
  const preferred = [{ weight: 10, preference: { matchLabels: { rack: 'x' } } }]
  c.put(l2('all', { serviceSelectors: [{ matchLabels: { app: 'other' } }], preferredNodeSelectors: preferred }), l2('plain'))
  c.settle()
  assert.deepEqual([c.entry(web).candidates[0], c.entry('192.0.2.1').candidates[0]], before)
  c.put(l2('plain', { preferredNodeSelectors: preferred }))
  for (let i = 0; i < 12; i++) {
    c.pass()
    c.speakersReport()
  }
  assert.deepEqual([c.entry(web).candidates[0], c.entry('192.0.2.1').candidates[0]], ['n9', 'n9'])
})

test('Services that share an address have one entry, and lose it one by one', () => {
  const sharing = (name: string, port: number): ApiObject =>
    service(name, { ports: [{ port, protocol: 'TCP' }] }, { annotations: { 'metallb.io/allow-shared-ip': 'k' } })
  const c = cluster([
    base[0]!,
    base[1]!,
    sharing('a', 80),
    sharing('b', 81),
    endpoints('default/a', ['n1']),
    endpoints('default/b', ['n1']),
  ])
  const services = (): readonly string[] => c.slice(`${c.entry(web).candidates[0]}-0`).l2[0]!.services
  assert.deepEqual(services(), ['default/a', 'default/b'])
  const before = c.entry(web)
  c.remove('Service/default/a')
  c.settle()
  assert.deepEqual(services(), ['default/b'])
  assert.deepEqual(c.entry(web), before)
})

test('IPv6 addresses are planned like IPv4 ones', () => {
  const six = service('web', { clusterIPs: ['fd00::1'], ipFamilies: ['IPv6'] })
  const c = cluster([pool('p', ['2001:db8::10-2001:db8::20']), base[1]!, six, base[3]!])
  assert.equal(c.entry('2001:db8::10').candidates.length, 3)
  assert.match(announced(c).message, /^2001:db8::10 by NDP from n\d\.$/)
})

test('placement metallb: all addresses of a Service follow its first, by MetalLB’s hash', () => {
  const both = service('web', { clusterIPs: ['10.96.0.1', 'fd00::1'], ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' })
  const c = new SimCluster([pool('p', ['10.0.0.1/32', 'fc00::1/128']), base[1]!, both, base[3]!], { placement: 'metallb' })
  c.addNodes(...['node-a', 'node-b', 'node-c'].map((name) => node(name))).settle()
  assert.deepEqual(c.entry('10.0.0.1').candidates, ['node-b', 'node-a', 'node-c'])
  assert.deepEqual(c.entry('fc00::1').candidates, ['node-b', 'node-a', 'node-c'])
})
