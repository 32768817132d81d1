import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

/** Real time passes here; the time it took comes back, in milliseconds. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, seconds = 20): Promise<number> {
  const began = performance.now()
  for (;;) {
    const isHeld = await holds()
    const millis = performance.now() - began
    if (isHeld || millis > seconds * 1000) {
      assert.ok(isHeld, `not within ${seconds} s: ${what}`)
      return Math.round(millis)
    }
    await sleep(20)
  }
}
