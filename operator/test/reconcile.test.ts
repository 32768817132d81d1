import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { SimClock } from '@loadstone/sim'
import { ReportRate } from '../src/cluster/report-rate'
import { objectOf, type Write, type WriteResult } from '../src/publish/write'
import { type ClusterAccess, type PassEvent, Reconciler } from '../src/reconcile'
import { observedOf, SimCluster } from './cluster/sim-cluster'
import { endpoints, l2, node, pool, service, settings } from './objects'

type Fault = 'refused' | 'failed' | 'conflict' | 'hangs'

/** ClusterAccess to a simulated cluster, whose writes can fail, hang, or be delayed. */
class FaultyCluster implements ClusterAccess {
  readonly sim = new SimCluster([pool('p', ['192.0.2.0/24']), l2()]).addNodes(node('n1')).settle()
  state: { waiting?: string; frozen?: string } = {}
  /** By object, what happens to writes of it; '*' for all. */
  readonly faults = new Map<string, Fault>()
  observed = 0
  abandoned = 0
  readonly performed: Write[] = []
  readonly reported: Write[] = []
  readonly #hanging: (() => void)[] = []

  observe(): ReturnType<ClusterAccess['observe']> {
    this.observed++
    return { observed: observedOf(this.sim.seen(), settings), ...this.state }
  }

  abandon(): void {
    this.abandoned++
  }

  async refresh(): Promise<void> {}

