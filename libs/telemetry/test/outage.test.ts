import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { SimClock } from '@loadstone/sim'
import { Outage } from '../src'

function watched(patienceMillis: number) {
  const clock = new SimClock()
  const said: string[] = []
  const outage = new Outage(clock, patienceMillis, { lost: (problem) => said.push(`lost: ${problem}`), back: () => said.push('back') })
  return { clock, said, outage }
}

test('a loss is said once, when it has lasted, with the problem as it is then; its end is said once', () => {
  const { clock, said, outage } = watched(1_000)
  outage.note('refused')
  clock.advance(500)
  outage.note('timed out')
  clock.advance(499)
  assert.deepEqual(said, [])
  clock.advance(1)
  outage.note('timed out')
  clock.advance(10_000)
  assert.deepEqual(said, ['lost: timed out'])
  outage.note(undefined)
  outage.note(undefined)
  assert.deepEqual(said, ['lost: timed out', 'back'])
})

test('one that ends before is never said, and the next one waits its own time', () => {
  const { clock, said, outage } = watched(1_000)
  outage.note('refused')
  clock.advance(999)
  outage.note(undefined)
  outage.note('refused')
  clock.advance(999)
  assert.deepEqual(said, [])
  clock.advance(1)
  assert.deepEqual(said, ['lost: refused'])
})
