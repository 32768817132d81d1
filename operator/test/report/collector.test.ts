import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@jest/globals'
import { processCatalogue } from '@loadstone/telemetry'
import { type Decision, decide } from '../../src/decide'
import { noneHeld } from '../../src/model/pass-input'
import { reasons } from '../../src/model/reasons'
import { MetricsCollector } from '../../src/report/collector'
import { metrics } from '../../src/report/metrics'
import { observeAll } from '../cluster/sim-cluster'
import { type ApiObject, l2, node, pool, service, settings, speakerPod } from '../objects'

const decision = (objects: readonly ApiObject[], frozen?: string): Decision =>
  decide(observeAll(objects), {
    settings,
    previous: undefined,
    held: noneHeld,
    frozen,
    nowSeconds: 1_767_225_700,
    now: '2026-01-01T00:01:40Z',
  })

const passed = (objects: readonly ApiObject[], frozen?: string) =>
  ({ is: 'passed', decision: decision(objects, frozen), writes: 0, unwritten: [], held: 2, thinkMillis: 250, writeMillis: 1_000 }) as const

function leader(): MetricsCollector {
  const collector = new MetricsCollector()
  collector.leads(true)
  return collector
}

test('addresses of each pool and those in use, by family and together', () => {
  const collector = leader()
  collector.pass(passed([pool('lan', ['192.0.2.0/28', '2001:db8::/120']), pool('spare', ['198.51.100.1-198.51.100.3']), service('one')]))
  const samples = collector.samples(true)
  assert.deepEqual(samples.metallb_allocator_addresses_total, [[272, 'lan'], [3, 'spare']]) // biome-ignore format: one line
  assert.deepEqual(samples.metallb_allocator_ipv4_addresses_total, [[16, 'lan'], [3, 'spare']]) // biome-ignore format: one line
  assert.deepEqual(samples.metallb_allocator_ipv6_addresses_total, [[256, 'lan'], [0, 'spare']]) // biome-ignore format: one line
  assert.deepEqual(samples.metallb_allocator_addresses_in_use_total, [[1, 'lan'], [0, 'spare']]) // biome-ignore format: one line
  assert.deepEqual(samples.metallb_allocator_ipv4_addresses_in_use_total, [[1, 'lan'], [0, 'spare']]) // biome-ignore format: one line
  assert.deepEqual(samples.metallb_allocator_ipv6_addresses_in_use_total, [[0, 'lan'], [0, 'spare']]) // biome-ignore format: one line
})

test('a pool that was never valid has no series, so that nobody takes it for one that is used up', () => {
  const collector = leader()
  collector.pass(passed([pool('bad', ['nonsense']), pool('lan', ['192.0.2.1/32']), service('one')]))
  const allocator = Object.entries(collector.samples(true)).filter(([name]) => name.startsWith('metallb_allocator_'))
  assert.equal(allocator.length, 6)
  for (const [name, samples] of allocator) assert.deepEqual(samples.map(([, of]) => of), ['lan'], name) // biome-ignore format: one line
})

test('Services that are not announced are counted by the reason they are told', () => {
  const collector = leader()
  collector.pass(passed([pool('lan', ['192.0.2.1/32']), service('one'), service('two'), service('three')]))
  const { loadstone_services_not_announced: counted, loadstone_services_announced: announced } = collector.samples(true)
  assert.deepEqual(new Map(counted.map(([n, reason]) => [reason, n])).get('PoolExhausted'), 2)
  assert.equal(
    counted.reduce((sum, [n]) => sum + n, 0),
    3,
  )
  assert.ok(counted.every(([, reason = '']) => reason in reasons))
  assert.deepEqual(announced, [[0]])
})

test('only a leader tells of pools and Services, and no longer than it leads', () => {
  const collector = new MetricsCollector()
  const serviceCounts = (): readonly number[] => {
    const samples = collector.samples(true)
    return [
      samples.loadstone_leading[0]?.[0] ?? -1,
      samples.metallb_allocator_addresses_total.length,
      samples.loadstone_services_announced.length,
    ]
  }
  const before = serviceCounts()
  collector.leads(true)
  collector.pass(passed([pool('lan', ['192.0.2.1/32'])]))
  const during = serviceCounts()
  collector.leads(false)
  collector.pass(passed([pool('lan', ['192.0.2.1/32'])])) // one that had begun before
  assert.deepEqual([before, during, serviceCounts()], [[0, 0, 0], [1, 1, 1], [0, 0, 0]]) // biome-ignore format: one line
})

test('the configuration is stale while an object is refused or a kind cannot be read', () => {
  const collector = leader()
  const stale = (): number | undefined => collector.samples(true).metallb_k8s_client_config_stale_bool[0]?.[0]
  const good = [pool('lan', ['192.0.2.1/32']), l2(), node('n1'), speakerPod('n1')]
  collector.pass(passed(good))
  assert.equal(stale(), 0)
  collector.pass(passed([...good, pool('bad', ['nonsense'])]))
  assert.equal(stale(), 1)
  collector.pass(passed(good))
  assert.equal(stale(), 0)
  collector.pass({ is: 'frozen', why: '403' })
  collector.pass(passed(good, '403'))
  assert.equal(stale(), 1)
  collector.pass(passed(good))
  assert.equal(stale(), 0)
})

test('passes, what they took, interruptions, writes by kind and outcome, watches', () => {
  const collector = leader()
  collector.pass(passed([]))
  collector.pass(passed([]))
  collector.pass({ is: 'interrupted', why: 'failed' })
  const gone = { do: 'delete', kind: 'RouteSet', name: 'a', uid: 'u' } as const
  for (const outcome of ['written', 'written', 'refused']) collector.wrote(gone, outcome)
  collector.watches('services', () => 4)
  const samples = collector.samples(false)
  assert.deepEqual(samples.metallb_k8s_client_updates_total, [[2]])
  assert.deepEqual(samples.metallb_k8s_client_update_errors_total, [[1]])
  assert.deepEqual(samples.metallb_k8s_client_config_loaded_bool, [[0]])
  assert.deepEqual(samples.loadstone_pass_seconds_total, [[0.5, 'think'], [2, 'write']]) // biome-ignore format: one line
  assert.deepEqual(samples.loadstone_writes_total, [[2, 'RouteSet', 'written'], [1, 'RouteSet', 'refused']]) // biome-ignore format: one line
  assert.deepEqual(samples.loadstone_objects_held, [[2]])
  assert.deepEqual(samples.loadstone_watch_restarts_total, [[4, 'services']])
})

test.each([
  ['Operator', metrics],
  ['Both', processCatalogue],
])('docs/metrics.md, section %s, lists exactly what there is', (title, catalogue) => {
  const text = readFileSync(join(__dirname, '../../../docs/metrics.md'), 'utf8')
  const section = new RegExp(`^## ${title}\\n([\\s\\S]*?)^## `, 'm').exec(text)?.[1] ?? ''
  const rows = [...section.matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]+) \| ([^|]+) \|$/gm)].map((row) => row.slice(1))
  const known = Object.entries(catalogue).map(([name, { type, labels, help }]) => [name, type, labels.join(', ') || '–', help])
  assert.deepEqual(rows, known)
})
