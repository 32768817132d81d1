import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { resources } from '@loadstone/crds'
import { type ApiAnswer, type ApiCall, Reflector, type Resource } from '@loadstone/kube'
import { SimApiServer } from '@loadstone/kube/testing'
import { createCall, deleteCall } from '@loadstone/kube/writes'
import { SimClock } from '@loadstone/sim'
import { misplacedResources, mostMisplaced, withMisplaced } from '../../src/cluster/other-namespaces'
import { watchedResources } from '../../src/cluster/resources'
import type { ConfigObject } from '../../src/model/config-object'
import { projections } from '../../src/observe/observe'
import { bgp, endpoints, node, peer, phasesOf, pool, service, settings, system } from '../objects'
import { SimCluster } from './sim-cluster'

const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
const watched = watchedResources(settings)
const elsewhere = misplacedResources(settings, watched)

/** Pools as the operator follows them, in its own namespace and in the others. */
class Pools {
  readonly clock = new SimClock()
  readonly api = new SimApiServer([{ ...resources.IPAddressPool, kind: 'IPAddressPool', namespaced: true }])
  readonly reflection
  changes = 0
  readonly #reflectors

  constructor() {
    const follow = (resource: Resource): Reflector<ConfigObject | undefined> =>
      new Reflector({ api: this.api, resource, clock: this.clock, random: () => 0, project: projections(settings).ipaddresspools })
    this.#reflectors = [follow(watched.ipaddresspools), follow(elsewhere.get('ipaddresspools')!)] as const
    this.reflection = withMisplaced(...this.#reflectors)
    this.reflection.onChange(() => {
      this.changes += 1
    })
  }

  async start(): Promise<this> {
    for (const one of this.#reflectors) one.start()
    return this.pass(0)
  }

  async pass(millis: number): Promise<this> {
    for (let turn = 0; turn < 5; turn++) await settle()
    this.clock.advance(millis)
    for (let turn = 0; turn < 5; turn++) await settle()
    return this
  }

  async put(namespace: string, name: string): Promise<void> {
    await this.api.request(
      createCall({ ...watched.ipaddresspools, namespace }, { metadata: { name }, spec: { addresses: ['192.0.2.0/24'] } }),
    )
  }

  /** Key of each pool, with the reason why it has no effect. */
  seen(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.reflection.objects()].map(([key, found]) => [key, found?.faults[0]?.reason ?? 'in place']))
  }
}

/** As without the ClusterRole's rule: lists and watches over all namespaces are refused. */
const forbidden = ({ path }: ApiCall): ApiAnswer | undefined =>
  path.includes('/namespaces/') ? undefined : { status: 403, body: { kind: 'Status', code: 403, reason: 'Forbidden', message: 'no' } }

test('a pool in another namespace is seen beside those in place, and goes when it goes', async () => {
  const pools = new Pools()
  await pools.put(system, 'a')
  await pools.put('default', 'b')
  await pools.start()
  assert.deepEqual(pools.seen(), { 'default/b': 'WrongNamespace', [`${system}/a`]: 'in place' })
  assert.equal(pools.reflection.objects(), pools.reflection.objects(), 'unchanged objects cost nothing')
  const before = pools.changes
  await pools.put('other', 'c')
  await pools.api.request(deleteCall({ ...watched.ipaddresspools, namespace: 'default' }, { name: 'b' }, {}))
  await pools.pass(0)
  assert.deepEqual(pools.seen(), { 'other/c': 'WrongNamespace', [`${system}/a`]: 'in place' })
  assert.ok(pools.changes > before)
})

test('where the others may not be listed, nothing waits and nothing freezes, and they are found once they may', async () => {
  const pools = new Pools()
  pools.api.fault = forbidden
  await pools.put(system, 'a')
  await pools.put('default', 'b')
  await pools.start()
  assert.deepEqual(pools.reflection.state(), { at: 'live', complete: true, reason: '' })
  assert.deepEqual(pools.seen(), { [`${system}/a`]: 'in place' })
  pools.api.fault = () => undefined
  await pools.pass(120_000)
  assert.deepEqual(pools.seen(), { 'default/b': 'WrongNamespace', [`${system}/a`]: 'in place' })
  pools.api.fault = forbidden
  pools.api.breakWatches()
  await pools.pass(1_000)
  assert.equal(pools.reflection.state().at, 'live')
})

test('where the own namespace may not be listed, the kind is frozen, whatever is seen of the others', async () => {
  const pools = new Pools()
  pools.api.fault = (call) => (forbidden(call) === undefined ? forbidden({ ...call, path: '' }) : undefined)
  await pools.start()
  assert.deepEqual([pools.reflection.state().at, pools.reflection.state().complete], ['frozen', false])
})

test('no more than a bounded number of misplaced objects reaches a pass', async () => {
  const pools = new Pools()
  for (let i = 0; i < mostMisplaced + 20; i++) await pools.put('default', `p${i}`)
  await pools.put(system, 'a')
  await pools.start()
  assert.equal(Object.keys(pools.seen()).length, mostMisplaced + 1)
  assert.equal(pools.seen()[`${system}/a`], 'in place')
})

test('every kind of the configuration is followed everywhere, or none where the rights are narrow', () => {
  assert.deepEqual(
    [...elsewhere.keys()],
    ['ipaddresspools', 'l2advertisements', 'bgpadvertisements', 'bgppeers', 'bfdprofiles', 'communities'],
  )
  for (const resource of elsewhere.values()) {
    assert.deepEqual([resource.namespace, resource.fieldSelector], [undefined, `metadata.namespace!=${system}`])
  }
  assert.equal(misplacedResources({ ...settings, otherNamespaces: false }, watched).size, 0)
})

test('a misplaced object is told so once, and is otherwise as if it were not there', () => {
  const base = [pool('p', ['192.0.2.0/24']), peer('r'), bgp('b', { peers: ['r'] }), service('web'), endpoints('default/web', ['n1'])]
  const without = new SimCluster(base).addNodes(node('n1')).settle()
  const away = { namespace: 'default' }
  const misplaced = [
    pool('q', ['192.0.2.0/25'], {}, away),
    peer('r', { peerAddress: '192.0.2.99' }, away),
    bgp('c', { localPref: 7 }, away),
  ]
  const c = new SimCluster([...base, ...misplaced]).addNodes(node('n1')).settle()
  assert.deepEqual([...c.routeSets().values()], [...without.routeSets().values()])
  assert.deepEqual(c.plan('n1').sessions, without.plan('n1').sessions)
  for (const { kind, metadata } of misplaced) {
    const found = [...c.objects.values()].find(
      (one) => one.kind === kind && one.metadata.name === metadata.name && one.metadata.namespace === 'default',
    )
    const conditions = found?.status['conditions'] as readonly { type: string; status: string; reason: string; message: string }[]
    assert.deepEqual(
      conditions.map(({ type, status, reason }) => [type, status, reason]),
      [
        ['Accepted', 'False', 'WrongNamespace'],
        ['InForce', 'False', 'NothingInForce'],
      ],
    )
    assert.match(conditions[0]?.message ?? '', /Only objects in the namespace metallb-system count/)
  }
  const { publication } = c.decide()
  const [phases, { reports }] = [phasesOf(publication), publication]
  assert.deepEqual([...phases.flat(), ...reports], [])
})
