import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from '@jest/globals'
import { createCrds, eventually, serviceAccountToken, useApiServer } from '@loadstone/kube/testing'
import { parseAllDocuments } from 'yaml'
import { ApiTestCluster, crdFiles, podOf } from '../cluster/api-cluster'
import { type ApiObject, bgp, endpoints, l2, node, peer, pool, secret, service, system } from '../objects'
import { builtOperator } from './built'
import { OperatorProcess } from './operator-process'

const server = useApiServer()
let built = ''
let cluster: ApiTestCluster
const running: OperatorProcess[] = []

beforeAll(async () => {
  built = await builtOperator()
  cluster = await new ApiTestCluster(server().api).prepare()
}, 120_000)
const nodes = ['n1', 'n2', 'n3']
/** All tests begin with the same objects, so that none depends on another. */
beforeEach(() => cluster.reset(pool('lan', ['192.0.2.1-192.0.2.9']), l2(), ...nodes.flatMap((name) => [node(name), podOf(name)])), 60_000)
afterAll(() => rmSync(dirname(built), { recursive: true, force: true }))
afterEach(async () => {
  await Promise.all(running.splice(0).map((operator) => operator.end()))
})

async function start(name = 'operator-1', env: Readonly<Record<string, string>> = {}): Promise<OperatorProcess> {
  const operator = await OperatorProcess.start(built, server().kubeconfig(), name, env)
  running.push(operator)
  return operator
}
const leading = (operator: OperatorProcess): Promise<unknown> =>
  eventually(
    'it leads',
    async () => operator.said('leading').length,
    (times) => times > 0,
  )
const hasPassed = (operator: OperatorProcess, more = 1): Promise<unknown> => {
  const before = operator.said('pass').length
  return eventually(
    'a pass',
    async () => operator.said('pass').length,
    (times) => times >= before + more,
  )
}
const has = (name: string, ip: string): Promise<unknown> =>
  eventually(
    `${name} has ${ip}`,
    () => cluster.ips(name),
    (ips) => ips.join() === ip,
  )
const isTold = (kind: string, name: string, type: string, reason: string) =>
  eventually(
    `${kind} ${name} says ${reason}`,
    () => cluster.condition(kind, name, type),
    (condition) => condition?.reason === reason,
  )
/** Waits until nothing has been written for a second. */
async function quiet(): Promise<readonly string[]> {
  let before = await cluster.versions()
  for (;;) {
    await sleep(1_000)
    const after = await cluster.versions()
    if (after.join() === before.join()) return after
    before = after
  }
}

const candidates = async (): Promise<number> => (await cluster.slice('n1-0'))?.l2[0]?.candidates.length ?? 0
/** A Service that all three nodes announce, by L2 and to a router. */
async function announced(): Promise<void> {
  await cluster.put(service('web'), endpoints('default/web', ['n1']), bgp(), peer('tor', { peerAddress: '192.0.2.250' }))
  for (const name of nodes) await cluster.speakerReports(name)
  await eventually('three candidates', candidates, (count) => count === 3)
  for (const name of nodes) await cluster.speakerReports(name)
  await isTold('Service', 'web', 'loadstone.dev/Announced', 'Announced')
}
const sessions = async (): Promise<string> => (await cluster.plan('n1'))?.sessions.map(({ peer: name }) => name).join() ?? ''

describe('a Service', () => {
  test('gets an address, a second one another, and the freed one is given again', async () => {
    await start()
    await cluster.put(service('one'))
    await has('one', '192.0.2.1')
    assert.equal((await cluster.find('Service', 'one'))?.metadata.annotations?.['metallb.io/ip-allocated-from-pool'], 'lan')
    await cluster.put(service('two'))
    await has('two', '192.0.2.2')
    await cluster.remove('Service', 'one')
    await cluster.put(service('three'))
    await has('three', '192.0.2.1')
    const events = await eventually(
      'events',
      () => cluster.list('Event'),
      (found) => found.some(({ reason }) => reason === 'IPAllocated'),
    )
    assert.ok(events.some(({ note, regarding }) => note === 'Assigned IP ["192.0.2.2"]' && (regarding as { name: string }).name === 'two'))
  })

  test('that waits is told why, and served by a pool added later', async () => {
    await start()
    await cluster.put(service('waiting', {}, { annotations: { 'metallb.io/address-pool': 'later' } }))
    await isTold('Service', 'waiting', 'loadstone.dev/Allocated', 'UnknownPool')
    await cluster.put(pool('later', ['198.51.100.0/30']))
    await has('waiting', '198.51.100.0')
    await cluster.remove('IPAddressPool', 'later')
    await has('waiting', '')
  })

  test('that becomes a ClusterIP is released: ingress, annotation and conditions go', async () => {
    await start()
    await cluster.put(service('former', {}, { annotations: { 'metallb.io/loadBalancerIPs': '192.0.2.9' } }))
    await has('former', '192.0.2.9')
    await cluster.put(service('former', { type: 'ClusterIP', externalTrafficPolicy: undefined }))
    await eventually(
      'nothing is left',
      async () => {
        const found = await cluster.find('Service', 'former')
        const status = found?.['status'] as { conditions?: unknown[]; loadBalancer?: { ingress?: unknown[] } }
        return [
          found?.metadata.annotations?.['metallb.io/ip-allocated-from-pool'],
          status.conditions?.length ?? 0,
          status.loadBalancer?.ingress?.length ?? 0,
        ].join()
      },
      (left) => left === ',0,0',
    )
  })
})

