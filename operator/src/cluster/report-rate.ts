import type { Clock, Millis } from '@loadstone/clock'

/** Limits reports to one per object and interval, because a pool's counters change with every Service. */
export class ReportRate {
  readonly #clock: Clock
  readonly #interval: Millis
  readonly #last = new Map<string, Millis>()

  constructor(clock: Clock, interval: Millis) {
    this.#clock = clock
    this.#interval = interval
  }

  /** Milliseconds that a report on the object has to wait; 0 means now, and the interval begins. */
  wait(object: string): Millis {
    const now = this.#clock.now()
    const last = this.#last.get(object)
    if (last !== undefined && now - last < this.#interval) return this.#interval - (now - last)
    this.#forget(now)
    this.#last.set(object, now)
    return 0
  }

  /** Removes expired entries; the map is in order of time. */
  #forget(now: Millis): void {
    for (const [object, last] of this.#last) {
      if (now - last < this.#interval) return
      this.#last.delete(object)
    }
  }
}
