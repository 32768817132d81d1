import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { SimClock } from '@loadstone/sim'
import type { LogEvent } from '@loadstone/telemetry'
import { BfdMonitor } from '../../src/bfd/monitor'
import type { BfdReport } from '../../src/messages/bfd'
import type { WorkerCommand } from '../../src/messages/messages'
import { session } from '../builders'
import { bfdWorld, ours, profile, router, specTo } from '../sim/bfd-world'

const planned = [session({ bfd: profile })]
const known = { peer: 'tor', address: router, blocked: false }

function world() {
  const clock = new SimClock()
  const sent: WorkerCommand[] = []
  const calls: string[] = []
  const logged: LogEvent[] = []
  const note = (event: LogEvent) => void logged.push(event)
  const watch = new BfdMonitor({
    clock,
    wallTime: () => `t${clock.now()}`,
    log: { error: note, warn: note, info: note, debug: note },
    sendToWorker: (message) => sent.push(message),
    pathDown: (peer) => calls.push(`lost ${peer}`),
    pathUp: (peer) => calls.push(`found ${peer}`),
    overdue: () => calls.push('overdue'),
  })
  const desired = () =>
    sent.flatMap((message) => (message.is === 'bfd' ? [message.sessions.map(({ peer, observedLocal }) => [peer, observedLocal])] : []))
  const see = (more: Partial<BfdReport>) => watch.observe([{ peer: 'tor', state: 'up', losses: 0, ...more }])
  return { clock, watch, sent, calls, logged, wanted: desired, see }
}

test('the worker is told what is to be watched, whole, and only when it changes', () => {
  const { watch, wanted: desired } = world()
  watch.reconcile([session()], [known]) // without a profile there is nothing to watch
  assert.deepEqual(desired(), [])
  for (let i = 0; i < 3; i++) watch.reconcile(planned, [known])
  watch.reconcile(planned, [{ ...known, local: ours }])
  watch.reconcile(planned, [])
  assert.deepEqual(desired(), [[['tor', undefined]], [['tor', ours]], []])
})

test('a session that cannot be started is not watched, one that is blocked for a moment goes on being watched', () => {
  const { watch, wanted: desired } = world()
  watch.reconcile(planned, [{ ...known, blocked: true }])
  assert.deepEqual(desired(), [])
  watch.reconcile(planned, [known])
  watch.reconcile(planned, [{ ...known, blocked: true }])
  assert.equal(desired().length, 1)
})

test('each loss of the way is said once, and that it works whenever it does again; nothing is said of a session that never came up', () => {
  const { watch, calls, see } = world()
  watch.reconcile(planned, [known])
  see({ state: 'down', problem: 'nothing heard' })
  see({ state: 'init' })
  assert.deepEqual(calls, [])
  see({})
  see({})
  see({ state: 'down', losses: 1 })
  see({ state: 'down', losses: 1, problem: 'and more is known' })
  see({ losses: 1 })
  assert.deepEqual(calls, ['found tor', 'lost tor', 'found tor'])
  see({ losses: 2 }) // down and up between two messages
  assert.deepEqual(calls.slice(3), ['lost tor'])
})

test('what either end ends on purpose is no loss', () => {
  const { watch, calls, see } = world()
  watch.reconcile(planned, [known])
  see({})
  see({ state: 'down', losses: 0, problem: 'it is admin-down' })
  assert.deepEqual(calls, ['found tor'])
})

test('the status has the state as routers print it, since when, the detection time and the words', () => {
  const { watch, clock, logged, see } = world()
  watch.reconcile(planned, [known])
  assert.equal(watch.statusOf('tor'), undefined)
  see({ detectionMillis: 150 })
  clock.advance(5_000)
  see({ detectionMillis: 150, problem: 'it runs at 50 ms' })
  assert.deepEqual(watch.statusOf('tor'), { state: 'Up', since: 't0', detectionMillis: 150, lastError: 'it runs at 50 ms' })
  see({ state: 'down', losses: 1, problem: 'nothing heard' })
  assert.deepEqual(watch.statusOf('tor'), { state: 'Down', since: 't5000', lastError: 'nothing heard' })
  assert.deepEqual(logged.map(({ event, state, previous }) => [event, state, previous]), [['bfd-state', 'Up', 'Down'], ['bfd-state', 'Down', 'Up']]) // biome-ignore format: one line
  watch.reconcile(planned, [])
  assert.equal(watch.statusOf('tor'), undefined)
})

