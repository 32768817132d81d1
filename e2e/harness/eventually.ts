import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * Asks again until the answer satisfies the check, and then returns it. When the time is up it fails with the last complaint,
 * which says more than "timed out".
 */
export async function eventually<T>(what: string, probe: () => Promise<T>, check: (value: T) => void, withinMillis = 30_000): Promise<T> {
  const deadline = performance.now() + withinMillis
  for (;;) {
    let complaint: unknown
    try {
      const value = await probe()
      check(value)
      return value
    } catch (error) {
      complaint = error
    }
    if (performance.now() > deadline) {
      const reason = complaint instanceof Error ? complaint.message : String(complaint)
      throw new assert.AssertionError({ message: `${what}: not within ${withinMillis / 1000} s. Last seen: ${reason}` })
    }
    await pause(100)
  }
}
