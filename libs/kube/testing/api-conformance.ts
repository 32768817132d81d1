import assert from 'node:assert/strict'
import type * as jest from '@jest/globals'
import {
  type ApiAnswer,
  type ApiServer,
  ApiUnreachable,
  collectionPath,
  type KubeObject,
  objectPath,
  type Resource,
  statusOf,
} from '../src'
import type { WatchEvent } from '../src/client/api-server'
import { applyCall, createCall, deleteCall } from '../src/writes'

type ApiUnderTest = {
  readonly api: ApiServer
  /** Removes history: older resource versions and continue tokens get 410 from now on. */
  readonly forget: () => Promise<void>
}

const fieldManager = 'conformance'

/** The behaviour that reflectors and writers rely on, tested against the simulated server and a real one. */
export function apiConformance(name: string, make: () => ApiUnderTest): void {
  const { describe, test } = require('@jest/globals') as typeof jest // required here, because benches use this folder outside of Jest
  describe(name, () => {
    for (const [title, run] of Object.entries(promises)) {
      test(title, async () => {
        const { api, forget } = make()
        const namespace = `conformance-${nextNamespace++}`
        await api.request(createCall(namespaces, { metadata: { name: namespace } }))
        await run({ api, forget, maps: { ...configMaps, namespace }, services: { ...services, namespace } })
      })
    }
  })
}

let nextNamespace = 1
const namespaces: Resource = { group: '', version: 'v1', plural: 'namespaces' }
const configMaps: Resource = { group: '', version: 'v1', plural: 'configmaps' }
const services: Resource = { group: '', version: 'v1', plural: 'services' }

type Case = ApiUnderTest & { readonly maps: Resource; readonly services: Resource }

