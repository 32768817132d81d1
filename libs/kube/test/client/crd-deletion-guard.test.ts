import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { SimClock } from '@loadstone/sim'
import { type KubeObject, Reflector, whole } from '../../src'
import { withDefinitionCheck } from '../../src/client/crd-deletion-guard'
import { createCall, deleteCall, mergePatchCall } from '../../src/writes'
import { SimApiServer } from '../../testing'
import { settle } from '../settle'

const definitions = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' }
const pools = { group: 'metallb.io', version: 'v1beta1', plural: 'ipaddresspools', namespace: 'default' }
const leases = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', namespace: 'default' }

async function start(resource = pools) {
  const api = new SimApiServer([
    { ...definitions, kind: 'CustomResourceDefinition', namespaced: false },
    { ...pools, kind: 'IPAddressPool', namespaced: true },
    { ...leases, kind: 'Lease', namespaced: true },
  ])
  await api.request(createCall(definitions, { metadata: { name: 'ipaddresspools.metallb.io' } }))
  for (const name of ['a', 'b']) await api.request(createCall(resource, { metadata: { name } }))
  const clock = new SimClock()
  const reflector = new Reflector<KubeObject>({ api: withDefinitionCheck(api), resource, clock, random: () => 0, project: whole })
  const changes: string[] = []
  reflector.onEach(({ type, key }) => void changes.push(`${type} ${key}`))
  reflector.start()
  await settle()
  changes.length = 0
  const pass = async (millis: number): Promise<void> => {
    await settle()
    clock.advance(millis)
    await settle()
  }
  return { api, reflector, changes, pass }
}

const going = { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }

test('objects that go because their definition goes are not believed to be gone', async () => {
  const { api, reflector, changes, pass } = await start()
  await api.request(mergePatchCall(definitions, { name: 'ipaddresspools.metallb.io' }, going, { fieldManager: 'x' }))
  await api.request(deleteCall(pools, { name: 'a' }, {}))
  await pass(5_000)
  const { at, reason } = reflector.state()
  assert.deepEqual([at, changes, reflector.objects().size], ['frozen', [], 2])
  assert.match(reason, /definition is being deleted/i)
  await api.request(deleteCall(definitions, { name: 'ipaddresspools.metallb.io' }, {}))
  await pass(5_000)
  assert.deepEqual([reflector.state().at, changes], ['frozen', []], 'nor is a list that is still answered')
})

test('an object that somebody deletes is gone', async () => {
  const { api, reflector, changes, pass } = await start()
  await api.request(deleteCall(pools, { name: 'a' }, {}))
  await pass(0)
  assert.deepEqual([reflector.state().at, changes], ['live', ['deleted default/a']])
})

test('without the right to read definitions nothing is checked', async () => {
  const { api, changes, pass } = await start()
  api.fault = ({ path }) => (path.includes('customresourcedefinitions') ? { status: 403, body: 'no' } : undefined)
  await api.request(deleteCall(pools, { name: 'a' }, {}))
  await pass(0)
  assert.deepEqual(changes, ['deleted default/a'])
})

test('kinds that Kubernetes itself has need no definition', async () => {
  const { api, changes, pass } = await start(leases)
  const asked: string[] = []
  api.fault = ({ path }) => void asked.push(path)
  await api.request(deleteCall(leases, { name: 'a' }, {}))
  await pass(0)
  assert.deepEqual([changes, asked.filter((path) => path.includes('definitions'))], [['deleted default/a'], []])
})