test('a session that was up and is down is a fault at once, in words; up again it is none', () => {
  const { watch, see } = world()
  watch.reconcile(planned, [known])
  see({})
  assert.deepEqual(watch.faults(), [])
  see({ state: 'down', losses: 1, problem: 'nothing heard for 150 ms' })
  assert.deepEqual(watch.faults(), ['BFD session tor is Down: nothing heard for 150 ms'])
  see({ state: 'init', losses: 1 })
  assert.deepEqual(watch.faults(), ['BFD session tor is Init'])
  see({ losses: 1, problem: 'nothing heard for 150 ms' })
  assert.deepEqual(watch.faults(), [])
})

test('a session that does not come up is a fault after 30 s, which is said once; one that comes up in time never is', () => {
  const { watch, clock, calls, see } = world()
  watch.reconcile([...planned, session({ peer: 'slow', bfd: profile })], [known, { ...known, peer: 'slow' }])
  const slow = (state: BfdReport['state']) => watch.observe([{ peer: 'slow', state, losses: 0 }])
  see({ state: 'down', problem: 'enable BFD there' })
  clock.advance(10_000)
  slow('down')
  see({ state: 'down', problem: 'enable BFD there' })
  clock.advance(19_999)
  assert.deepEqual([watch.faults(), calls], [[], []])
  slow('up')
  clock.advance(1)
  assert.deepEqual([watch.faults(), calls], [['BFD session tor is Down: enable BFD there'], ['found slow', 'overdue']])
  clock.advance(60_000)
  assert.deepEqual([watch.faults().length, calls.length], [1, 2])
  watch.reconcile([], [])
  assert.deepEqual(watch.faults(), [])
})

test('reports of what is not wanted any more are of the past', () => {
  const { watch, calls, see } = world()
  see({})
  assert.deepEqual([calls, watch.statusOf('tor')], [[], undefined])
})

/** The handover state of a speaker with one session in Up. */
function left() {
  const { clock, node, configured } = bfdWorld()
  configured({ multihop: true, local: router })
  const { sessions } = node()
  sessions.reconcile([specTo({ hops: 'multihop', observedLocal: ours })])
  clock.advance(5_000)
  return sessions.handOver()
}

test('leaving, the sessions are given up and returned; a worker that hangs is not waited for', async () => {
  const { watch, sent, clock } = world()
  watch.reconcile(planned, [known])
  const leaving = watch.handOver()
  assert.deepEqual(sent.at(-1), { is: 'bfd-hand-over' })
  const handovers = left()
  watch.handedOver(handovers)
  assert.deepEqual(JSON.parse((await leaving) ?? ''), handovers)
  watch.reconcile(planned, [known])
  const again = watch.handOver()
  clock.advance(250)
  assert.equal(await again, undefined)
  assert.equal(await watch.handOver(), undefined) // nothing was watched
})

test('what a predecessor has left goes to the worker at once, with what it knew of each session; later truths leave it as it is', () => {
  const { watch, sent } = world()
  const handovers = left()
  const far = [session({ bfd: profile, ebgpMultiHop: true })]
  const locals = watch.resume(JSON.stringify(handovers), far)
  assert.deepEqual([...locals], [['tor', ours]])
  assert.deepEqual(sent, [{ is: 'bfd', sessions: [specTo({ hops: 'multihop', observedLocal: ours })], handovers }])
  watch.reconcile(far, [{ ...known, local: ours }])
  assert.equal(sent.length, 1)
})

test('an unnumbered session that was inherited goes on while its router is looked for anew', () => {
  const { watch, wanted: desired } = world()
  watch.reconcile(planned, [known])
  watch.reconcile(planned, [{ peer: 'tor', blocked: true }])
  assert.equal(desired().length, 1)
})
