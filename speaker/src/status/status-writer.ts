import type { Clock, Millis } from '@loadstone/clock'
import type { AnnouncementPlanStatus } from '@loadstone/plan/status'

type StatusWriterDeps = {
  readonly clock: Clock
  /** Rejects when the API server cannot be reached or refuses. */
  readonly write: (status: AnnouncementPlanStatus) => Promise<void>
  /** 0 to 1, for jitter. */
  readonly random: () => number
  /** Called after each attempt, with the problem if it failed. */
  readonly onAttempt: (problem: string | undefined) => void
}

const betweenWritesMillis = 1_000
const lastRetryMillis = 30_000

/** Writes the latest status at most once a second, only when it differs from the last written one, and retries until it succeeds. */
export class StatusWriter {
  readonly #deps: StatusWriterDeps
  #latest: AnnouncementPlanStatus | undefined
  #written = ''
  #busy = false
  #failures = 0
  #closed = false

  constructor(deps: StatusWriterDeps) {
    this.#deps = deps
  }

  report(status: AnnouncementPlanStatus): void {
    this.#latest = status
    if (!this.#busy) void this.#write()
  }

  /** Forgets the last written status, so that the next report is written in any case. */
  forget(): void {
    this.#written = ''
  }

  close(): void {
    this.#closed = true
  }

  async #write(): Promise<void> {
    const status = this.#latest
    const text = JSON.stringify(status)
    if (status === undefined || text === this.#written || this.#closed) return
    this.#busy = true
    const problem = await this.#deps.write(status).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    if (problem === undefined) this.#written = text
    this.#failures = problem === undefined ? 0 : this.#failures + 1
    this.#deps.onAttempt(problem)
    this.#deps.clock.after(this.#pause(), () => {
      this.#busy = false
      void this.#write()
    })
  }

  #pause(): Millis {
    if (this.#failures === 0) return betweenWritesMillis
    const backoff = Math.min(lastRetryMillis, betweenWritesMillis * 2 ** this.#failures)
    return backoff * (0.5 + this.#deps.random() / 2)
  }
}
