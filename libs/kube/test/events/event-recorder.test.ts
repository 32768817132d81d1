import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { SimClock } from '@loadstone/sim'
import { type EventInput, EventRecorder } from '../../src/events'
import { EventSeries } from '../../src/events/event-series'
import type { QueuedWrite } from '../../src/writes'

const event: EventInput = {
  regarding: { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'web', uid: 'u' },
  type: 'Normal',
  reason: 'Assigned',
  action: 'Assign',
  note: 'has 192.0.2.1 of pool a',
}
const other = (note: string): EventInput => ({ ...event, note })

test('the first time is told, and what happens again within a minute is not', () => {
  const series = new EventSeries()
  const decisions = [0, 10_000, 59_999].map((now) => series.decide(event, now).do)
  assert.deepEqual(decisions, ['create', 'keep-quiet', 'keep-quiet'])
})

test('what goes on is counted, once a minute', () => {
  const series = new EventSeries()
  const decisions = [0, 30_000, 60_000, 90_000, 120_000].map((now) => series.decide(event, now))
  assert.deepEqual(decisions[2], { do: 'count', id: 1, count: 3 })
  assert.deepEqual(decisions[4], { do: 'count', id: 1, count: 5 })
})

test('after ten quiet minutes it is something new', () => {
  const series = new EventSeries()
  assert.deepEqual(series.decide(event, 0), { do: 'create', id: 1 })
  assert.deepEqual(series.decide(event, 600_000), { do: 'create', id: 2 })
})

test('a version of the object makes no difference, anything else does', () => {
  const series = new EventSeries()
  series.decide(event, 0)
  const later = { ...event, regarding: { ...event.regarding, resourceVersion: '9' } }
  assert.equal(series.decide(later, 1).do, 'keep-quiet')
  const different = [{ ...event, reason: 'Refused' }, { ...event, regarding: { ...event.regarding, uid: 'v' } }, other('x')]
  assert.deepEqual(
    different.map((one) => series.decide(one, 2).do),
    ['create', 'create', 'create'],
  )
})

test('one object that cannot settle gets ten events, then one each half minute, and takes none from others', () => {
  const series = new EventSeries()
  const decisions = Array.from({ length: 15 }, (_, index) => series.decide(other(`address ${index}`), 0).do)
  assert.deepEqual(decisions.filter((what) => what === 'create').length, 10)
  assert.equal(series.decide(other('half a minute later'), 30_000).do, 'create')
  assert.equal(series.decide(other('at once again'), 30_000).do, 'keep-quiet')
  assert.equal(series.decide({ ...event, regarding: { ...event.regarding, name: 'else', uid: 'w' } }, 30_000).do, 'create')
})

test('what is remembered is bounded', () => {
  const series = new EventSeries()
  const about = (name: string): EventInput => ({ ...event, regarding: { ...event.regarding, name } })
  for (let index = 0; index < 10_001; index++) series.decide(about(`s${index}`), 0)
  assert.equal(series.decide(about('s0'), 1).do, 'create', 'the oldest is forgotten')
  assert.equal(series.decide(about('s10000'), 1).do, 'keep-quiet')
})

test('events are written where what they are about is, in a form the API server takes', () => {
  const clock = new SimClock()
  const writes: QueuedWrite[] = []
  const lanes = {
    perform: (given: readonly QueuedWrite[]) => {
      writes.push(...given)
      return Promise.resolve([])
    },
  } as unknown as ConstructorParameters<typeof EventRecorder>[0]['lanes']
  const wallTime = (): string => '2026-01-01T00:00:00.000Z'
  const recorder = new EventRecorder({
    lanes,
    lane: 'reports',
    clock,
    wallTime,
    random: () => 0.5,
    reporter: 'loadstone.dev/operator',
    instance: 'p',
  })
  recorder.record({ ...event, note: 'é'.repeat(2_000) })
  clock.advance(60_000)
  recorder.record({ ...event, note: 'é'.repeat(2_000) })
  recorder.record({ ...event, regarding: { apiVersion: 'v1', kind: 'Node', name: 'n1' } })
  const calls = writes.map(({ call }) => call)
  const events = (namespace: string): string => `/apis/events.k8s.io/v1/namespaces/${namespace}/events`
  assert.deepEqual(
    calls.map(({ method, path }) => `${method} ${path}`),
    [`POST ${events('default')}`, `PATCH ${events('default')}/web.80000000.1`, `POST ${events('default')}`],
  )
  const { note, metadata, eventTime } = calls[0]!.body as { note: string; metadata: { name: string }; eventTime: string }
  assert.deepEqual([metadata.name, eventTime], ['web.80000000.1', '2026-01-01T00:00:00.000000Z'])
  assert.match(note, /^é{510}…$/)
  assert.deepEqual(calls[1]?.body, { series: { count: 2, lastObservedTime: '2026-01-01T00:00:00.000000Z' } })
})
