import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { Write } from '../../src/publish/write'
import { observeAll, SimCluster } from '../cluster/sim-cluster'
import {
  type ApiObject,
  bgp,
  dualStack,
  endpoints,
  l2,
  node,
  object,
  peer,
  phasesOf,
  pool,
  service,
  settings,
  speakerPod,
  system,
} from '../objects'

const names = ['n1', 'n2', 'n3']
const base = [pool('p', ['192.0.2.0/24', '2001:db8::/120']), service('web'), endpoints('default/web', names)]
const cluster = (objects: readonly ApiObject[], more: Partial<typeof settings> = {}): SimCluster =>
  new SimCluster([...base, ...objects], more).addNodes(...names.map((name) => node(name))).settle()
const all = (c: SimCluster, kind: string): readonly ApiObject[] => [...c.objects.values()].filter((one) => one.kind === kind)
const owner = (c: SimCluster, ip = '192.0.2.0'): string => c.entry(ip).candidates[0] ?? ''
const owners = ({ metadata }: ApiObject): unknown => (metadata as { ownerReferences?: unknown }).ownerReferences
const podOf = (name: string) => [{ apiVersion: 'v1', kind: 'Pod', name: `speaker-${name}`, uid: `Pod-speaker-${name}` }]
const telling = (writes: readonly Write[], kind?: string): readonly Write[] =>
  writes.filter(
    (write) => 'kind' in write && /^(Service(L2|BGP)Status|ConfigurationState)$/.test(write.kind) && (kind ?? write.kind) === write.kind,
  )
const onlyOn = (names: readonly string[]) => ({
  nodeSelectors: names.map((name) => ({ matchLabels: { 'kubernetes.io/hostname': name } })),
})

/** The speaker of a node claims something else. */
function claims(c: SimCluster, name: string, change: (claims: Record<string, unknown>[]) => Record<string, unknown>[]): void {
  const plan = c.get('AnnouncementPlan', name)
  c.put({ ...plan, status: { ...plan.status, claims: change(plan.status['claims'] as Record<string, unknown>[]) } })
}

