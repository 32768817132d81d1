import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from '@jest/globals'
import { systemClock } from '@loadstone/clock'
import { type KubeObject, Reflector, whole } from '@loadstone/kube'
import { eventually, useApiServer } from '@loadstone/kube/testing'
import { ApiTestCluster, podOf } from '../cluster/api-cluster'
import { bgp, endpoints, l2, node, peer, pool, service } from '../objects'
import { builtOperator } from './built'
import { OperatorProcess } from './operator-process'

const server = useApiServer()
const nodes = ['n1', 'n2', 'n3']
let built = ''
let cluster: ApiTestCluster
const running: OperatorProcess[] = []

beforeAll(async () => {
  built = await builtOperator()
  cluster = await new ApiTestCluster(server().api).prepare()
}, 120_000)
beforeEach(
  () => cluster.reset(pool('lan', ['192.0.2.1-192.0.2.60']), l2(), bgp(), peer('r'), ...nodes.flatMap((name) => [node(name), podOf(name)])),
  60_000,
)
afterEach(async () => {
  await Promise.all(running.splice(0).map((operator) => operator.end()))
})
afterAll(() => rmSync(dirname(built), { recursive: true, force: true }))

async function start(name: string): Promise<OperatorProcess> {
  const operator = await OperatorProcess.start(built, server().kubeconfig(), name)
  running.push(operator)
  return operator
}

const ipsOf = (object: KubeObject): readonly string[] =>
  ((object['status'] as { loadBalancer?: { ingress?: { ip: string }[] } }).loadBalancer?.ingress ?? []).map(({ ip }) => ip)

/** Every state of every Service, as the API server tells it. */
class Watcher {
  readonly twice: string[] = []
  readonly lost: string[] = []
  readonly #had = new Map<string, string>()
  readonly #reflector = new Reflector({
    api: server().api,
    resource: { group: '', version: 'v1', plural: 'services' },
    clock: systemClock,
    random: Math.random,
    project: whole,
  })

  constructor() {
    this.#reflector.onEach(({ key, object, type }) => {
      const ips = type === 'deleted' ? [] : ipsOf(object)
      const before = this.#had.get(key)
      if (type !== 'deleted' && before !== undefined && before !== ips.join()) this.lost.push(`${key}: ${before} → ${ips.join()}`)
      if (type === 'deleted') this.#had.delete(key)
      else if (ips.length > 0) this.#had.set(key, ips.join())
      for (const [other, theirs] of this.#had) if (other !== key && ips.includes(theirs)) this.twice.push(`${theirs}: ${key}, ${other}`)
    })
    this.#reflector.start()
  }

  stop(): void {
    this.#reflector.stop()
  }
}

const web = (name: string) => [service(name), endpoints(`default/${name}`, nodes)]
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `s${i}`)
const allHave = (of: readonly string[]): Promise<unknown> =>
  eventually(
    'all have an address',
    async () => (await Promise.all(of.map((name) => cluster.ips(name)))).filter((ips) => ips.length === 0).length,
    (without) => without === 0,
    60_000,
  )

/** All addresses of the Services stand in slices and RouteSets, and nothing else does. */
async function allPlanned(of: readonly string[]): Promise<void> {
  const wanted = (await Promise.all(of.map((name) => cluster.ips(name)))).flat().sort()
  const planned = async (): Promise<string> => {
    const specs = [...(await cluster.list('AnnouncementSlice')), ...(await cluster.list('RouteSet'))].map(({ spec }) => spec)
    const text = JSON.stringify(specs)
    return [...new Set(text.match(/192\.0\.2\.\d+/g) ?? [])].sort().join()
  }
  await eventually('all is planned', planned, (found) => found === wanted.join(), 60_000)
}

