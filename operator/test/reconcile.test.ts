import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { SimClock } from '@loadstone/sim'
import { PendingWrites } from '../src/cluster/pending-writes'
import { ReportRate } from '../src/cluster/report-rate'
import type { Write } from '../src/publish/write'
import { type ClusterAccess, type PassEvent, Reconciler, type WriteResult } from '../src/reconcile'
import { observedOf, SimCluster } from './cluster/sim-cluster'
import { endpoints, l2, node, pool, service, settings } from './objects'

/** ClusterAccess to a simulated cluster, whose writes can fail or be delayed. */
class FaultyCluster implements ClusterAccess {
  readonly sim = new SimCluster([pool('p', ['192.0.2.0/24']), l2(), service('web'), endpoints('default/web', ['n1'])]).addNodes(node('n1'))
  state: { waiting?: string; frozen?: string } = {}
  outcome: WriteResult = 'written'
  observed = 0
  readonly performed: Write[] = []
  readonly reported: Write[] = []

  observe(): ReturnType<ClusterAccess['observe']> {
    this.observed++
    return { observed: observedOf(this.sim.objects.values(), settings), ...this.state }
  }

  async perform(writes: readonly Write[]): Promise<readonly WriteResult[]> {
    this.performed.push(...writes)
    if (this.outcome === 'written') for (const write of writes) this.sim.perform(write)
    return writes.map(() => this.outcome)
  }

  report(writes: readonly Write[]): void {
    this.reported.push(...writes)
    for (const write of writes) this.sim.perform(write)
  }
}

function started(): {
  readonly cluster: FaultyCluster
  readonly clock: SimClock
  readonly reconciler: Reconciler
  readonly events: PassEvent[]
} {
  const [cluster, clock, events] = [new FaultyCluster(), new SimClock(), [] as PassEvent[]]
  const wallTime = (): string => '2026-01-01T01:00:00.000Z'
  const reconciler = new Reconciler({ cluster, clock, wallTime, settings, onEvent: (event) => void events.push(event) })
  return { cluster, clock, reconciler, events }
}
/** Lets promises run: no time passes. */
const quiet = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

describe('passes', () => {
  test('happen only while leading, the first at once', async () => {
    const { cluster, reconciler } = started()
    reconciler.wake()
    await quiet()
    assert.equal(cluster.observed, 0)
    reconciler.lead(true)
    await quiet()
    assert.equal(cluster.observed, 1)
    assert.deepEqual(cluster.sim.ips('web'), ['192.0.2.0'])
  })

  test('answer a burst of changes with one more pass, after a rest', async () => {
    const { cluster, clock, reconciler } = started()
    reconciler.lead(true)
    await quiet()
    for (let i = 0; i < 100; i++) reconciler.wake()
    await quiet()
    assert.equal(cluster.observed, 1)
    clock.advance(24)
    await quiet()
    assert.equal(cluster.observed, 1)
    clock.advance(1)
    await quiet()
    assert.equal(cluster.observed, 2)
    clock.advance(1000)
    reconciler.wake()
    assert.equal(cluster.observed, 3, 'at once, when it had rested')
  })

  test('wait until every kind has been seen whole, and say which is missing', async () => {
    const { cluster, clock, reconciler, events } = started()
    cluster.state = { waiting: 'nodes: listing for the first time' }
    reconciler.lead(true)
    await quiet()
    assert.deepEqual(cluster.performed, [])
    assert.deepEqual(events, [{ is: 'waiting', why: 'nodes: listing for the first time' }])
    cluster.state = {}
    clock.advance(25)
    reconciler.wake()
    await quiet()
    assert.ok(cluster.performed.length > 0)
  })

  test('that wait for a kind which the API server refuses tell it to Services without an address, and only then', async () => {
    const { cluster, clock, reconciler } = started()
    cluster.state = { waiting: 'l2advertisements: loading' }
    reconciler.lead(true)
    await quiet()
    assert.equal(cluster.reported.length, 0)
    cluster.state = { waiting: 'l2advertisements: not found; nodes: loading', frozen: 'l2advertisements: not found' }
    clock.advance(25)
    reconciler.wake()
    await quiet()
    assert.equal(cluster.performed.length, 0)
    const told = cluster.reported.map((write) => (write.do === 'service-status' ? [write.ips, write.conditions[0]?.reason] : write.do))
    assert.deepEqual(told, [[[], 'InputsIncomplete']])
  })

  test('change nothing while a kind cannot be read', async () => {
    const { cluster, reconciler, events } = started()
    cluster.state = { frozen: 'endpointslices: forbidden' }
    reconciler.lead(true)
    await quiet()
    assert.deepEqual(cluster.performed, [])
    const tells = (write: Write): boolean => write.do === 'status' || (write.do === 'service-status' && write.ips.length === 0)
    assert.ok(cluster.reported.every(tells) && cluster.reported.length > 0)
    assert.equal(events[0]?.is, 'frozen')
  })

  test('stop at a phase that could not be finished, and try again later and later', async () => {
    const { cluster, clock, reconciler, events } = started()
    cluster.outcome = 'failed'
    reconciler.lead(true)
    await quiet()
    assert.ok(
      cluster.performed.length > 0 && cluster.performed.every((write) => write.do === 'service-status'),
      'no plan for an address that was not written',
    )
    assert.ok(events.some((event) => event.is === 'interrupted'))
    const passesWithin = async (millis: number): Promise<number> => {
      const before = cluster.observed
      for (let i = 0; i < millis; i += 100) {
        clock.advance(100)
        await quiet()
      }
      return cluster.observed - before
    }
    assert.equal(await passesWithin(500), 1)
    assert.equal(await passesWithin(900), 0)
    assert.equal(await passesWithin(100), 1)
    cluster.outcome = 'written'
    await passesWithin(2000)
    assert.deepEqual(cluster.sim.ips('web'), ['192.0.2.0'])
    assert.equal(await passesWithin(60_000), 0, 'and then no more')
  })

  test('go on after a conflict: the watch brings the newer object', async () => {
    const { cluster, reconciler } = started()
    cluster.outcome = 'conflict'
    reconciler.lead(true)
    await quiet()
    assert.ok(cluster.performed.some((write) => write.do === 'apply'))
  })

  test('end when the lead is lost, and what was remembered goes with it', async () => {
    const { cluster, clock, reconciler } = started()
    reconciler.lead(true)
    await quiet()
    assert.ok(reconciler.config !== undefined)
    reconciler.lead(false)
    assert.equal(reconciler.config, undefined)
    const before = cluster.observed
    reconciler.wake()
    clock.advance(1000)
    await quiet()
    assert.equal(cluster.observed, before)
  })
})

