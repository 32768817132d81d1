import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import type { Clock } from '@loadstone/clock'
import { SimClock } from '@loadstone/sim'
import { DeadlineTimer, nowMicros } from '../../src/timers/deadline-timer'

function rings(): { readonly clock: SimClock; readonly alarm: DeadlineTimer; readonly rung: number[] } {
  const clock = new SimClock()
  const rung: number[] = []
  return { clock, alarm: new DeadlineTimer(clock, () => rung.push(clock.now())), rung }
}

test('an alarm rings once, at its time', () => {
  const { clock, alarm, rung } = rings()
  alarm.set(150_000)
  clock.advance(1000)
  assert.deepEqual(rung, [150])
  assert.equal(alarm.dueMicros, undefined)
})

test('an alarm put off rings at the later time only, one brought forward at the earlier', () => {
  const { clock, alarm, rung } = rings()
  alarm.set(100_000)
  clock.advance(90)
  alarm.set(240_000)
  clock.advance(200)
  alarm.set(900_000)
  alarm.set(400_000)
  clock.advance(1000)
  assert.deepEqual(rung, [240, 400])
})

test('an alarm that is off never rings', () => {
  const { clock, alarm, rung } = rings()
  alarm.set(100_000)
  alarm.off()
  clock.advance(1000)
  assert.deepEqual(rung, [])
})

test('an alarm in the past rings as soon as it can', () => {
  const { clock, alarm, rung } = rings()
  clock.advance(500)
  alarm.set(100_000)
  clock.advance(0)
  assert.deepEqual(rung, [500])
})

test('a timer that fires early, as those of Node may, does not ring early', () => {
  const inner = new SimClock()
  const hasty: Clock = { now: inner.now, after: (delay, run) => inner.after(delay > 5 ? delay - 5 : delay, run) }
  const rung: number[] = []
  const alarm = new DeadlineTimer(hasty, () => rung.push(nowMicros(inner)))
  alarm.set(100_000)
  inner.advance(1000)
  assert.deepEqual(rung, [100_000])
})

test('a moved alarm keeps the timer it has: one timer a detection time, not one a packet', () => {
  const inner = new SimClock()
  let timers = 0
  const counting: Clock = {
    now: inner.now,
    after: (delay, run) => {
      timers++
      return inner.after(delay, run)
    },
  }
  const alarm = new DeadlineTimer(counting, () => undefined)
  for (let packet = 0; packet < 100; packet++) {
    alarm.set(nowMicros(inner) + 150_000)
    inner.advance(50)
  }
  assert.ok(timers < 60, `${timers}`)
})