  perform(write: Write): Promise<WriteResult> {
    this.performed.push(write)
    const fault = this.faults.get(objectOf(write)) ?? this.faults.get('*')
    if (fault === undefined) return Promise.resolve(this.sim.perform(write))
    if (fault !== 'hangs') return Promise.resolve(fault)
    return new Promise((resolve) => this.#hanging.push(() => resolve(this.sim.perform(write))))
  }

  report(writes: readonly Write[], onEnd: (write: Write, result: WriteResult) => void): void {
    this.reported.push(...writes)
    for (const write of writes) onEnd(write, this.sim.perform(write))
  }

  /** Writes that hang take effect now. */
  release(): void {
    for (const run of this.#hanging.splice(0)) run()
  }

  tries(object: string): number {
    return this.performed.filter((write) => objectOf(write) === object).length
  }
}

type Started = {
  readonly cluster: FaultyCluster
  readonly clock: SimClock
  readonly reconciler: Reconciler
  readonly events: PassEvent[]
  /** Passes time, in steps of 100 ms unless said. */
  readonly pass: (millis: number, step?: number) => Promise<void>
}

function started(): Started {
  const [cluster, clock, events] = [new FaultyCluster(), new SimClock(), [] as PassEvent[]]
  cluster.sim.put(service('web'), endpoints('default/web', ['n1']))
  const wallTime = (): string => new Date(1_767_225_700_000 + clock.now()).toISOString()
  const reconciler = new Reconciler({ cluster, clock, wallTime, settings, onEvent: (event) => void events.push(event) })
  const pass = async (millis: number, step = 100): Promise<void> => {
    await quiet()
    for (let i = 0; i < millis; i += step) {
      clock.advance(step)
      await quiet()
    }
  }
  return { cluster, clock, reconciler, events, pass }
}

/** Lets promises run: no time passes. */
const quiet = async (): Promise<void> => {
  for (let i = 0; i < 200; i++) await Promise.resolve()
}

describe('passes', () => {
  test('happen only while leading, the first at once', async () => {
    const { cluster, reconciler, events } = started()
    reconciler.wake()
    await quiet()
    assert.deepEqual([cluster.observed, events], [0, []])
    reconciler.lead(true)
    await quiet()
    assert.equal(events.length, 1)
    assert.deepEqual(cluster.sim.ips('web'), ['192.0.2.0'])
  })

  test('answer a burst of changes with one more pass, after a rest', async () => {
    const { clock, reconciler, events } = started()
    reconciler.lead(true)
    await quiet()
    for (let i = 0; i < 100; i++) reconciler.wake()
    await quiet()
    assert.equal(events.length, 1)
    clock.advance(24)
    await quiet()
    assert.equal(events.length, 1)
    clock.advance(1)
    await quiet()
    assert.equal(events.length, 2)
    clock.advance(1000)
    reconciler.wake()
    await quiet()
    assert.equal(events.length, 3, 'at once, when it had rested')
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

  test('of a new leader begin once it has read what its predecessor wrote', async () => {
    const { cluster, clock, reconciler } = started()
    let arrived = (): void => {}
    cluster.refresh = () => new Promise((resolve) => (arrived = resolve))
    reconciler.lead(true)
    await quiet()
    assert.equal(cluster.performed.length, 0)
    arrived()
    await quiet()
    assert.deepEqual(cluster.sim.ips('web'), ['192.0.2.0'])
    cluster.refresh = () => assert.fail('once in a reign')
    clock.advance(1000)
    reconciler.wake()
    await quiet()
  })

  test('write nothing in the next reign that was decided in the one before', async () => {
    const { cluster, reconciler, events, pass } = started()
    cluster.faults.set('Service default/web', 'hangs')
    reconciler.lead(true)
    await quiet()
    reconciler.lead(false)
    reconciler.lead(true)
    cluster.faults.clear()
    cluster.sim.put(service('web', { loadBalancerIP: '192.0.2.9' }))
    cluster.release()
    await pass(100)
    assert.deepEqual(events.map(({ is }) => is).slice(0, 2), ['interrupted', 'passed'])
    assert.deepEqual(cluster.sim.ips('web'), ['192.0.2.9'])
  })
})

test('a leader that loses the lead waits for no write in flight, begins none, and gives up those that wait', async () => {
  const { cluster, reconciler, pass } = started()
  cluster.sim.put(service('other'), endpoints('default/other', ['n1']))
  cluster.faults.set('Service default/web', 'hangs')
  reconciler.lead(true)
  await pass(100)
  const before = cluster.performed.length
  cluster.refresh = () => new Promise(() => {})
  reconciler.lead(false)
  reconciler.lead(true)
  await pass(3000)
  assert.deepEqual([cluster.performed.length, cluster.abandoned], [before, 3])
})

test('a new reign begins at once, whatever hangs of the last', async () => {
  const { cluster, reconciler, pass } = started()
  cluster.faults.set('Service default/web', 'hangs')
  reconciler.lead(true)
  await pass(100)
  cluster.faults.clear()
  reconciler.lead(false)
  reconciler.lead(true)
  await pass(200)
  assert.deepEqual(cluster.sim.ips('web'), ['192.0.2.0'])
})

describe('an object whose write does not succeed', () => {
  const two = (): Started => {
    const all = started()
    all.cluster.sim.put(service('bad', {}, { creationTimestamp: '2025-01-01T00:00:00Z' }), endpoints('default/bad', ['n1']))
    return all
  }

  for (const fault of ['refused', 'failed', 'conflict'] as const) {
    test(`(${fault}) costs nobody else anything, and is tried again later and later`, async () => {
      const { cluster, reconciler, pass } = two()
      cluster.faults.set('Service default/bad', fault)
      reconciler.lead(true)
      await pass(0)
      assert.deepEqual([cluster.sim.ips('web').length, cluster.sim.ips('bad')], [1, []])
      assert.equal(cluster.sim.entry(cluster.sim.ips('web')[0]!).candidates[0], 'n1', 'planned in the same pass')
      assert.equal(cluster.tries('Service default/bad'), 1)
      await pass(60_000)
      const tries = cluster.tries('Service default/bad')
      assert.ok(fault === 'conflict' ? tries > 30 : tries >= 6 && tries <= 9, `${tries} in a minute`)
      cluster.faults.clear()
      await pass(fault === 'refused' ? 300_000 : 15_000, 1000)
      assert.deepEqual(cluster.sim.ips('bad').length, 1)
      const before = cluster.performed.length
      await pass(600_000, 1000)
      assert.equal(cluster.performed.length, before, 'and then no more')
    })
  }

  test('(no answer) is waited for a moment, then everybody else goes on; what it may have is given to nobody', async () => {
    const { cluster, reconciler, pass } = two()
    cluster.faults.set('Service default/bad', 'hangs')
    reconciler.lead(true)
    await pass(1400)
    assert.deepEqual(cluster.sim.entry('192.0.2.1').candidates, [], 'it is waited for')
    await pass(200)
    assert.equal(cluster.sim.entry(cluster.sim.ips('web')[0]!).candidates[0], 'n1')
    cluster.sim.put(service('late'), endpoints('default/late', ['n1']))
    reconciler.wake()
    await pass(100)
    assert.deepEqual(cluster.sim.ips('late'), ['192.0.2.2'], '192.0.2.0 may be of bad by now')
    cluster.sim.put(service('asking', { loadBalancerIP: '192.0.2.0' }))
    reconciler.wake()
    await pass(100)
    assert.deepEqual(cluster.sim.ips('asking'), [])
    assert.match(
      cluster.sim.condition('Service', 'asking', 'loadstone.dev/Allocated').message,
      /about to be given to the Service default\/bad/,
    )
    cluster.faults.clear()
    cluster.release()
    await pass(100)
    assert.deepEqual(cluster.sim.ips('bad'), ['192.0.2.0'])
    assert.equal(cluster.sim.entry('192.0.2.0').candidates[0], 'n1', 'and is planned as soon as it is known')
    assert.equal(cluster.tries('Service default/bad'), 1)
  })

  test('that did not succeed before is waited for by nobody', async () => {
    const { cluster, reconciler, pass } = two()
    cluster.faults.set('Service default/bad', 'failed')
    reconciler.lead(true)
    await pass(0)
    cluster.faults.set('Service default/bad', 'hangs')
    await pass(600)
    assert.equal(cluster.tries('Service default/bad'), 2)
    cluster.sim.put(service('late'), endpoints('default/late', ['n1']))
    reconciler.wake()
    await pass(100)
    assert.equal(cluster.sim.entry(cluster.sim.ips('late')[0]!).candidates[0], 'n1')
  })

  test('is tried at once when somebody changes it', async () => {
    const { cluster, reconciler, pass } = two()
    cluster.faults.set('Service default/bad', 'refused')
    reconciler.lead(true)
    await pass(30_000)
    cluster.faults.clear()
    cluster.sim.put(service('bad', { loadBalancerIP: '192.0.2.7' }))
    reconciler.wake()
    await pass(100)
    assert.deepEqual(cluster.sim.ips('bad'), ['192.0.2.7'])
  })

  test('while nothing can be written everything waits, and then everything is as ever', async () => {
    const { cluster, reconciler, pass, events } = two()
    cluster.faults.set('*', 'failed')
    reconciler.lead(true)
    await pass(60_000)
    assert.ok(cluster.performed.length < 60, `${cluster.performed.length} writes in a minute`)
    assert.ok(events.some((event) => event.is === 'passed' && event.unwritten.length > 0 && event.held >= 2))
    cluster.faults.clear()
    await pass(20_000)
    for (const name of ['web', 'bad']) assert.equal(cluster.sim.entry(cluster.sim.ips(name)[0]!).candidates[0], 'n1')
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
