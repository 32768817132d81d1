import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterEach, test } from '@jest/globals'
import { systemClock } from '@loadstone/clock'
import {
  type ApiServer,
  httpsApiServer,
  type KubeObject,
  objectPath,
  podServiceAccount,
  Reflector,
  type Resource,
  statusOf,
  whole,
} from '@loadstone/kube'
import { serviceAccountToken, until, useApiServer } from '@loadstone/kube/testing'
import { applyCall, createCall, deleteCall, WriteLanes } from '@loadstone/kube/writes'
import { type Relay, relayTo } from '../relay'

const server = useApiServer()
const kept: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const close of kept.splice(0).reverse()) await close()
})

const namespaces: Resource = { group: '', version: 'v1', plural: 'namespaces' }
async function mapsIn(namespace: string): Promise<Resource> {
  await server().api.request(createCall(namespaces, { metadata: { name: namespace } }))
  return { group: '', version: 'v1', plural: 'configmaps', namespace }
}

const map = (name: string, data: Readonly<Record<string, string>> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
})
async function put(maps: Resource, name: string, data: Readonly<Record<string, string>> = {}): Promise<void> {
  const answer = await server().api.request(applyCall(maps, map(name, data), { fieldManager: 'test' }))
  assert.ok(answer.status < 300, statusOf(answer).message)
}
const remove = (maps: Resource, name: string): Promise<unknown> => server().api.request(deleteCall(maps, { name }, {}))

async function fill(maps: Resource, count: number): Promise<void> {
  const lanes = new WriteLanes({
    api: server().api,
    clock: systemClock,
    random: Math.random,
    slots: { all: 24 },
    budgetMillis: () => 60_000,
  })
  const names = Array.from({ length: count }, (_, index) => `m${index}`)
  const results = await lanes.perform(names.map((name) => ({ lane: 'all' as const, object: name, call: createCall(maps, map(name)) })))
  assert.ok(results.every(({ outcome }) => outcome.is === 'written'))
}

type Followed = { readonly reflector: Reflector<KubeObject>; readonly changes: string[] }
async function follow(resource: Resource, api: ApiServer = server().api): Promise<Followed> {
  const reflector = new Reflector({ api, resource, clock: systemClock, random: Math.random, project: whole })
  const changes: string[] = []
  reflector.onEach(({ type, key }) => void changes.push(`${type} ${key.split('/')[1]}`))
  reflector.start()
  kept.push(() => reflector.stop())
  await until('the first list is whole', () => reflector.state().complete)
  return { reflector, changes }
}

async function throughRelay(): Promise<{ readonly relay: Relay; readonly api: ApiServer }> {
  const relay = await relayTo(server().url)
  const api = httpsApiServer({ account: { ...server().access(), url: relay.url }, clock: systemClock })
  kept.push(relay.close, () => api.close())
  return { relay, api }
}

const names = ({ reflector }: Followed): readonly string[] => [...reflector.objects().values()].map(({ metadata }) => metadata.name).sort()
const there = ({ reflector }: Followed, name: string): KubeObject | undefined =>
  reflector.objects().get(`${reflector.resource.namespace}/${name}`)

test('1,200 objects come in pages, and every addition, change and deletion after them is told once', async () => {
  const maps = await mapsIn('pages')
  await fill(maps, 1_200)
  const stall = monitorEventLoopDelay({ resolution: 1 })
  stall.enable()
  const began = performance.now()
  const followed = await follow(maps)
  const millis = Math.round(performance.now() - began)
  stall.disable()
  console.log(`LIST of 1,200 in pages of 500: ${millis} ms, longest stall of the loop ${Math.round(stall.max / 1e6)} ms`)
  assert.equal(followed.reflector.objects().size, 1_200)

  followed.changes.length = 0
  await put(maps, 'new')
  await put(maps, 'm7', { x: '1' })
  await remove(maps, 'm8')
  await until('all is told', () => followed.changes.length === 3)
  assert.deepEqual(followed.changes, ['added new', 'modified m7', 'deleted m8'])
  assert.deepEqual(there(followed, 'm7')?.['data'], { x: '1' })
  assert.equal('managedFields' in (there(followed, 'm7')?.metadata ?? {}), false)
})

test('a connection that breaks loses nothing: additions, changes and deletions in between are told, and no list is needed', async () => {
  const maps = await mapsIn('broken')
  for (const name of ['kept', 'changed', 'removed']) await put(maps, name)
  const { relay, api } = await throughRelay()
  const followed = await follow(maps, api)
  followed.changes.length = 0
  relay.cut()
  await until('it is noticed', () => followed.reflector.state().at === 'behind')
  assert.match(followed.reflector.state().reason, /the connection broke/)
  await put(maps, 'added')
  await put(maps, 'changed', { x: '1' })
  await remove(maps, 'removed')
  assert.deepEqual(
    names(followed).filter((name) => name !== 'kube-root-ca.crt'),
    ['changed', 'kept', 'removed'],
    'the old set stays',
  )
  relay.heal()
  await until('it follows again', () => followed.changes.length >= 3)
  assert.deepEqual(followed.changes, ['added added', 'modified changed', 'deleted removed'])
})

