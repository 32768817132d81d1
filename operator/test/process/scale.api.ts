import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, test } from '@jest/globals'
import { eventually, useApiServer } from '@loadstone/kube/testing'
import { ApiTestCluster } from '../cluster/api-cluster'
import { bgp, pool } from '../objects'
import { builtOperator } from './built'
import { Crowd } from './crowd'
import { OperatorProcess } from './operator-process'

/** `make bench-operator` measures 2,000. */
const count = 500
const server = useApiServer()
let built = ''
let cluster: ApiTestCluster
let crowd: Crowd
let operator: OperatorProcess | undefined

beforeAll(async () => {
  built = await builtOperator()
  cluster = await new ApiTestCluster(server().api).prepare()
  crowd = new Crowd(server(), cluster, count)
  await crowd.create()
}, 180_000)
afterAll(async () => {
  crowd.stop()
  await operator?.end()
  rmSync(dirname(built), { recursive: true, force: true })
})

test('500 Services that wait all have an address of their own, in no more than ten times what writing their statuses alone takes', async () => {
  const alone = await crowd.writeAlone()
  await cluster.put(pool('p', ['10.8.0.0/16']), bgp())
  operator = await OperatorProcess.start(built, server().kubeconfig())
  await eventually(
    'it leads',
    async () => operator!.said('leading').length,
    (times) => times > 0,
  )
  const led = performance.now()
  const took = (await crowd.allAddressed()) - led
  const ratio = took / alone
  console.log(
    `${count} Services: ${Math.round(took)} ms from leading; the statuses alone ${Math.round(alone)} ms: ${ratio.toFixed(1)} times`,
  )
  await crowd.allRouted()
  assert.equal(new Set(crowd.addresses()).size, count)
  assert.ok(ratio < 10, `${ratio} times`)
}, 180_000)