describe('plans', () => {
  test('say who announces what; an EndpointSlice that is touched without a change writes nothing', async () => {
    const operator = await start()
    await announced()
    assert.deepEqual([await sessions(), (await cluster.plan('n1'))?.routeSets], ['tor', ['every-node-0']])
    const before = await quiet()
    const passes = operator.said('pass').length
    const touched = endpoints('default/web', ['n1'])
    for (let i = 0; i < 20; i++) await cluster.put({ ...touched, metadata: { ...touched.metadata, annotations: { touched: String(i) } } })
    await sleep(500)
    assert.deepEqual(await cluster.versions(), before)
    assert.equal(operator.said('pass').length, passes, 'it did not even wake')
    await cluster.put(endpoints('default/web', [])) // causes a pass, so a pending write would be performed
    await hasPassed(operator)
  }, 120_000)

  test('survive the operator: its successor writes nothing', async () => {
    const first = await start()
    await announced()
    await quiet()
    assert.equal(await first.end(), 0)
    const before = await cluster.versions()
    const next = await start('operator-2')
    await leading(next)
    await hasPassed(next, 1 - next.said('pass').length)
    assert.match(await cluster.leader(), /^operator-2/)
    await sleep(500)
    assert.deepEqual(await cluster.versions(), before)
    assert.deepEqual(
      next.said('pass').filter(({ writes }) => writes !== 0),
      [],
    )
  }, 120_000)

  test('follow the nodes: one that is gone takes its plan along, and the next candidate follows', async () => {
    await start()
    await announced()
    const candidatesIn = async (slice: string) =>
      (await cluster.slice(slice))?.l2.find(({ services }) => services.includes('default/web'))?.candidates
    const [first = ''] = (await candidatesIn('n1-0')) ?? []
    const other = nodes.find((name) => name !== first)!
    assert.notEqual(await cluster.find('AnnouncementPlan', first), undefined)
    await cluster.remove('Pod', `speaker-${first}`)
    await cluster.remove('Node', first)
    await eventually(
      'its plan is gone',
      () => cluster.find('AnnouncementPlan', first),
      (found) => found === undefined,
    )
    await eventually(
      'another owner',
      () => candidatesIn(`${other}-0`),
      (candidates) => candidates !== undefined && candidates.length > 0 && !candidates.includes(first),
    )
  }, 120_000)
})

test('a Service that a speaker claims has a ServiceL2Status, which goes with the Service', async () => {
  await start()
  await announced()
  const statuses = async () =>
    (await cluster.list('ServiceL2Status')).map(({ metadata, ...fields }) => [metadata.ownerReferences, fields['status']])
  const [first = ''] = (await cluster.slice('n1-0'))?.l2[0]?.candidates ?? []
  const status = { node: first, serviceName: 'web', serviceNamespace: 'default' }
  const told = await eventually('it is told', statuses, (found) => JSON.stringify(found.map(([, is]) => is)) === JSON.stringify([status]))
  const uid = (await cluster.find('Pod', `speaker-${first}`))?.metadata.uid
  assert.deepEqual(told[0]?.[0], [{ apiVersion: 'v1', kind: 'Pod', name: `speaker-${first}`, uid }])
  await cluster.remove('Service', 'web')
  await eventually('it is gone', statuses, (found) => found.length === 0)
}, 120_000)

