import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { settingsFrom } from '../src/settings'

const pod = { NODE_NAME: 'node1', POD_NAME: 'speaker-x', POD_NAMESPACE: 'metallb-system' }

test('the pod’s fields are enough; the rest has defaults', () => {
  assert.deepEqual(settingsFrom(pod), {
    node: 'node1',
    pod: 'speaker-x',
    namespace: 'metallb-system',
    configNamespace: 'metallb-system',
    level: 'info',
    stateDirectory: '/run/loadstone',
    metrics: undefined,
    bgpListen: false,
    addresses: [],
    keyFile: undefined,
  })
})

test('what is given is used', () => {
  const settings = settingsFrom({ ...pod, LOADSTONE_CONFIG_NAMESPACE: 'lb', LOADSTONE_LOG_LEVEL: 'debug', LOADSTONE_STATE_DIR: '/x' })
  assert.ok('node' in settings)
  assert.deepEqual([settings.configNamespace, settings.level, settings.stateDirectory], ['lb', 'debug', '/x'])
})

test('what is missing or unknown is named, with what to do', () => {
  assert.deepEqual(settingsFrom({ ...pod, NODE_NAME: undefined, POD_NAME: '' }), [
    'NODE_NAME is not set; take it from the pod by the downward API (spec.nodeName)',
    'POD_NAME is not set; take it from the pod by the downward API (metadata.name)',
  ])
  assert.deepEqual(settingsFrom({ ...pod, LOADSTONE_LOG_LEVEL: 'loud' }), [
    'LOADSTONE_LOG_LEVEL must be one of info, debug, warn, error, not "loud"',
  ])
})

test("the node's addresses are read as the kubelet writes those of a pod", () => {
  const { addresses } = settingsFrom({ ...pod, LOADSTONE_NODE_ADDRESSES: '192.0.2.5,2001:db8::5' }) as { addresses: unknown }
  assert.deepEqual(addresses, ['192.0.2.5', '2001:db8::5'])
})

test('routers may connect where the chart says so', () => {
  const listens = (LOADSTONE_BGP_LISTEN: string) => settingsFrom({ ...pod, LOADSTONE_BGP_LISTEN })
  assert.deepEqual(['true', 'false'].map((text) => (listens(text) as { bgpListen: boolean }).bgpListen), [true, false]) // biome-ignore format: one line
  assert.deepEqual(listens('yes'), ['LOADSTONE_BGP_LISTEN must be one of false, true, not "yes"'])
})
