import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import type { Ip } from '@loadstone/ip'
import { Holds } from '../../src/pass/holds'
import { Promises } from '../../src/pass/promises'
import type { ServiceWrite } from '../../src/publish/write'
import { SimCluster } from '../cluster/sim-cluster'
import { service } from '../objects'

const world = new SimCluster([service('web')]).world()
const [web] = world.services
const write = (ip: string, resourceVersion = web!.meta.resourceVersion): ServiceWrite => ({
  do: 'service-status',
  service: { namespace: 'default', name: 'web', uid: 'u' },
  resourceVersion,
  ips: [ip as Ip],
  pool: undefined,
  memory: undefined,
  summary: undefined,
  conditions: [],
  events: [],
})
const promised = (promises: Promises, nowMillis: number): readonly string[] => [...promises.standing(world, nowMillis).keys()]

test('what a write in flight gives is promised, and after no answer for a minute more', () => {
  const promises = new Promises()
  const one = write('192.0.2.1')
  promises.begins(one)
  assert.deepEqual(promised(promises, 1_000_000), ['192.0.2.1'])
  promises.ended(one, 'failed', 1_000_000)
  assert.deepEqual(promised(promises, 1_059_999), ['192.0.2.1'])
  assert.deepEqual(promised(promises, 1_060_000), [])
})

test('a refusal or a conflict ends it, and not that of an earlier write without an answer', () => {
  for (const result of ['refused', 'conflict', 'gone', 'abandoned'] as const) {
    const promises = new Promises()
    const [one, two] = [write('192.0.2.1'), write('192.0.2.2')]
    promises.begins(one)
    promises.ended(one, 'failed', 0)
    promises.begins(two)
    promises.ended(two, result, 0)
    assert.deepEqual(promised(promises, 1), ['192.0.2.1'])
  }
})

test('a Service of another version has what its status says: the write cannot take effect any more', () => {
  const promises = new Promises()
  promises.begins(write('192.0.2.1', 'an older one'))
  assert.deepEqual(promised(promises, 0), [])
})

test('what holds tell of promises is what became of the writes', () => {
  const holds = new Holds()
  const one = write('192.0.2.1')
  holds.begins(one)
  holds.ended(one, 'failed', 0)
  const told = (nowMillis: number): readonly string[] => [...holds.services(world, nowMillis).promised.keys()]
  assert.deepEqual([told(59_999), told(60_000)], [['192.0.2.1'], []])
})
