import type { Clock, Millis } from '@loadstone/clock'

type Due = { readonly at: Millis; readonly order: number; readonly run: () => void }

/** Time that moves only when a test says so. Timers of one deadline run in the order they were set, so that runs repeat. */
export class SimClock implements Clock {
  #now: Millis = 0
  #order = 0
  readonly #due = new Set<Due>()

  readonly now = (): Millis => this.#now

  readonly after = (delay: Millis, run: () => void): (() => void) => {
    const due: Due = { at: this.#now + delay, order: this.#order++, run }
    this.#due.add(due)
    return () => void this.#due.delete(due)
  }

  advance(by: Millis): void {
    const until = this.#now + by
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#due.delete(next)
      this.#now = next.at
      next.run()
    }
    this.#now = until
  }

  #next(until: Millis): Due | undefined {
    let first: Due | undefined
    for (const due of this.#due)
      if (first === undefined || due.at < first.at || (due.at === first.at && due.order < first.order)) first = due
    return first !== undefined && first.at <= until ? first : undefined
  }
}
