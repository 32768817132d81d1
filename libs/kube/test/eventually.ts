import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

/** Real time passes here; the time it took comes back, in milliseconds. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, seconds = 20): Promise<number> {
  const began = performance.now()
  while (performance.now() - began < seconds * 1000) {
    if (await holds()) return Math.round(performance.now() - began)
    await sleep(20)
  }
  return assert.fail(`not within ${seconds} s: ${what}`)
}