describe('what was written and not yet seen', () => {
  test('stands in for what the watch shows, until that changes', () => {
    const pending = new PendingWrites<{ v: number }>(({ v }) => `${v}`)
    const [old, ours, newer] = [{ v: 1 }, { v: 2 }, { v: 3 }]
    pending.put('a', old, ours)
    pending.put('gone', old, undefined)
    pending.put('new', undefined, ours)
    const seen = pending.appliedTo(
      new Map([
        ['a', old],
        ['gone', old],
        ['other', old],
      ]),
    )
    assert.deepEqual(
      [...seen],
      [
        ['a', ours],
        ['other', old],
        ['new', ours],
      ],
    )
    assert.equal(pending.appliedTo(new Map([['a', newer]])).get('a'), newer)
    assert.equal(pending.appliedTo(new Map([['a', old]])).get('a'), old, 'and does not come back')
  })

  test('stands in also while the watch tells of our earlier writes, one after the other', () => {
    const pending = new PendingWrites<{ v: number }>(({ v }) => `${v}`)
    const [old, first, second, third] = [{ v: 1 }, { v: 2 }, { v: 3 }, { v: 4 }]
    const shown = (now: { v: number }): { v: number } | undefined => pending.appliedTo(new Map([['a', now]])).get('a')
    pending.put('a', old, first)
    pending.put('a', old, second)
    const firstToldOf = { ...first }
    assert.equal(shown(firstToldOf), second, 'or the next write would carry a version that is past')
    pending.put('a', firstToldOf, third)
    assert.equal(shown({ ...second }), third)
    const thirdToldOf = { ...third }
    assert.equal(shown(thirdToldOf), thirdToldOf, 'the watch has caught up')
    assert.equal(shown({ v: 5 })?.v, 5)
  })
})

describe('reports on one object', () => {
  test('are a second apart, the first at once', () => {
    const clock = new SimClock()
    const pace = new ReportRate(clock, 1000)
    assert.equal(pace.wait('a'), 0)
    clock.advance(400)
    assert.equal(pace.wait('a'), 600)
    assert.equal(pace.wait('b'), 0)
    clock.advance(600)
    assert.equal(pace.wait('a'), 0)
    assert.equal(pace.wait('a'), 1000)
    clock.advance(5000)
    assert.equal(pace.wait('b'), 0)
  })
})
