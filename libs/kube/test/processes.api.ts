import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from '@jest/globals'
import { systemClock } from '@loadstone/clock'
import type { Resource } from '@loadstone/kube'
import { until, useApiServer } from '@loadstone/kube/testing'
import { createCall, mergePatchCall, WriteLanes } from '@loadstone/kube/writes'
import { type Child, leads, useChildren } from './child'
import { connectionsTo } from './connections'

const server = useApiServer()
const start = useChildren(server)
const holder = async (): Promise<string> => {
  const { body } = await server().api.request({ method: 'GET', path: '/apis/coordination.k8s.io/v1/namespaces/default/leases/contest' })
  return (body as { spec: { holderIdentity?: string } }).spec.holderIdentity ?? ''
}
/** A candidate that has seen the lease of another: it says nothing, but it is ready to lead when the other is gone. */
async function startFollower(identity: string): Promise<Child> {
  const follower = start('candidate', identity)
  await sleep(2_000)
  assert.deepEqual(follower.lines, [])
  return follower
}

test('a leader that is killed is followed by the other, and one that is told to end gives the lease back before it has ended', async () => {
  const first = start('candidate', 'first')
  await until('the first leads', () => leads(first))
  const second = await startFollower('second')
  assert.equal(await holder(), 'first')
  await first.kill('SIGKILL')
  await until('the second leads', () => leads(second))
  assert.equal(await holder(), 'second')
  const third = await startFollower('third')
  await second.kill('SIGTERM')
  assert.notEqual(await holder(), 'second')
  await until('the third leads', () => leads(third))
  assert.deepEqual(
    second.lines.map(({ text }) => text),
    ['leads the lease is ours', 'stops told to end'],
  )
}, 120_000)

test('a leader that hangs stops nothing: another leads, and it learns that when it goes on', async () => {
  const hanging = start('candidate', 'hanging')
  await until('it leads', () => leads(hanging))
  const other = await startFollower('other')
  process.kill(hanging.pid, 'SIGSTOP')
  await until('the other leads', () => leads(other))
  process.kill(hanging.pid, 'SIGCONT')
  await until('it has learnt it', () => !leads(hanging))
  assert.equal(await holder(), 'other')
  assert.ok(leads(other))
}, 120_000)

/** Resident and anonymous memory, in MB, as the kernel counts them. */
function memoryOf({ pid }: Child): { readonly rss: number; readonly anonymous: number } {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = (field: string): number => Math.round(Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024)
  return { rss: megabytes('VmRSS'), anonymous: megabytes('RssAnon') }
}

async function fill(namespace: string, count: number, bytes: number): Promise<Resource> {
  const { api } = server()
  await api.request(createCall({ group: '', version: 'v1', plural: 'namespaces' }, { metadata: { name: namespace } }))
  const maps: Resource = { group: '', version: 'v1', plural: 'configmaps', namespace }
  const lanes = new WriteLanes({ api, clock: systemClock, random: Math.random, slots: { all: 24 }, budgetMillis: () => 60_000 })
  const object = (index: number): object => ({ metadata: { name: `m${index}` }, data: { entries: 'x'.repeat(bytes) } })
  const writes = Array.from({ length: count }, (_, index) => ({
    lane: 'all' as const,
    object: String(index),
    call: createCall(maps, object(index)),
  }))
  assert.ok((await lanes.perform(writes)).every(({ outcome }) => outcome.is === 'written'))
  return maps
}

test('the slim client, as a speaker uses it, stays small and needs five connections at most', async () => {
  // About what 2,000 Services come to: 8 route sets and 8 slices of 256 entries each, and one plan.
  const [plans] = [await fill('plans', 1, 2_000), await fill('slices', 8, 50_000), await fill('route-sets', 8, 50_000)]
  const follower = start('follower', 'plans', 'slices', 'route-sets')
  await until('all lists are whole', () => follower.lines.length > 0)
  await sleep(1_000)
  for (let turn = 0; turn < 100; turn++) {
    await server().api.request(mergePatchCall(plans, { name: 'm0' }, { data: { turn: String(turn) } }, { fieldManager: 'test' }))
  }
  await sleep(500)
  const { rss, anonymous } = memoryOf(follower)
  const connections = connectionsTo(server().url, follower.pid)
  const bare = start('nothing')
  await sleep(1_000)
  const node = memoryOf(bare)
  console.log(
    `slim client: ${rss} MB resident, ${anonymous} MB anonymous, ${connections} connections; Node alone: ${node.rss} MB, ${node.anonymous} MB`,
  )
  assert.ok(rss <= node.rss + 30, `${rss} MB`)
  assert.ok(connections <= 5, `${connections} connections`)
}, 60_000)
