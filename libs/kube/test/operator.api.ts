import assert from 'node:assert/strict'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ResourceEvent, ResourceEventType } from '@dot-i/k8s-operator'
import { beforeAll, test } from '@jest/globals'
import { systemClock } from '@loadstone/clock'
import { collectionPath, type KubeObject, objectPath, type Reflection, statusOf } from '@loadstone/kube'
import { kubeConfigServer, PooledKubeConfig, ReflectingOperator } from '@loadstone/kube/operator'
import { apiConformance, createCrds, until, useApiServer } from '@loadstone/kube/testing'
import { applyCall, createCall, deleteCall } from '@loadstone/kube/writes'
import { connectionsTo } from './connections'

const server = useApiServer()
const pools = { group: 'metallb.io', version: 'v1beta1', plural: 'ipaddresspools' }
const inDefault = { ...pools, namespace: 'default' }
const manifest = join(__dirname, '../../../crds/manifests/metallb.io_ipaddresspools.yaml')
const pool = (name: string, addresses = '192.0.2.0/24') => ({
  apiVersion: 'metallb.io/v1beta1',
  kind: 'IPAddressPool',
  metadata: { name },
  spec: { addresses: [addresses] },
})

function connect(): { readonly config: PooledKubeConfig; readonly api: ReturnType<typeof kubeConfigServer> } {
  const config = new PooledKubeConfig()
  config.loadFromFile(server().kubeconfig())
  return { config, api: kubeConfigServer({ config, clock: systemClock }) }
}

let conforming: ReturnType<typeof kubeConfigServer>
beforeAll(() => {
  conforming = connect().api
})
apiConformance('kube-apiserver through kubeConfigServer', () => ({
  api: conforming,
  forget: async () => {
    await server().compactEtcd()
    await server().stopApiServer()
    await server().startApiServer()
  },
}))

test('calls share their connections: one after the other one, and many at once not many more than there are at once', async () => {
  const { api } = connect()
  const before = connectionsTo(server().url)
  const call = async (): Promise<void> =>
    assert.equal((await api.request({ method: 'GET', path: '/api/v1/namespaces/default' })).status, 200)
  for (let turn = 0; turn < 100; turn++) await call()
  const inTurn = connectionsTo(server().url) - before
  for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 20 }, call))
  const atOnce = connectionsTo(server().url) - before
  console.log(`connections: 100 calls in turn ${inTurn}; 200 calls, 20 at a time, ${atOnce}`)
  assert.ok(inTurn <= 2 && atOnce <= 60)
  await api.close()
})

class Operator extends ReflectingOperator {
  readonly seen: string[] = []
  reflected: Reflection<KubeObject> | undefined
  deleted: string[] = []

  constructor() {
    super({
      clock: systemClock,
      random: () => 0.5,
      fieldManager: 'test',
      logger: { debug: () => {}, info: () => {}, warn: () => {}, error: (message) => void this.seen.push(`error ${message}`) },
    })
  }

  protected async init(): Promise<void> {
    await this.watchResource(pools.group, pools.version, pools.plural, (event) => this.handle(event), 'default')
    this.reflected = this.reflection('ipaddresspools.metallb.io/v1beta1')
  }

  async handle(event: ResourceEvent): Promise<void> {
    this.seen.push(`${event.type} ${event.meta.name}`)
    const clean = async (): Promise<void> => void this.deleted.push(event.meta.name)
    if (event.meta.name.startsWith('held') && (await this.handleResourceFinalizer(event, 'loadstone.dev/test', clean))) return
    if (event.type === ResourceEventType.Added && event.meta.name === 'a') {
      const meta = await this.setResourceStatus(event.meta, { assignedIPv4: 3 })
      await this.patchResourceStatus(meta ?? event.meta, { availableIPv4: 7 })
    }
  }

  uri(): string {
    return this.getCustomResourceApiUri('metallb.io', 'v1beta1', 'ipaddresspools', 'default')
  }
}

test('the frame, over our reflectors: events, status, finalizers, and a deleted definition', async () => {
  const { api } = server()
  await createCrds(api, [manifest])
  process.env['KUBECONFIG'] = server().kubeconfig()
  const operator = new Operator()
  await api.request(createCall(inDefault, pool('a')))
  await operator.start()
  assert.equal(operator.uri(), `${server().url}${collectionPath(inDefault)}`)

  await until('the status is written', async () => {
    const { body } = await api.request({ method: 'GET', path: objectPath(inDefault, { name: 'a' }) })
    const { status } = body as { status?: { assignedIPv4?: number; availableIPv4?: number } }
    return status?.assignedIPv4 === 3 && status.availableIPv4 === 7
  })
  await api.request(createCall(inDefault, pool('held')))
  await until('the finalizer is set', async () => {
    const { body } = await api.request({ method: 'GET', path: objectPath(inDefault, { name: 'held' }) })
    return (body as KubeObject).metadata.finalizers?.includes('loadstone.dev/test') === true
  })
  await api.request(deleteCall(inDefault, { name: 'held' }, {}))
  await until('it is gone after its delete action', () => operator.seen.includes('DELETED held'))
  assert.deepEqual(operator.deleted, ['held'])

  await api.request(applyCall(inDefault, pool('a', '198.51.100.0/24'), { fieldManager: 'somebody' }))
  await api.request(createCall(inDefault, pool('b')))
  await until('all is told', () => operator.seen.includes('ADDED b') && operator.reflected?.objects().size === 2)

  await server().stopApiServer()
  await until('it is noticed', () => operator.reflected?.state().at === 'behind')
  await server().startApiServer()
  await api.request(createCall(inDefault, pool('d')))
  await until('it follows again', () => operator.seen.includes('ADDED d'))
  await api.request(deleteCall(inDefault, { name: 'd' }, {}))
  await until('all is told', () => operator.seen.includes('DELETED d'))

  const before = operator.seen.length
  const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ipaddresspools.metallb.io'
  const answer = await api.request({ method: 'DELETE', path: definition })
  assert.equal(answer.status, 200, statusOf(answer).message)
  await until('frozen', () => operator.reflected?.state().at === 'frozen')
  await until('the definition is gone', async () => (await api.request({ method: 'GET', path: definition })).status === 404)
  await sleep(1_000)
  assert.deepEqual([...(operator.reflected?.objects().keys() ?? [])].sort(), ['default/a', 'default/b'], 'what was known stays')
  assert.deepEqual(operator.seen.slice(before), [])
  console.log(`a deleted definition: ${operator.reflected?.state().reason}`)

  await createCrds(api, [manifest])
  await api.request(createCall(inDefault, pool('c')))
  await until('served again', () => operator.reflected?.state().at === 'live' && operator.seen.includes('ADDED c'), 30_000)
  assert.deepEqual(operator.seen.slice(before).sort(), ['ADDED c', 'DELETED a', 'DELETED b'])
  operator.stop()
}, 90_000)