const promises: Readonly<Record<string, (where: Case) => Promise<void>>> = {
  'an object that was created can be read, and not created again': async ({ api, maps }) => {
    const created = await ok(create(api, maps, 'a', { data: { x: '1' } }), 201)
    const read = await ok(api.request({ method: 'GET', path: objectPath(maps, { name: 'a' }) }))
    assert.deepEqual(read, created)
    assert.deepEqual([created.metadata.name, created.metadata.namespace], ['a', maps.namespace])
    const again = await create(api, maps, 'a')
    assert.deepEqual([again.status, statusOf(again).reason], [409, 'AlreadyExists'])
  },

  'what does not exist is answered 404, object or kind': async ({ api, maps }) => {
    assert.equal((await api.request({ method: 'GET', path: objectPath(maps, { name: 'nothing' }) })).status, 404)
    assert.equal((await api.request({ method: 'GET', path: '/apis/nobody.example/v1/nothings' })).status, 404)
    const [event] = await watched(api, { ...maps, group: 'nobody.example', namespace: 'default' }, '0', 1)
    assert.ok(event?.type === 'ERROR' && event.object.code === 404)
  },

  'a list in pages is the set as of its first page': async ({ api, maps }) => {
    const names = ['a', 'b', 'c', 'd', 'e']
    for (const name of names) await create(api, maps, name, { metadata: { name, labels: { app: 'x' } } })
    const first = await list(api, maps, { limit: 2, labelSelector: 'app=x' })
    await create(api, maps, 'bb', { metadata: { name: 'bb', labels: { app: 'x' } } })
    await api.request(deleteCall(maps, { name: 'd' }, {}))
    const second = await list(api, maps, { limit: 2, labelSelector: 'app=x', continue: first.metadata.continue ?? '' })
    const third = await list(api, maps, { limit: 2, labelSelector: 'app=x', continue: second.metadata.continue ?? '' })
    assert.deepEqual(
      [first, second, third].flatMap(({ items }) => items.map(({ metadata }) => metadata.name)),
      names,
    )
    assert.equal(third.metadata.continue ?? '', '')
    assert.equal(first.metadata.resourceVersion, third.metadata.resourceVersion)
  },

  'a continue token that is too old is answered 410': async ({ api, maps, forget }) => {
    for (const name of ['a', 'b', 'c']) await create(api, maps, name)
    const first = await list(api, maps, { limit: 1 })
    await create(api, maps, 'd')
    await forget()
    const query = { limit: 1, continue: first.metadata.continue ?? '' }
    assert.equal((await api.request({ method: 'GET', path: collectionPath(maps), query })).status, 410)
  },

  'a watch from a list tells what happened since, in order': async ({ api, maps }) => {
    await create(api, maps, 'before')
    const { metadata } = await list(api, maps, { labelSelector: 'app=x' })
    const labels = { app: 'x' }
    const added = await ok(create(api, maps, 'a', { metadata: { name: 'a', labels } }), 201)
    await ok(api.request(applyCall(maps, map('a', { labels, data: { x: '1' } }), { fieldManager })))
    await ok(api.request(deleteCall(maps, { name: 'a' }, {})))
    const [opened, ...events] = await watched(api, { ...maps, labelSelector: 'app=x' }, metadata.resourceVersion, 4)
    assert.deepEqual(opened, { type: 'OPEN' })
    assert.deepEqual(
      events.map(({ type }) => type),
      ['ADDED', 'MODIFIED', 'DELETED'],
    )
    assert.deepEqual(objectOf(events[0]).metadata.uid, added.metadata.uid)
    assert.deepEqual(objectOf(events[1])['data'], { x: '1' })
    const versions = events.map((event) => objectOf(event).metadata.resourceVersion)
    assert.equal(new Set(versions).size, 3, 'even the deletion has a resourceVersion of its own to go on from')
  },

  'to a watch with a selector an object that no longer matches is deleted': async ({ api, maps }) => {
    const { metadata } = await list(api, maps, {})
    const write = (app: string): Promise<ApiAnswer> => api.request(applyCall(maps, map('a', { labels: { app } }), { fieldManager }))
    for (const app of ['y', 'x', 'y']) await write(app)
    const events = await watched(api, { ...maps, labelSelector: 'app=x' }, metadata.resourceVersion, 3)
    assert.deepEqual(
      events.map(({ type }) => type),
      ['OPEN', 'ADDED', 'DELETED'],
    )
  },

  'a field selector on the name watches one object': async ({ api, maps }) => {
    const { metadata } = await list(api, maps, {})
    for (const name of ['a', 'b']) await create(api, maps, name)
    const events = await watched(api, { ...maps, fieldSelector: 'metadata.name=b' }, metadata.resourceVersion, 2)
    assert.equal(objectOf(events[1]).metadata.name, 'b')
  },

  'a field selector leaves out a namespace, in a list and in a watch over all of them': async ({ api, maps }) => {
    const beside: Resource = { ...maps, namespace: `${maps.namespace}-beside` }
    await api.request(createCall(namespaces, { metadata: { name: beside.namespace } }))
    await create(api, maps, 'before')
    await create(api, beside, 'before')
    const others: Resource = { ...configMaps, fieldSelector: `metadata.namespace!=${maps.namespace}` }
    const { metadata, items } = await list(api, configMaps, { fieldSelector: others.fieldSelector ?? '' })
    const ours = items.filter((object) => object.metadata.namespace?.startsWith(maps.namespace ?? ''))
    assert.deepEqual(
      ours.filter((object) => object.metadata.name === 'before').map((object) => object.metadata.namespace),
      [beside.namespace],
    )
    await create(api, maps, 'after')
    await create(api, beside, 'after')
    const [, event] = await watched(api, others, metadata.resourceVersion, 2)
    assert.equal(objectOf(event).metadata.namespace, beside.namespace)
  },

  'a watch from before what the server remembers is told 410': async ({ api, maps, forget }) => {
    const { metadata } = await list(api, maps, {})
    for (const name of ['a', 'b']) await create(api, maps, name)
    await forget()
    const events = await watched(api, maps, metadata.resourceVersion, 2)
    const last = events.at(-1)
    assert.ok(last?.type === 'ERROR' && last.object.code === 410, JSON.stringify(events))
  },

  'a PUT of something that has changed since it was read is answered 409': async ({ api, maps }) => {
    const read = await ok(create(api, maps, 'a'), 201)
    await ok(api.request(applyCall(maps, map('a', { data: { x: '1' } }), { fieldManager })))
    const answer = await api.request({ method: 'PUT', path: objectPath(maps, { name: 'a' }), body: { ...read, data: { x: '2' } } })
    assert.deepEqual([answer.status, statusOf(answer).reason], [409, 'Conflict'])
  },

  'a delete spares an object that is not the one meant': async ({ api, maps }) => {
    const { metadata } = await ok(create(api, maps, 'a'), 201)
    assert.equal((await api.request(deleteCall(maps, { name: 'a' }, { uid: 'another' }))).status, 409)
    assert.equal((await api.request(deleteCall(maps, { name: 'a' }, { resourceVersion: '1' }))).status, 409)
    assert.equal((await api.request(deleteCall(maps, { name: 'a' }, { uid: metadata.uid ?? '' }))).status, 200)
    assert.equal((await api.request(deleteCall(maps, { name: 'a' }, {}))).status, 404)
  },

  'an apply creates, and repeated it changes nothing': async ({ api, maps }) => {
    const call = applyCall(maps, map('a', { data: { x: '1' } }), { fieldManager })
    const created = await ok(api.request(call), 201)
    const repeated = await ok(api.request(call))
    assert.equal(repeated.metadata.resourceVersion, created.metadata.resourceVersion)
  },

  'an apply takes any text, and half a surrogate pair as U+FFFD': async ({ api, maps }) => {
    const units = Array.from({ length: 0x1_0000 }, (_, unit) => String.fromCharCode(unit))
    const parts = Array.from({ length: 16 }, (_, part) => units.slice(part << 12, (part + 1) << 12).join(' '))
    const data: Readonly<Record<string, string>> = Object.fromEntries(parts.map((text, part) => [`part${part}`, text]))
    const written = await ok(api.request(applyCall(maps, map('a', { data: { ...data, pair: '\ud83d\ude00' } }), { fieldManager })), 201)
    const read = Object.fromEntries(Object.entries(data).map(([part, text]) => [part, text.replace(/\p{Cs}/gu, '\ufffd')]))
    assert.deepEqual(written['data'], { ...read, pair: '\ud83d\ude00' })
  },

  'an apply with an old resourceVersion is answered 409': async ({ api, maps }) => {
    const { metadata } = await ok(create(api, maps, 'a'), 201)
    const { resourceVersion } = metadata
    const apply = (x: string): Promise<ApiAnswer> =>
      api.request(applyCall(maps, map('a', { resourceVersion, data: { x } }), { fieldManager }))
    assert.deepEqual([(await apply('1')).status, (await apply('2')).status], [200, 409])
  },

  'a manager that no longer names a field gives it back, and others keep theirs': async ({ api, maps }) => {
    await ok(api.request(applyCall(maps, map('a', { data: { ours: '1', both: '1' } }), { fieldManager })), 201)
    await ok(api.request(applyCall(maps, map('a', { data: { theirs: '1', both: '1' } }), { fieldManager: 'other' })))
    const left = await ok(api.request(applyCall(maps, map('a', {}), { fieldManager })))
    assert.deepEqual(left['data'], { theirs: '1', both: '1' })
  },

  'an apply to the status leaves the rest alone': async ({ api, services: resource }) => {
    const service = (status: object): Parameters<typeof applyCall>[1] => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'a', namespace: resource.namespace ?? '' },
      status,
    })
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }
    const call = applyCall(resource, service(status), { fieldManager, subresource: 'status' })
    const spec = { type: 'LoadBalancer', ports: [{ port: 80, protocol: 'TCP' }] }
    const before = await ok(create(api, resource, 'a', { spec }), 201)
    const after = await ok(api.request(call))
    assert.deepEqual(after['spec'], before['spec'])
    assert.equal((after['status'] as typeof status).loadBalancer.ingress[0]?.ip, '192.0.2.1')
  },

  'a signal ends a call and a watch': async ({ api, maps }) => {
    const ended = (error: unknown): boolean => error instanceof ApiUnreachable && error.problem === 'aborted'
    const gone = AbortSignal.abort()
    await assert.rejects(api.request({ method: 'GET', path: collectionPath(maps), signal: gone }), ended)
    const { metadata } = await list(api, maps, {})
    const controller = new AbortController()
    const query = { watch: true, resourceVersion: metadata.resourceVersion }
    await assert.rejects(async () => {
      for await (const event of api.watch({ method: 'GET', path: collectionPath(maps), query, signal: controller.signal })) {
        assert.equal(event.type, 'OPEN')
        controller.abort()
      }
    }, ended)
  },
}

