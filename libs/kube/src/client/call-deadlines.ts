import type { Cancel, Clock } from '@loadstone/clock'
import { type ApiCall, ApiUnreachable } from './api-server'

const defaultTimeoutMillis = 10_000

/** The calls of one client that have not ended. Closing ends them. */
export class CallDeadlines {
  readonly #clock: Clock
  readonly #underWay = new Set<CallDeadline>()
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  begin(call: ApiCall): CallDeadline {
    const begun = new CallDeadline(call, this.#clock, () => this.#underWay.delete(begun))
    this.#underWay.add(begun)
    if (this.#closed) begun.abort()
    return begun
  }

  close(): void {
    this.#closed = true
    for (const call of this.#underWay) call.abort()
  }
}

/** Time limit and abort signal of one call; `cause` says which of the two ended it. */
class CallDeadline {
  readonly #controller = new AbortController()
  readonly #timeoutMillis: number
  readonly #caller: AbortSignal | undefined
  readonly #ended: () => void
  readonly abort = (): void => this.#controller.abort()
  readonly noTimeLimit: Cancel
  #timedOut = false

  constructor({ timeoutMillis = defaultTimeoutMillis, signal }: ApiCall, clock: Clock, ended: () => void) {
    this.#timeoutMillis = timeoutMillis
    this.#caller = signal
    this.#ended = ended
    this.noTimeLimit = clock.after(timeoutMillis, () => {
      this.#timedOut = true
      this.abort()
    })
    signal?.addEventListener('abort', this.abort)
    if (signal?.aborted === true) this.abort()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  cause(): ApiUnreachable | undefined {
    if (this.#timedOut) return new ApiUnreachable('timeout', `no answer within ${this.#timeoutMillis / 1000} s`)
    return this.signal.aborted ? new ApiUnreachable('aborted', 'ended by us') : undefined
  }

  end(): void {
    this.noTimeLimit()
    this.#caller?.removeEventListener('abort', this.abort)
    this.#ended()
  }
}