describe('ServiceL2Status', () => {
  test('tells who claims a Service, with the labels, the owner and the status that MetalLB gives it', () => {
    const c = cluster([l2()])
    const [found, ...others] = all(c, 'ServiceL2Status')
    assert.deepEqual(others, [])
    assert.match(found!.metadata.name, /^l2-[0-9a-f]{16}$/)
    assert.equal(found!.metadata.namespace, system)
    assert.deepEqual(found!.metadata.labels, {
      'metallb.io/node': owner(c),
      'metallb.io/service-name': 'web',
      'metallb.io/service-namespace': 'default',
    })
    assert.deepEqual(owners(found!), podOf(owner(c)))
    assert.deepEqual(found!.status, { node: owner(c), serviceName: 'web', serviceNamespace: 'default' })
  })

  test('names interfaces only where an advertisement does', () => {
    const c = cluster([l2('l2', { interfaces: ['eth0', 'eth7'] })])
    assert.deepEqual(all(c, 'ServiceL2Status')[0]!.status['interfaces'], [{ name: 'eth0' }])
    c.put(l2('l2', {}))
    c.settle()
    assert.deepEqual(all(c, 'ServiceL2Status')[0]!.status['interfaces'], [])
  })

  test('is written in two steps, and settled is settled, over a restart too', () => {
    const c = cluster([])
    c.put(l2())
    c.pass()
    c.speakersReport()
    const steps = [c.pass(), c.pass(), c.pass()].map((writes) => telling(writes, 'ServiceL2Status').map((write) => write.do))
    assert.deepEqual(steps, [['status-object'], ['status-object-status'], []])
    assert.deepEqual(c.restart().pass(), [])
  })

  test('of two addresses that two nodes answer for there are two', () => {
    const both = [
      { ...endpoints('default/web', ['n1']), addressType: 'IPv4' } as ApiObject,
      {
        ...endpoints('default/web', ['n2']),
        metadata: { ...endpoints('default/web', ['n2']).metadata, name: 'web-6' },
        addressType: 'IPv6',
      } as ApiObject,
    ]
    const local = service('web', { ...dualStack('RequireDualStack'), externalTrafficPolicy: 'Local' })
    const c = cluster([l2(), local, ...both])
    assert.deepEqual(
      all(c, 'ServiceL2Status')
        .map(({ status }) => status['node'])
        .sort(),
      ['n1', 'n2'],
    )
  })

  test('follows the owner: that of the former one goes, and not before another claims', () => {
    const c = cluster([l2()])
    const before = owner(c)
    const kept = all(c, 'ServiceL2Status')[0]!.metadata.name
    claims(c, before, () => [])
    c.pass()
    assert.deepEqual(
      all(c, 'ServiceL2Status').map(({ metadata }) => metadata.name),
      [kept],
      'it may come back in a moment',
    )
    c.nowSeconds += 10
    c.pass()
    assert.deepEqual(all(c, 'ServiceL2Status'), [], 'nobody claims it')
    c.speakersReport()
    c.settle()
    c.put({ ...node(before, { 'node.kubernetes.io/exclude-from-external-load-balancers': '' }) })
    c.settle()
    assert.notEqual(owner(c), before)
    assert.deepEqual(
      all(c, 'ServiceL2Status').map(({ status }) => status['node']),
      [owner(c)],
    )
  })

  test.each<readonly [string, (c: SimCluster) => void]>([
    ['the Service goes', (c) => c.remove('Service/default/web')],
    ['the advertisement goes', (c) => c.remove('L2Advertisement/metallb-system/l2')],
    ['its pods go', (c) => c.put(endpoints('default/web', []))],
    ['it is no load balancer any more', (c) => c.put(service('web', { type: 'ClusterIP' }))],
  ])('is deleted when %s', (_, change) => {
    const c = cluster([l2()])
    change(c)
    c.settle()
    assert.deepEqual(all(c, 'ServiceL2Status'), [])
  })

  test('goes over to the next pod of the node, and not back and forth while two are ready', () => {
    const c = cluster([l2()])
    const on = owner(c)
    const next = speakerPod(on)
    c.put({ ...next, metadata: { ...next.metadata, name: 'a-speaker', uid: 'next' } })
    assert.deepEqual(telling(c.pass()), [])
    c.remove(`speaker-${on}`)
    c.settle()
    assert.deepEqual(owners(all(c, 'ServiceL2Status')[0]!), [{ apiVersion: 'v1', kind: 'Pod', name: 'a-speaker', uid: 'next' }])
  })

  test('that MetalLB wrote is left to its owner', () => {
    const labels = { 'metallb.io/node': 'n1', 'metallb.io/service-name': 'web', 'metallb.io/service-namespace': 'default' }
    const theirs = {
      ...object('ServiceL2Status', 'l2-x7k2p', {}, { labels }),
      status: { node: 'n1', serviceName: 'web', serviceNamespace: 'default' },
    }
    assert.equal(all(cluster([theirs]), 'ServiceL2Status').length, 1)
    assert.equal(all(cluster([l2(), theirs]), 'ServiceL2Status').length, 2)
  })

  test('that somebody edited is written anew', () => {
    const c = cluster([l2()])
    const [found] = all(c, 'ServiceL2Status')
    c.put({ ...found!, metadata: { ...found!.metadata, labels: {} }, status: { ...found!.status, interfaces: [{ name: 'x' }] } })
    c.settle()
    assert.deepEqual(all(c, 'ServiceL2Status')[0]!.status, { ...found!.status, interfaces: [] })
    assert.deepEqual(all(c, 'ServiceL2Status')[0]!.metadata.labels, found!.metadata.labels)
  })
})

