import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from '@jest/globals'
import { SimClock } from '@loadstone/sim'
import { askHealthPortOn } from '../../src/bgp/health-check-http'
import { type HealthAnswer, HealthChecks, judge, unasked } from '../../src/bgp/health-checks'
import { byHealth } from '../../src/plan/adj-ribs-out'
import { route } from '../builders'

const after = (...answers: readonly HealthAnswer[]) => answers.reduce(judge, unasked).silent

test('a clear 503 withdraws at once and a 200 announces at once; it takes three failures in a row to withdraw', () => {
  assert.ok(after('no-pods'))
  assert.ok(!after('no-pods', 'pods'))
  assert.ok(!after('failed', 'failed'))
  assert.ok(after('failed', 'failed', 'failed'))
  assert.ok(!after('failed', 'failed', 'pods', 'failed'))
})

test('a kube-proxy that is away says nothing of the pods: what was known stays', () => {
  assert.ok(!after('refused', 'refused', 'refused', 'refused'))
  assert.ok(!after('failed', 'failed', 'refused', 'failed'))
  assert.ok(after('no-pods', 'refused', 'refused'))
})

function world() {
  const clock = new SimClock()
  const answers = new Map<number, HealthAnswer>()
  const asked: number[] = []
  let changes = 0
  const health = new HealthChecks(
    clock,
    async (port) => {
      asked.push(port)
      return answers.get(port) ?? 'pods'
    },
    () => changes++,
  )
  const elapse = async (millis: number) => {
    for (let left = millis; left > 0; left -= 100) {
      clock.advance(Math.min(100, left))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { health, answers, asked, elapse, changes: () => changes }
}

test('each port is asked at once and then once a second, however often it is wanted, and no longer than it is', async () => {
  const { health, asked, elapse } = world()
  for (let i = 0; i < 5; i++) health.reconcile(new Set([1, 2]))
  assert.deepEqual(asked, [1, 2])
  await elapse(3_000)
  assert.deepEqual([asked.filter((port) => port === 1).length, asked.length], [4, 8])
  health.reconcile(new Set([2]))
  await elapse(3_000)
  assert.deepEqual([asked.filter((port) => port === 1).length, asked.length], [4, 11])
})

test('thousands of ports are asked less often, so that no more than 200 questions are asked a second', async () => {
  const { health, asked, elapse } = world()
  health.reconcile(new Set(Array.from({ length: 2_000 }, (_, i) => i + 1)))
  asked.length = 0
  await elapse(30_000)
  assert.ok(asked.length <= 6_000 && asked.length >= 4_000, `${asked.length}`)
})

test('what is silent is told when it changes; a port that is not wanted any more is not silent', async () => {
  const { health, answers, elapse, changes } = world()
  answers.set(1, 'no-pods')
  health.reconcile(new Set([1, 2]))
  await elapse(5_000)
  assert.deepEqual([[...health.silent()], changes()], [[1], 1])
  answers.set(1, 'pods')
  await elapse(1_100)
  assert.deepEqual([[...health.silent()], changes()], [[], 2])
  answers.set(2, 'no-pods')
  await elapse(1_100)
  health.reconcile(new Set([1]))
  assert.deepEqual([...health.silent()], [])
})

test('of routes with one prefix each stands by its own port', () => {
  const routes = [
    route('203.0.113.1/32', { healthCheckNodePort: 1 }),
    route('203.0.113.1/32', { healthCheckNodePort: 2 }),
    route('203.0.113.2/32'),
  ]
  const { announced: standing, withdrawn: fallen } = byHealth(routes, new Set([1]))
  assert.deepEqual([standing, [...fallen]], [routes.slice(1), ['203.0.113.1/32']])
})

test.each([
  ['on 127.0.0.1', [], '127.0.0.1'],
  ['on the address of the node alone', ['127.0.0.3', '127.0.0.2'], '127.0.0.2'],
] as const)('the real question, kube-proxy listening %s: 200, 503, another status, nobody there', async (_, addresses, listens) => {
  const askHealthPort = askHealthPortOn(addresses)
  let status = 200
  const server: Server = createServer((_, response) => {
    response.statusCode = status
    response.end('{}')
  })
  await new Promise<void>((resolve) => void server.listen(0, listens, resolve))
  const { port } = server.address() as AddressInfo
  const answers: HealthAnswer[] = []
  for (status of [200, 503, 404]) answers.push(await askHealthPort(port))
  await new Promise((resolve) => server.close(resolve))
  answers.push(await askHealthPort(port))
  assert.deepEqual(answers, ['pods', 'no-pods', 'failed', 'refused'])
})