describe('on a real API server', () => {
  test('a webhook that hangs for one namespace costs the others nothing; its Service is told of in an event, and served in the end', async () => {
    const sockets = new Set<Socket>()
    const deaf = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1')
    await once(deaf, 'listening')
    const webhook = {
      name: 'status.example.com',
      clientConfig: {
        url: `https://127.0.0.1:${(deaf.address() as AddressInfo).port}/`,
        caBundle: Buffer.from(server().ca).toString('base64'),
      },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['services/status'] }],
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'bad' } },
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Fail',
      timeoutSeconds: 10,
    }
    await cluster.put({ kind: 'Namespace', metadata: { name: 'bad' } })
    await cluster.create('ValidatingWebhookConfiguration', { metadata: { name: 'deaf' }, webhooks: [webhook] })
    await sleep(1_000) // The API server reads webhooks with a delay of its own.
    const { spec } = service('x')
    const { clusterIP: _, clusterIPs: __, ...asked } = spec
    for (const name of names(40)) await cluster.create('Service', { metadata: { name: `bad-${name}` }, spec: asked }, 'bad')
    await cluster.put(...names(3).flatMap(web))
    await start('operator-1')
    const began = Date.now()
    await allHave(names(3))
    for (const name of nodes) await cluster.speakerReports(name)
    await allPlanned(names(3))
    await cluster.put(...web('late'))
    await allHave(['late'])
    await allPlanned([...names(3), 'late'])
    console.log(`others served ${Date.now() - began} ms after the start, with 40 Services whose status hangs`)
    const told = async (): Promise<number> =>
      (await cluster.list('Event')).filter(
        ({ reason, regarding }) => reason === 'StatusNotWritten' && (regarding as { namespace: string }).namespace === 'bad',
      ).length
    await eventually('it is told of in events', told, (count) => count > 0, 60_000)
    await cluster.remove('ValidatingWebhookConfiguration', 'deaf')
    const served = async (): Promise<number> =>
      (await cluster.list('Service')).filter(({ metadata }) => metadata.namespace === 'bad').filter((one) => ipsOf(one).length === 1).length
    await eventually('all are served', served, (count) => count === 40, 120_000)
    for (const socket of sockets) socket.destroy()
    deaf.close()
    for (const name of names(40)) await cluster.remove('Service', `bad-${name}`, 'bad')
  }, 240_000)

  test('a leader killed at any write of its first pass leaves nothing that its successor does not put right: no address twice, none lost', async () => {
    const watcher = new Watcher()
    const kinds = new Set(['service', 'plan-written', 'object'])
    for (let fatal = 1; fatal <= 12; fatal++) {
      const these = names(3).map((name) => `k${fatal}-${name}`)
      await cluster.put(...these.flatMap(web))
      const first = await start(`operator-${fatal}a`)
      const writes = (): number => first.log.filter(({ event }) => kinds.has(event)).length
      const patience = performance.now() + 4_000
      await eventually(
        'it has written so much, or all',
        () => writes(),
        (count) => count >= fatal || performance.now() > patience,
      )
      await first.end('SIGKILL')
      await cluster.remove('Lease', 'loadstone-operator')
      const second = await start(`operator-${fatal}b`)
      await allHave(these)
      for (const name of nodes) await cluster.speakerReports(name)
      await allPlanned(these)
      await second.end()
      for (const name of these) await cluster.remove('Service', name)
    }
    watcher.stop()
    assert.deepEqual([watcher.twice, watcher.lost], [[], []])
  }, 300_000)

  test('an API server that stops in the middle of a pass and is away for long finds everything as it was, and the rest is served', async () => {
    const watcher = new Watcher()
    await cluster.put(...names(40).flatMap(web))
    const operator = await start('operator-1')
    await eventually(
      'some have their address',
      async () => operator.said('service').length,
      (count) => count >= 3,
    )
    await server().stopApiServer()
    await sleep(20_000)
    await server().startApiServer()
    await allHave(names(40))
    for (const name of nodes) await cluster.speakerReports(name)
    await allPlanned(names(40))
    watcher.stop()
    assert.deepEqual([watcher.twice, watcher.lost], [[], []])
  }, 240_000)
})
