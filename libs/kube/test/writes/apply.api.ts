import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { type Clock, systemClock, wallTime } from '@loadstone/clock'
import { type ApiAnswer, type KubeObject, type Resource, statusOf } from '@loadstone/kube'
import { EventRecorder } from '@loadstone/kube/events'
import { until, useApiServer } from '@loadstone/kube/testing'
import { type AppliedObject, applyCall, createCall, mergePatchCall, WriteLanes } from '@loadstone/kube/writes'

const server = useApiServer()
const services: Resource = { group: '', version: 'v1', plural: 'services', namespace: 'default' }
const ours = { fieldManager: 'loadstone', subresource: 'status' } as const
const ingress = [{ ip: '192.0.2.1', ipMode: 'VIP' }]

const service = (name: string, more: object): AppliedObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, ...more })
const give = (name: string, loadBalancer: object): Promise<ApiAnswer> =>
  server().api.request(applyCall(services, service(name, { status: { loadBalancer } }), ours))
const create = async (name: string): Promise<KubeObject> => {
  const answer = await server().api.request(createCall(services, service(name, { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } })))
  assert.equal(answer.status, 201, statusOf(answer).message)
  return answer.body as KubeObject
}
const addresses = ({ body, ...answer }: ApiAnswer): readonly (string | undefined)[] => {
  assert.equal(answer.status, 200, statusOf({ ...answer, body }).message)
  const { status } = body as { status: { loadBalancer: { ingress?: readonly { ip?: string }[] } } }
  return status.loadBalancer.ingress?.map(({ ip }) => ip) ?? []
}

test('an ingress is cleared by an explicit empty list, and stays ours', async () => {
  await create('explicit')
  assert.deepEqual(addresses(await give('explicit', { ingress })), ['192.0.2.1'])
  assert.deepEqual(addresses(await give('explicit', { ingress: [] })), [])
})

test('an ingress that another manager owns, too, stays when we only let go of it, and goes when we state that it is empty', async () => {
  await create('shared')
  const theirs = { ...ours, fieldManager: 'another' }
  await server().api.request(applyCall(services, service('shared', { status: { loadBalancer: { ingress } } }), theirs))
  assert.deepEqual(addresses(await give('shared', { ingress })), ['192.0.2.1'])
  assert.deepEqual(addresses(await server().api.request(applyCall(services, service('shared', {}), ours))), ['192.0.2.1'])
  assert.deepEqual(addresses(await give('shared', { ingress: [] })), [])
})

test('an ingress that somebody wrote by hand is ours again at the next apply', async () => {
  await create('meddled')
  await give('meddled', { ingress })
  const patch = { status: { loadBalancer: { ingress: [{ ip: '192.0.2.66' }] } } }
  const meddler = { fieldManager: 'somebody', subresource: 'status' } as const
  assert.deepEqual(addresses(await server().api.request(mergePatchCall(services, { name: 'meddled' }, patch, meddler))), ['192.0.2.66'])
  assert.deepEqual(addresses(await give('meddled', { ingress })), ['192.0.2.1'])
})

test('an address is not given to a Service that has changed since it was looked at', async () => {
  const { metadata } = await create('moved')
  const { resourceVersion } = metadata
  await server().api.request(mergePatchCall(services, { name: 'moved' }, { spec: { type: 'ClusterIP' } }, { fieldManager: 'somebody' }))
  const stale = { ...service('moved', { status: { loadBalancer: { ingress } } }), metadata: { name: 'moved', resourceVersion } }
  const answer = await server().api.request(applyCall(services, stale, ours))
  assert.deepEqual([answer.status, statusOf(answer).reason], [409, 'Conflict'])
})

test('a status applied to a Service that is gone, or is another of that name, brings nothing back: with its uid it is a conflict', async () => {
  // Without uid, kube-apiserver treats the apply as a creation, which is invalid without ports.
  assert.equal((await give('gone', { ingress })).status, 422)
  const to = (metadata: AppliedObject['metadata']): Promise<ApiAnswer> =>
    server().api.request(applyCall(services, { ...service('', { status: { loadBalancer: { ingress } } }), metadata }, ours))
  assert.equal((await to({ name: 'gone', uid: 'a', resourceVersion: '1' })).status, 409)
  await create('again')
  assert.equal((await to({ name: 'again', uid: 'a', resourceVersion: '1' })).status, 409)
})

test('events about a Service and about a node are taken, long notes and repetitions, too', async () => {
  const { api } = server()
  const now = { millis: 0 }
  const clock: Clock = { now: () => now.millis, after: systemClock.after }
  const lanes = new WriteLanes({ api, clock: systemClock, random: Math.random, slots: { reports: 1 }, budgetMillis: () => 10_000 })
  const done: string[] = []
  const perform: typeof lanes.perform = async (writes) => {
    const results = await lanes.perform(writes)
    for (const { outcome } of results) done.push(outcome.is === 'refused' ? outcome.message : outcome.is)
    return results
  }
  const named = { reporter: 'loadstone.dev/operator', instance: 'operator-1' }
  const recorder = new EventRecorder({ lanes: { perform }, lane: 'reports', clock, wallTime, random: Math.random, ...named })
  const said = { type: 'Warning', reason: 'Refused', action: 'Allocate', note: 'ä'.repeat(1_000) } as const
  const service = { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'told' }
  recorder.record({ ...said, regarding: service })
  recorder.record({ ...said, regarding: { apiVersion: 'v1', kind: 'Node', name: 'n1' } })
  now.millis = 60_000
  recorder.record({ ...said, regarding: service })
  await until('all are written', () => done.length === 3)
  assert.deepEqual(done, ['written', 'written', 'written'])
  const { body } = await api.request({ method: 'GET', path: '/apis/events.k8s.io/v1/namespaces/default/events' })
  const { items } = body as { items: readonly { regarding: { name: string }; series?: { count: number } }[] }
  const counts = items.filter(({ regarding }) => ['told', 'n1'].includes(regarding.name)).map((event) => event.series?.count)
  assert.deepEqual(counts.sort(), [2, undefined])
})

test('what we do not name stays: conditions of others in the same status', async () => {
  await create('conditions')
  const condition = { type: 'Theirs', status: 'True', reason: 'R', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }
  const theirs = { ...ours, fieldManager: 'another' }
  await server().api.request(applyCall(services, service('conditions', { status: { conditions: [condition] } }), theirs))
  const { body } = await give('conditions', { ingress })
  assert.deepEqual((body as { status: { conditions: unknown } }).status.conditions, [condition])
})
