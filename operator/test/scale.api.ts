import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, test } from '@jest/globals'
import { systemClock } from '@loadstone/clock'
import { resources } from '@loadstone/crds'
import { applyCall, type KubeObject, Reflector, type Resource, type Write, WriteLanes } from '@loadstone/kube'
import { useApiServer } from '@loadstone/kube/testing'
import type { RouteSetSpec } from '@loadstone/plan'
import { ApiTestCluster, eventually } from './api-cluster'
import { builtOperator } from './built'
import { bgp, endpoints, node, pool, service, speakerPod } from './objects'
import { OperatorProcess } from './operator-process'

const count = 2_000
const server = useApiServer({ flags: ['--service-cluster-ip-range=10.96.0.0/12'] })
let built = ''
let cluster: ApiTestCluster
let operator: OperatorProcess | undefined
const names = Array.from({ length: count }, (_, i) => `s${i}`)

const lanes = (): WriteLanes<'all'> =>
  new WriteLanes({ api: server().api, clock: systemClock, random: () => 0.5, slots: { all: 24 }, budgetMillis: () => 30_000 })

beforeAll(async () => {
  built = await builtOperator()
  cluster = await new ApiTestCluster(server().api).prepare()
  for (const name of ['n1', 'n2', 'n3']) {
    const pod = speakerPod(name)
    await cluster.put(node(name), { ...pod, spec: { ...pod.spec, containers: [{ name: 'speaker', image: 'none' }] } })
  }
  for (let i = 0; i < count; i += 20) {
    await Promise.all(names.slice(i, i + 20).map((name) => cluster.put(service(name), endpoints(`default/${name}`, ['n1']))))
  }
}, 300_000)
afterAll(async () => {
  for (const reflector of followed) reflector.stop()
  await operator?.end()
  rmSync(dirname(built), { recursive: true, force: true })
})

const follow = <T>(resource: Resource, project: (object: KubeObject) => T): Reflector<T> => {
  const reflector = new Reflector({ api: server().api, resource, clock: systemClock, random: () => 0.5, project })
  reflector.start()
  followed.push(reflector as Reflector<unknown>)
  return reflector
}
const followed: Reflector<unknown>[] = []
type ServiceStatus = { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] } }
const ipOf = ({ status }: KubeObject): string => (status as ServiceStatus | undefined)?.loadBalancer?.ingress?.[0]?.ip ?? ''
const prefixesOf = ({ spec }: KubeObject): readonly string[] => (spec as RouteSetSpec).routes.map(({ prefix }) => prefix)

/** Without asking again and again: whoever measures must not be the load. */
function until(what: string, reflector: Pick<Reflector, 'onChange'>, right: () => boolean): Promise<number> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${what}: not within two minutes`)), 120_000)
    const cancel = reflector.onChange(() => {
      if (!right()) return
      cancel()
      clearTimeout(late)
      resolve(performance.now())
    })
    if (right()) resolve(performance.now())
  })
}

/** The same statuses, written without deciding anything: what the API server costs alone. */
async function writeAlone(): Promise<number> {
  const started = performance.now()
  const services = { group: '', version: 'v1', plural: 'services' }
  const writes = names.map((name, i): Write<'all'> => {
    const status = { loadBalancer: { ingress: [{ ip: `10.9.${i >> 8}.${i & 255}` }] } }
    const object = { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, status }
    return { lane: 'all', object: name, call: applyCall(services, object, { fieldManager: 'alone', subresource: 'status' }) }
  })
  await lanes().perform(writes)
  const took = performance.now() - started
  const clear = names.map((name): Write<'all'> => {
    const object = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default' },
      status: { loadBalancer: { ingress: [] } },
    }
    return { lane: 'all', object: name, call: applyCall(services, object, { fieldManager: 'alone', subresource: 'status' }) }
  })
  await lanes().perform(clear)
  return took
}

test('2,000 Services that wait: until all have an address, beside writing those statuses alone', async () => {
  const alone = await writeAlone()
  await cluster.put(pool('p', ['10.8.0.0/16']), bgp())
  const started = performance.now()
  const services = follow({ group: '', version: 'v1', plural: 'services' }, ipOf)
  const sets = follow(resources.RouteSet, prefixesOf)
  operator = await OperatorProcess.start(built, server().kubeconfig())
  await eventually(
    'it leads',
    async () => operator!.said('leading').length,
    (times) => times > 0,
    30_000,
  )
  const led = performance.now()
  const seconds = (at: number, since = led): string => `${((at - since) / 1000).toFixed(2)} s`
  const addressed = await until(
    'all have addresses',
    services,
    () => [...services.objects().values()].filter((ip) => ip !== '').length >= count,
  )
  console.log(
    `2,000 Services: ${seconds(addressed)} from leading, ${seconds(addressed, started)} from the start of the process; the statuses alone ${(alone / 1000).toFixed(2)} s`,
  )
  const routed = await until('all routes', sets, () => [...sets.objects().values()].flat().length === count)
  console.log(`all routes in ${sets.objects().size} RouteSets ${seconds(routed)} from leading`)
  const status = readFileSync(`/proc/${operator.pid}/status`, 'utf8')
  const mb = (field: string): number => Math.round(Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024)
  console.log(`operator: RSS ${mb('VmRSS')} MB, anonymous ${mb('RssAnon')} MB`)
  assert.ok(addressed - led < 60_000, 'an order of magnitude that no machine excuses')
}, 300_000)

test('a Service created beside them: until its address is written, and until its route stands in a RouteSet', async () => {
  const services = follow({ group: '', version: 'v1', plural: 'services' }, ipOf)
  const sets = follow(resources.RouteSet, prefixesOf)
  const address: number[] = []
  const route: number[] = []
  const given = new Set<string>()
  for (let i = 0; i < 25; i++) {
    const name = `late-${i}`
    await cluster.put(endpoints(`default/${name}`, ['n1']))
    const created = performance.now()
    const ip = (): string => services.objects().get(`default/${name}`) ?? ''
    const isGiven = until(`${name} has an address`, services, () => ip() !== '')
    await cluster.put(service(name))
    address.push((await isGiven) - created)
    given.add(ip())
    route.push((await until('its route', sets, () => [...sets.objects().values()].flat().includes(`${ip()}/32`))) - created)
  }
  assert.equal(given.size, 25, 'each has one of its own')
  const median = (values: readonly number[]): string => ([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0).toFixed(0)
  console.log(`one Service beside 2,000, from before its creation: address p50 ${median(address)} ms, route p50 ${median(route)} ms`)
}, 120_000)
