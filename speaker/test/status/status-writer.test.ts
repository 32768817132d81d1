import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import type { AnnouncementPlanStatus } from '@loadstone/plan/status'
import { SimClock } from '@loadstone/sim'
import { StatusWriter } from '../../src/status/status-writer'
import { settle } from '../builders'

const status = (generation: number): AnnouncementPlanStatus => ({
  observedGeneration: generation,
  observedRouteSets: [],
  observedSlices: [],
  interfaces: [],
  sessions: [],
  claims: [],
  conditions: [],
})

function world() {
  const clock = new SimClock()
  const written: number[] = []
  const attempts: (string | undefined)[] = []
  const api = { away: false, attempts: 0 }
  const reporter = new StatusWriter({
    clock,
    random: () => 1,
    onAttempt: (problem) => attempts.push(problem),
    write: async ({ observedGeneration }) => {
      api.attempts++
      if (api.away) throw new Error('connect ECONNREFUSED 10.96.0.1:443')
      written.push(observedGeneration)
    },
  })
  /** Millisecond by millisecond of simulated time would be exact; a write settles between these steps. */
  const elapse = async (millis: number) => {
    for (let left = millis; left > 0; left -= 100) {
      clock.advance(Math.min(100, left))
      await settle()
    }
  }
  return { reporter, written, attempts, api, settle, elapse }
}

test('the first status is written at once, then at most one a second, always the latest', async () => {
  const { reporter, written, settle, elapse } = world()
  for (let generation = 1; generation <= 50; generation++) reporter.report(status(generation))
  await settle()
  assert.deepEqual(written, [1])
  await elapse(900)
  assert.deepEqual(written, [1])
  await elapse(100)
  assert.deepEqual(written, [1, 50])
  for (let generation = 51; generation <= 80; generation++) {
    reporter.report(status(generation))
    await elapse(100)
  }
  assert.equal(written.length, 2 + 3)
})

test('the same status again is not written', async () => {
  const { reporter, written, elapse } = world()
  for (let i = 0; i < 20; i++) {
    reporter.report(status(1))
    await elapse(500)
  }
  assert.deepEqual(written, [1])
})

test('while the API server is away writing is tried with backoff, and the latest is written when it is back', async () => {
  const { reporter, written, attempts, api, elapse } = world()
  api.away = true
  reporter.report(status(1))
  await elapse(62_000)
  assert.equal(api.attempts, 6) // at 0, 2, 6, 14, 30 and 60 s: twice the pause each time, 30 s at most
  reporter.report(status(2))
  api.away = false
  await elapse(30_000)
  assert.deepEqual([written, attempts.length, attempts.at(-2), attempts.at(-1)], [[2], 7, 'connect ECONNREFUSED 10.96.0.1:443', undefined])
})

test('what was forgotten is written again although it did not change', async () => {
  const { reporter, written, elapse } = world()
  reporter.report(status(1))
  await elapse(2_000)
  reporter.forget()
  reporter.report(status(1))
  await elapse(100)
  assert.deepEqual(written, [1, 1])
})
