import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import fc from 'fast-check'
import { fullAllowance, type SendAllowance, spend } from '../../src/timers/rate-limit'

/** How many of the packets, wanted at these times, may leave. */
function allowed(times: readonly number[]): number {
  let budget: SendAllowance = fullAllowance(0)
  let count = 0
  for (const at of [...times].sort((x, y) => x - y)) {
    const left = spend(budget, at)
    if (left === undefined) continue
    budget = left
    count++
  }
  return count
}

test('five packets may leave at once, the sixth waits 10 ms', () => {
  assert.equal(allowed([0, 0, 0, 0, 0, 0, 0]), 5)
  assert.equal(allowed([0, 0, 0, 0, 0, 9_999]), 5)
  assert.equal(allowed([0, 0, 0, 0, 0, 10_000]), 6)
})

test('whatever the times, no more leave than five and one for each 10 ms, and rare ones all leave', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(500_000), { maxLength: 300 }), (times) => {
      assert.ok(allowed(times) <= 5 + Math.floor(Math.max(0, ...times) / 10_000))
      assert.equal(allowed(times.map((_, i) => i * 10_000)), times.length)
    }),
  )
})