type List = { readonly metadata: { readonly resourceVersion: string; readonly continue?: string }; readonly items: readonly KubeObject[] }

async function list(api: ApiServer, resource: Resource, query: Readonly<Record<string, string | number>>): Promise<List> {
  const answer = await api.request({ method: 'GET', path: collectionPath(resource), query })
  assert.equal(answer.status, 200, statusOf(answer).message)
  return answer.body as List
}

const create = (api: ApiServer, resource: Resource, name: string, more: object = {}): Promise<ApiAnswer> =>
  api.request(createCall(resource, { metadata: { name }, ...more }))

async function ok(answering: Promise<ApiAnswer>, status = 200): Promise<KubeObject> {
  const answer = await answering
  assert.equal(answer.status, status, statusOf(answer).message)
  return answer.body as KubeObject
}

type MapFields = { readonly labels?: Record<string, string>; readonly resourceVersion?: string; readonly data?: object }
const map = (name: string, { data, ...metadata }: MapFields): Parameters<typeof applyCall>[1] => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  ...(data && { data }),
})

async function watched(api: ApiServer, resource: Resource, resourceVersion: string, count: number): Promise<readonly WatchEvent[]> {
  const { labelSelector, fieldSelector } = resource
  const selectors = { ...(labelSelector !== undefined && { labelSelector }), ...(fieldSelector !== undefined && { fieldSelector }) }
  const query = { watch: true, resourceVersion, timeoutSeconds: 20, ...selectors }
  const events: WatchEvent[] = []
  for await (const event of api.watch({ method: 'GET', path: collectionPath(resource), query })) {
    if (events.push(event) === count) break
  }
  return events
}

function objectOf(event: WatchEvent | undefined): KubeObject {
  assert.ok(event !== undefined && event.type !== 'OPEN' && event.type !== 'ERROR' && event.type !== 'BOOKMARK', JSON.stringify(event))
  return event.object
}
