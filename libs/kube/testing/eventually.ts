import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

/** Asks every 20 ms of real time until the answer is right, and returns it. Fails with the last answer after `withinMillis`. */
export async function eventually<T>(
  what: string,
  ask: () => T | Promise<T>,
  right: (answer: T) => boolean,
  withinMillis = 30_000,
): Promise<T> {
  const end = performance.now() + withinMillis
  for (;;) {
    const answer = await ask()
    const isRight = right(answer)
    if (isRight || performance.now() > end) {
      assert.ok(isRight, `${what}: not within ${withinMillis / 1000} s; last seen: ${JSON.stringify(answer)}`)
      return answer
    }
    await sleep(20)
  }
}

/** Waits until `holds` is true. Returns how long that took, in whole milliseconds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMillis = 20_000): Promise<number> {
  const began = performance.now()
  await eventually(what, holds, Boolean, withinMillis)
  return Math.round(performance.now() - began)
}