describe('mistakes', () => {
  /** A Service with an address that a mistake might take away. */
  const held = async (): Promise<void> => {
    await cluster.put(service('held', {}, { annotations: { 'metallb.io/loadBalancerIPs': '192.0.2.7' } }))
    await has('held', '192.0.2.7')
  }

  test('two pools that overlap: the younger says so, and what was in force stays', async () => {
    const operator = await start()
    await held()
    await cluster.put(pool('overlapping', ['192.0.2.5-192.0.2.20']))
    const refused = await isTold('IPAddressPool', 'overlapping', 'Accepted', 'AddressesOverlap')
    assert.match(refused?.message ?? '', /192\.0\.2\.1-192\.0\.2\.9 of the IPAddressPool lan/)
    await cluster.put(service('later', {}, { annotations: { 'metallb.io/loadBalancerIPs': '192.0.2.8' } }))
    await has('later', '192.0.2.8')
    assert.ok(operator.said('pass').length > 0)
    assert.deepEqual(await cluster.ips('held'), ['192.0.2.7'])
    assert.equal((await cluster.condition('IPAddressPool', 'lan', 'Accepted'))?.status, 'True')
  }, 120_000)

  test('a pool edited into something invalid keeps its effect, over a restart too', async () => {
    const first = await start()
    await held()
    await cluster.put(pool('lan', ['192.0.2.9-192.0.2.1']))
    await isTold('IPAddressPool', 'lan', 'Accepted', 'Malformed')
    await isTold('IPAddressPool', 'lan', 'InForce', 'PreviousDefinition')
    assert.equal(await first.end(), 0)
    const next = await start('operator-2')
    await leading(next)
    await cluster.put(service('later'))
    await eventually(
      'the new one has decided something',
      () => cluster.condition('Service', 'later', 'loadstone.dev/Allocated'),
      (condition) => condition !== undefined,
    )
    assert.match(await cluster.leader(), /^operator-2/)
    assert.deepEqual(await cluster.ips('held'), ['192.0.2.7'])
    await cluster.put(pool('lan', ['192.0.2.1-192.0.2.9']))
    await isTold('IPAddressPool', 'lan', 'Accepted', 'Accepted')
    assert.deepEqual(await cluster.ips('held'), ['192.0.2.7'])
  }, 120_000)

  test('a missing Secret: the peer says so, and the session begins when it comes', async () => {
    await start()
    await announced()
    await cluster.put(peer('secretive', { peerAddress: '192.0.2.251', passwordSecret: { name: 'md5' } }))
    await isTold('BGPPeer', 'secretive', 'Accepted', 'SecretMissing')
    assert.equal(await sessions(), 'tor')
    await cluster.put({ ...secret('md5'), type: 'kubernetes.io/basic-auth', stringData: { username: 'x', password: 'y' } } as never)
    await eventually('both sessions', sessions, (names) => names === 'secretive,tor')
    await isTold('BGPPeer', 'secretive', 'Accepted', 'Accepted')
  }, 120_000)

  test('a kind whose definition vanishes freezes everything, and says so; nothing is withdrawn', async () => {
    await start()
    await announced()
    await quiet()
    const inForce = async () => [await cluster.slice('n1-0'), await cluster.plan('n1'), await cluster.ips('web')]
    const before = await inForce()
    const definition = 'l2advertisements.metallb.io'
    try {
      await cluster.remove('CustomResourceDefinition', definition)
      const frozen = await isTold('IPAddressPool', 'lan', 'InForce', 'InputsIncomplete')
      assert.match(frozen?.message ?? '', /l2advertisements/)
      await eventually(
        'the definition is gone',
        () => cluster.find('CustomResourceDefinition', definition),
        (found) => found === undefined,
      )
      await sleep(500)
      assert.deepEqual(await inForce(), before)
    } finally {
      await createCrds(server().api, [crdFiles.find((path) => path.endsWith('metallb.io_l2advertisements.yaml'))!])
    }
    await cluster.put(l2())
    await isTold('IPAddressPool', 'lan', 'InForce', 'CurrentDefinition')
    // For a moment there is a definition without objects, which means to announce nothing, so the term may be new.
    await eventually('three candidates again', candidates, (count) => count === 3)
    // Another node may have become the owner, whose partners are others.
    const apart = ([, plan, ips]: readonly unknown[]) => [{ ...(plan as object), partners: [] }, ips]
    assert.deepEqual(apart(await inForce()), apart(before))
  }, 120_000)
})