describe('ServiceBGPStatus', () => {
  const on = { serviceBgpStatus: true }

  test('is not written unless asked for, and goes when that is taken back', () => {
    const c = cluster([bgp(), peer('r')], on)
    assert.equal(all(c, 'ServiceBGPStatus').length, 3)
    assert.deepEqual(all(cluster([bgp(), peer('r')]), 'ServiceBGPStatus'), [])
    const off = new SimCluster([...c.objects.values()]).settle()
    assert.deepEqual(all(off, 'ServiceBGPStatus'), [])
  })

  test('tells for each node which peers were told, sorted', () => {
    const c = cluster([bgp(), peer('tor-b'), peer('tor-a', { peerAddress: '192.0.2.9' }), service('other')], on)
    const of = all(c, 'ServiceBGPStatus').find(({ status }) => status['node'] === 'n1')!
    assert.match(of.metadata.name, /^bgp-[0-9a-f]{16}$/)
    assert.deepEqual(of.status, { node: 'n1', serviceName: 'web', serviceNamespace: 'default', peers: ['tor-a', 'tor-b'] })
    assert.deepEqual(owners(of), podOf('n1'))
    assert.equal(of.metadata.labels?.['metallb.io/node'], 'n1')
  })

  test('a session that is down for a moment deletes nothing, one that stays down does', () => {
    const c = cluster([bgp(), peer('r')], on)
    const plan = c.get('AnnouncementPlan', 'n1')
    const [session] = plan.status['sessions'] as Record<string, unknown>[]
    c.put({ ...plan, status: { ...plan.status, sessions: [{ ...session, state: 'Active', announcedIPv4: 0 }] } })
    assert.deepEqual(telling(c.pass()), [])
    c.nowSeconds += 10
    c.pass()
    assert.deepEqual(
      all(c, 'ServiceBGPStatus')
        .map(({ status }) => status['node'])
        .sort(),
      ['n2', 'n3'],
    )
  })

  test('not before the route is published', () => {
    const c = cluster([bgp(), peer('r')], on)
    c.put(service('late'), endpoints('default/late', names))
    assert.deepEqual(telling(c.pass(), 'ServiceBGPStatus'), [])
    assert.equal(telling(c.pass(), 'ServiceBGPStatus').length, 3)
  })

  test('time alone decides when a session has been down for long enough', () => {
    const c = cluster([bgp(), peer('r')], on)
    const plan = c.get('AnnouncementPlan', 'n1')
    c.put({ ...plan, status: { ...plan.status, sessions: [] } })
    assert.equal(c.decide().requeueAfterSeconds, 10)
  })

  test('only nodes and peers that the advertisement means', () => {
    const labelled = names.map((name) => node(name, { 'kubernetes.io/hostname': name }))
    const c = new SimCluster(
      [...base, bgp('b', { peers: ['r'], ...onlyOn(['n2']) }), peer('r'), peer('s', { peerAddress: '192.0.2.9' })],
      on,
    )
    c.addNodes(...labelled).settle()
    assert.deepEqual(
      all(c, 'ServiceBGPStatus').map(({ status }) => [status['node'], status['peers']]),
      [['n2', ['r']]],
    )
  })
})

