import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import type { Clock, Millis } from '@loadstone/clock'

export type ClockUnderTest = { readonly clock: Clock; readonly elapse: (by: Millis) => Promise<void> | void }

/** Tests that the real clock and the simulated one both pass, so that a test on the latter counts for the former. */
export function clockConformance(name: string, make: () => ClockUnderTest): void {
  test(`${name}: timers run in deadline order, then in the order they were set`, async () => {
    const { clock, elapse } = make()
    const ran: string[] = []
    clock.after(20, () => ran.push('late'))
    clock.after(10, () => ran.push('first'))
    clock.after(10, () => ran.push('second'))
    await elapse(40)
    assert.deepEqual(ran, ['first', 'second', 'late'])
  })

  test(`${name}: a cancelled timer never runs`, async () => {
    const { clock, elapse } = make()
    let ran = false
    clock.after(10, () => {
      ran = true
    })()
    await elapse(30)
    assert.equal(ran, false)
  })

  test(`${name}: now() goes on with time`, async () => {
    const { clock, elapse } = make()
    const before = clock.now()
    await elapse(20)
    assert.ok(clock.now() - before >= 19, 'a timer of Node may come a millisecond early')
  })
}
