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
  assert.ok(!('wrong' in settings))
  assert.deepEqual([settings.configNamespace, settings.level, settings.stateDirectory], ['lb', 'debug', '/x'])
})

test('what is missing or unknown is named, with what to do', () => {
  const wrong = (env: Record<string, string | undefined>) => (settingsFrom(env) as { wrong: string }).wrong
  assert.match(wrong({ ...pod, NODE_NAME: undefined, POD_NAME: '' }), /^not set in the environment: NODE_NAME, POD_NAME;/)
  assert.equal(wrong({ ...pod, LOADSTONE_LOG_LEVEL: 'loud' }), 'LOADSTONE_LOG_LEVEL is "loud": write error, warn, info or debug')
})

test("the node's addresses are read as the kubelet writes those of a pod", () => {
  const { addresses } = settingsFrom({ ...pod, LOADSTONE_NODE_ADDRESSES: '192.0.2.5,2001:db8::5' }) as { addresses: unknown }
  assert.deepEqual(addresses, ['192.0.2.5', '2001:db8::5'])
})

test('routers may connect where the chart says so', () => {
  const listens = (LOADSTONE_BGP_LISTEN: string) => settingsFrom({ ...pod, LOADSTONE_BGP_LISTEN })
  assert.deepEqual(['true', 'false'].map((text) => (listens(text) as { bgpListen: boolean }).bgpListen), [true, false]) // biome-ignore format: one line
  assert.equal((listens('yes') as { wrong: string }).wrong, 'LOADSTONE_BGP_LISTEN is "yes": write true or false')
})

test('metrics are served where address and port say; one that cannot be used is told', () => {
  const pod = { NODE_NAME: 'n', POD_NAME: 'p', POD_NAMESPACE: 's' }
  const at = (LOADSTONE_METRICS_ADDRESS: string, LOADSTONE_METRICS_PORT: string) =>
    settingsFrom({ ...pod, LOADSTONE_METRICS_ADDRESS, LOADSTONE_METRICS_PORT })
  assert.deepEqual((at('192.0.2.5', '7472') as { metrics: unknown }).metrics, { host: '192.0.2.5', port: 7472 })
  assert.match((at('192.0.2.5', '70000') as { wrong: string }).wrong, /LOADSTONE_METRICS_PORT is "70000"/)
  assert.match((at('', '7472') as { wrong: string }).wrong, /LOADSTONE_METRICS_ADDRESS is not set/)
})