test('history that is gone (etcd compacted, watch cache new) is answered by a list, and what vanished meanwhile comes as deleted', async () => {
  const maps = await mapsIn('compacted')
  for (const name of ['kept', 'removed', 'removed-and-made-anew']) await put(maps, name)
  const { relay, api } = await throughRelay()
  const followed = await follow(maps, api)
  const reasons = new Set<string>()
  followed.reflector.onChange(() => void reasons.add(followed.reflector.state().reason.replace(/:.*/, '')))
  followed.changes.length = 0
  relay.cut()
  await remove(maps, 'removed')
  await remove(maps, 'removed-and-made-anew')
  await put(maps, 'removed-and-made-anew')
  await put(maps, 'added')
  await server().compactEtcd()
  await server().stopApiServer()
  await server().startApiServer()
  assert.deepEqual(followed.changes, [])
  relay.heal()
  await until('all is told', () => followed.changes.length >= 4)
  assert.deepEqual([...followed.changes].sort(), [
    'added added',
    'added removed-and-made-anew',
    'deleted removed',
    'deleted removed-and-made-anew',
  ])
  assert.ok(
    [...reasons].some((reason) => reason.startsWith('its history reaches not far enough back')),
    [...reasons].join('; '),
  )
}, 60_000)

test('an API server that is away and comes back: what was known stays, and what happens after is told', async () => {
  const maps = await mapsIn('away')
  for (const name of ['a', 'b']) await put(maps, name)
  const followed = await follow(maps)
  followed.changes.length = 0
  await server().stopApiServer()
  await until('it is noticed', () => followed.reflector.state().at === 'behind')
  await until('it says why', () => /nothing listens there; is the API server running\?/.test(followed.reflector.state().reason))
  assert.deepEqual([names(followed).filter((name) => name.length === 1), followed.changes], [['a', 'b'], []])
  await server().startApiServer()
  await put(maps, 'c')
  const millis = await until('it follows again', () => followed.changes.includes('added c'))
  console.log(`after the API server was back: ${millis} ms until an object made then was told`)
  assert.deepEqual(followed.changes, ['added c'])
}, 60_000)

test('a right that is taken away freezes what is known, and says so; when it is given back, it goes on', async () => {
  const maps = await mapsIn('rights')
  await put(maps, 'a')
  const token = await serviceAccountToken(server().api, 'rights', 'reader')
  const rbac = (plural: string): Resource => ({ group: 'rbac.authorization.k8s.io', version: 'v1', plural, namespace: 'rights' })
  const metadata = { name: 'reader' }
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] }]
  await server().api.request(createCall(rbac('roles'), { metadata, rules }))
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' }
  const subjects = [{ kind: 'ServiceAccount', name: 'reader', namespace: 'rights' }]
  const grant = (): Promise<unknown> => server().api.request(createCall(rbac('rolebindings'), { metadata, roleRef, subjects }))
  await grant()
  const relay = await relayTo(server().url)
  const api = httpsApiServer({ account: { ...server().access(token), url: relay.url }, clock: systemClock })
  kept.push(relay.close, () => api.close())
  const followed = await follow(maps, api)
  await remove(rbac('rolebindings'), 'reader')
  relay.cut()
  relay.heal()
  await until('frozen', () => followed.reflector.state().at === 'frozen')
  assert.match(followed.reflector.state().reason, /not allowed to read it: .*cannot .* resource "configmaps".*; check the ClusterRole/)
  assert.notEqual(there(followed, 'a'), undefined)
  await grant()
  await until('live', () => followed.reflector.state().at === 'live')
}, 60_000)

test('a token that is renewed on disk is used from the next call on', async () => {
  const maps = await mapsIn('tokens')
  const folder = join(server().folder, 'service-account')
  mkdirSync(folder)
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), `${text}\n`)
  write('ca.crt', server().ca)
  write('token', server().adminToken)
  const relay = await relayTo(server().url)
  const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: new URL(relay.url).port }
  const api = httpsApiServer({ account: podServiceAccount(env, folder), clock: systemClock })
  kept.push(relay.close, () => api.close())
  const followed = await follow(maps, api)
  write('token', 'out of date')
  assert.equal((await api.request({ method: 'GET', path: '/api/v1/namespaces' })).status, 401)
  relay.cut()
  relay.heal()
  await until('it is noticed', () => followed.reflector.state().reason.includes('token is not accepted'))
  await put(maps, 'meanwhile')
  assert.equal(followed.reflector.state().at, 'behind')
  write('token', server().adminToken)
  await until('it follows again', () => followed.changes.includes('added meanwhile'))
}, 60_000)

test('a connection that carries nothing any more ends a request in the time it was given', async () => {
  const { relay, api } = await throughRelay()
  assert.equal((await api.request({ method: 'GET', path: '/api/v1/namespaces/default' })).status, 200)
  relay.stall()
  const others = api.request({ method: 'GET', path: '/api/v1/namespaces/default', timeoutMillis: 60_000 }).then(
    () => 'answered',
    () => 'failed',
  )
  await assert.rejects(api.request({ method: 'GET', path: '/api/v1/namespaces/default', timeoutMillis: 300 }), /no answer within 0.3 s/)
  // In its own time and not by an end of the connection, which would end the other one, too.
  assert.equal(await Promise.race([others, Promise.resolve('waits')]), 'waits')
  relay.cut()
  assert.equal(await others, 'failed')
})

test('one object, by its name; and metadata alone', async () => {
  const maps = await mapsIn('selected')
  await put(maps, 'one', { big: 'x'.repeat(1_000) })
  await put(maps, 'two')
  const followed = await follow({ ...maps, fieldSelector: 'metadata.name=one', metadataOnly: true })
  assert.deepEqual(names(followed), ['one'])
  await put(maps, 'one', { big: 'y'.repeat(1_000) })
  await put(maps, 'two', { x: '1' })
  await until('the change is told', () => followed.changes.includes('modified one'))
  assert.deepEqual(followed.changes, ['added one', 'modified one'])
  assert.equal(there(followed, 'one')?.['data'], undefined)
  assert.equal((await server().api.request({ method: 'GET', path: objectPath(maps, { name: 'one' }) })).status, 200)
})