describe('ConfigurationState', () => {
  const states = (c: SimCluster) => Object.fromEntries(all(c, 'ConfigurationState').map((one) => [one.metadata.name, one]))

  test('there is one of the controller and one of each speaker, as MetalLB has them', () => {
    const c = cluster([l2()], { podName: 'operator-1', podUid: 'op' })
    assert.deepEqual(Object.keys(states(c)).sort(), ['controller', 'speaker-n1', 'speaker-n2', 'speaker-n3'])
    const { controller, 'speaker-n2': second } = states(c)
    assert.deepEqual(controller!.metadata.labels, { 'metallb.io/component-type': 'controller' })
    assert.deepEqual(second!.metadata.labels, { 'metallb.io/component-type': 'speaker', 'metallb.io/node-name': 'n2' })
    assert.deepEqual(
      [owners(controller!), owners(second!)],
      [[{ apiVersion: 'v1', kind: 'Pod', name: 'operator-1', uid: 'op' }], podOf('n2')],
    )
    const condition = { reason: 'Reconciled', status: 'True', message: '' }
    const shown = ({ status }: ApiObject) => {
      const [{ lastTransitionTime: _, ...rest } = {}] = status['conditions'] as Record<string, unknown>[]
      return { ...status, conditions: rest }
    }
    assert.deepEqual(shown(controller!), { result: 'Valid', conditions: { type: 'poolReconcilerValid', ...condition } })
    assert.deepEqual(shown(second!), { result: 'Valid', conditions: { type: 'configReconcilerValid', ...condition } })
  })

  test('a fault of a pool is told by all, one of an advertisement by the speakers', () => {
    const c = cluster([l2('lan', { nodeSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Near' }] }] })])
    assert.equal(states(c)['controller']!.status['result'], 'Valid')
    const { status } = states(c)['speaker-n1']!
    assert.match(String(status['errorSummary']), /^configuration error: L2Advertisement lan: .*Near/)
    const [condition] = status['conditions'] as Record<string, unknown>[]
    assert.deepEqual([status['result'], condition?.['reason'], condition?.['status']], ['Invalid', 'ConfigurationError', 'False'])
    assert.equal(condition?.['message'], status['errorSummary'])
    c.put(pool('p', ['x']))
    c.settle()
    assert.match(String(states(c)['controller']!.status['errorSummary']), /^configuration error: IPAddressPool p: "x" is neither/)
    c.put(pool('p', ['192.0.2.0/24']), l2('lan'))
    c.settle()
    assert.deepEqual(
      Object.values(states(c)).map(({ status: is }) => [is['result'], is['errorSummary']]),
      Array(4).fill(['Valid', '']),
    )
  })

  test('what a speaker cannot read is an error of nobody’s configuration', () => {
    const c = cluster([l2()])
    const plan = c.get('AnnouncementPlan', 'n1')
    const conditions = [{ type: 'Degraded', status: 'True', reason: 'Unreadable', message: 'n1-0: l2 is no list', lastTransitionTime: '' }]
    c.put({ ...plan, status: { ...plan.status, conditions } })
    c.pass()
    const [condition] = states(c)['speaker-n1']!.status['conditions'] as Record<string, unknown>[]
    assert.deepEqual([states(c)['speaker-n1']!.status['result'], condition?.['reason']], ['Unknown', 'UnknownError'])
  })

  test('stays while a speaker restarts; none is written for a node without a ready one, and none deleted but by the garbage collector', () => {
    const c = cluster([l2()])
    c.put(speakerPod('n1', { conditions: [{ type: 'ContainersReady', status: 'False' }] }))
    assert.deepEqual(telling(c.pass(), 'ConfigurationState'), [])
    c.remove('Node//n1', `Pod/${system}/speaker-n1`)
    c.put(node('n9'), speakerPod('n9', { conditions: [{ type: 'ContainersReady', status: 'False' }] }))
    c.settle()
    assert.deepEqual(Object.keys(states(c)).sort(), ['controller', 'speaker-n1', 'speaker-n2', 'speaker-n3'])
    assert.deepEqual(owners(states(c)['speaker-n1']!), podOf('n1'))
  })
})

test('a kind that cannot be read is neither written nor in the way of anything', () => {
  const c = cluster([l2()])
  const world = {
    ...observeAll(c.seen(), settings),
    statusObjects: { ServiceL2Status: undefined, ServiceBGPStatus: undefined, ConfigurationState: undefined },
  }
  const { publication } = new SimCluster().decideOn(world)
  const [phases, { reports }] = [phasesOf(publication), publication]
  assert.deepEqual(telling([...phases.flat(), ...reports]), [])
})

test('a pass writes 1,024 of them at most, and the next ones the rest', () => {
  const many = Array.from({ length: 110 }, (_, i) => [service(`s${i}`), endpoints(`default/s${i}`, ['n1'])]).flat()
  const nodes = Array.from({ length: 10 }, (_, i) => node(`n${i + 1}`))
  const c = new SimCluster([pool('p', ['192.0.2.0/24']), bgp(), peer('r'), ...many]).addNodes(...nodes).settle()
  const asking = new SimCluster([...c.objects.values()], { serviceBgpStatus: true })
  assert.equal(telling(asking.pass(), 'ServiceBGPStatus').length, 1024)
  assert.equal(all(asking.settle(), 'ServiceBGPStatus').length, 1100)
})