test('what the chart allows it is enough', async () => {
  const token = await serviceAccountToken(server().api, system, 'loadstone-operator')
  const files = ['rbac', 'service-account', 'admission-policy'].flatMap((name) => ['--show-only', `templates/operator/${name}.yaml`])
  const root = join(__dirname, '../../..')
  const rendered = execFileSync(
    join(root, 'tools/helm'),
    ['template', 'loadstone', join(root, 'charts/loadstone'), '-n', system, ...files],
    { encoding: 'utf8' },
  )
  for (const document of parseAllDocuments(rendered)) await cluster.put(document.toJS() as ApiObject)
  const operator = await OperatorProcess.start(built, server().kubeconfig(token))
  running.push(operator)
  await leading(operator)
  await cluster.put(service('allowed'), endpoints('default/allowed', ['n1']), bgp(), pool('lan-2', ['203.0.113.0/30']))
  await eventually(
    'allowed has an address',
    () => cluster.ips('allowed'),
    (ips) => ips.length === 1,
  )
  await isTold('IPAddressPool', 'lan-2', 'Accepted', 'Accepted')
  await isTold('ConfigurationState', 'controller', 'poolReconcilerValid', 'Reconciled')
  await eventually(
    'its event',
    () => cluster.list('Event'),
    (events) => events.some(({ regarding }) => (regarding as { name: string }).name === 'allowed'),
  )
  await cluster.put(peer('open', { peerAddress: '192.0.2.252', password: 'in the open' }))
  const kept = await eventually(
    'the password in a Secret',
    () => cluster.find('Secret', 'loadstone-password-open'),
    (found) => found !== undefined,
  )
  assert.deepEqual(kept?.['data'], { password: Buffer.from('in the open').toString('base64') })
  await eventually(
    'the session, with it',
    async () => (await cluster.plan('n1'))?.sessions.find(({ peer: name }) => name === 'open')?.passwordSecret,
    (secretOf) => secretOf?.resourceVersion === kept?.metadata.resourceVersion,
  )
  await isTold('BGPPeer', 'open', 'Accepted', 'Accepted')
  await cluster.remove('BGPPeer', 'open')
  await eventually(
    'no Secret without its peer',
    () => cluster.find('Secret', 'loadstone-password-open'),
    (found) => found === undefined,
  )
  assert.ok(!JSON.stringify(operator.log).includes('in the open'))
  assert.notEqual(await cluster.find('AnnouncementPlan', 'n3'), undefined)
  await cluster.remove('Node', 'n3')
  await eventually(
    'its plan is deleted',
    () => cluster.find('AnnouncementPlan', 'n3'),
    (found) => found === undefined,
  )
  assert.deepEqual(
    operator.log.filter(({ event }) => /refused$|failed$|frozen|waiting-for/.test(event) && event !== 'object-refused'),
    [],
  )
}, 120_000)

describe('two replicas', () => {
  const isReady = (operator: OperatorProcess): Promise<number> =>
    eventually(
      'it is ready',
      () => operator.health('/readyz').catch(() => 0),
      (status) => status === 200,
    )

  test('one leads; when it is killed the other goes on', async () => {
    const first = await start('a')
    await leading(first)
    const second = await start('b')
    await isReady(second)
    await cluster.put(service('before', {}, { annotations: { 'metallb.io/loadBalancerIPs': '192.0.2.8' } }))
    await has('before', '192.0.2.8')
    assert.deepEqual([second.said('leading').length, second.said('pass').length], [0, 0])
    await first.end('SIGKILL')
    await cluster.put(service('meanwhile', {}, { annotations: { 'metallb.io/loadBalancerIPs': '192.0.2.9' } }))
    await has('meanwhile', '192.0.2.9')
    assert.deepEqual(await cluster.ips('before'), ['192.0.2.8'])
    assert.match(await cluster.leader(), /^b/)
  }, 120_000)

  test('one that ends gives the lease back before it has ended, and the other leads', async () => {
    const first = await start('a')
    await leading(first)
    const second = await start('b')
    await isReady(second)
    assert.match(await cluster.leader(), /^a/)
    assert.equal(await first.end('SIGTERM'), 0)
    assert.doesNotMatch(await cluster.leader(), /^a/)
    await leading(second)
  }, 120_000)
})

test('mode observe decides, tells, and writes nothing', async () => {
  await cluster.put(service('untouched', {}, { annotations: { 'metallb.io/loadBalancerIPs': '192.0.2.9' } }))
  const before = await cluster.versions()
  const operator = await start('observer', { LOADSTONE_MODE: 'observe' })
  await eventually(
    'what it would write',
    async () => operator.said('service'),
    (lines) => lines.some(({ would, ips }) => would === true && String(ips) === '192.0.2.9'),
  )
  await sleep(500)
  assert.deepEqual(await cluster.versions(), before)
  assert.deepEqual(await cluster.ips('untouched'), [])
}, 120_000)

test('healthy as long as it runs, ready when everything has been seen; settings that make no sense are named', async () => {
  const operator = await start()
  await eventually(
    'ready',
    () => operator.health('/readyz').catch(() => 0),
    (status) => status === 200,
  )
  assert.deepEqual([await operator.health('/healthz'), await operator.health('/')], [200, 404])
  const broken = await start('x', { LOADSTONE_CANDIDATES: '9', LOADSTONE_PLACEMENT: 'random' })
  await eventually(
    'its complaint',
    async () => broken.said('settings').length,
    (times) => times === 1,
  )
  assert.match(
    String(broken.said('settings')[0]?.['message']),
    /LOADSTONE_CANDIDATES must be a whole number from 1 to 8, not "9"; LOADSTONE_PLACEMENT must be one of/,
  )
})
