import { type ApiAnswer, type ApiCall, ApiUnreachable } from '../client/api-server'
import { LaneQueue } from './lane-queue'
import type { QueuedWrite, QueuedWriteResult, WriteLanesOptions, WriteOutcome } from './write'
import { judge } from './write-outcome'

/** A write in its lane. A later apply by the same manager replaces it until it has begun. */
type Job<Lane extends string> = {
  readonly object: string
  readonly group: string | undefined
  /** How often everything had been abandoned when it was given. */
  epoch: number
  write: QueuedWrite<Lane>
  finish: (outcome: WriteOutcome, attempts: number) => void
  begun: boolean
}

const defaultTimeoutMillis = 10_000
/** A write is not repeated later than this after it was given: by then its caller may want something else. */
const repeatMillis = 2_000
/** A write that takes longer, its repetitions included, counts as slow. */
const slowMillis = 1_000

/**
 * Performs writes, several at a time per lane, one at a time per object.
 *
 * ```ts
 * const lanes = new WriteLanes({ api, clock, random, slots: { addresses: 24 }, budgetMillis: () => election.remainingMillis() })
 * const [{ outcome }] = await lanes.perform([{ lane: 'addresses', object: 'default/web', call }]) // { is: 'written', body }
 * ```
 *
 * A write without an answer, or with 401, 429 or 5xx, is tried up to five times, within 2 s and the budget. One that takes longer than a second
 * gives its slot to others, and others of its `group` get few slots until one is quick again. No method throws.
 */
export class WriteLanes<Lane extends string> {
  readonly #options: WriteLanesOptions<Lane>
  readonly #lanes: Readonly<Record<Lane, LaneQueue<Job<Lane>>>>
  readonly #pauses = new Set<() => void>()
  readonly #idle: (() => void)[] = []
  #closed = false
  #epoch = 0
  #pending = 0

  constructor(options: WriteLanesOptions<Lane>) {
    this.#options = options
    const entries = Object.entries<number>(options.slots).map(([name, slots]) => [name, new LaneQueue<Job<Lane>>(slots)] as const)
    this.#lanes = Object.fromEntries(entries) as Record<Lane, LaneQueue<Job<Lane>>>
  }

  /** Resolves when each write has an outcome, with results in the order given. Never rejects. */
  async perform<W extends QueuedWrite<Lane>>(writes: readonly W[]): Promise<readonly QueuedWriteResult<W>[]> {
    const results = writes.map((write) => this.#submit(write))
    for (const lane of Object.values<LaneQueue<Job<Lane>>>(this.#lanes)) this.#pump(lane)
    return Promise.all(results)
  }

  /** Number of writes without an outcome. */
  pending(): number {
    return this.#pending
  }

  /** Abandons writes that have not begun or wait for repetition: they were decided by somebody who decides no more. */
  abandon(): void {
    this.#epoch += 1
    for (const wake of this.#pauses) wake()
  }

  /** Abandons writes that have not begun or wait for repetition. Resolves when all calls in flight have ended. */
  close(): Promise<void> {
    this.#closed = true
    this.abandon()
    return this.#pending === 0 ? Promise.resolve() : new Promise((resolve) => void this.#idle.push(resolve))
  }

  #submit<W extends QueuedWrite<Lane>>(write: W): Promise<QueuedWriteResult<W>> {
    return new Promise((resolve) => {
      const finish: Job<Lane>['finish'] = (outcome, attempts) => resolve({ write, outcome, attempts })
      const lane = this.#lanes[write.lane]
      const last = lane.last(write.object)
      if (last !== undefined && !last.begun && supersedes(write.call, last.write.call)) {
        last.finish({ is: 'superseded' }, 0)
        Object.assign(last, { write, finish, epoch: this.#epoch })
        return
      }
      this.#pending += 1
      lane.add({ object: write.object, group: write.group, epoch: this.#epoch, write, finish, begun: false })
    })
  }

  #pump(lane: LaneQueue<Job<Lane>>): void {
    for (let next = lane.next(); next !== undefined; next = lane.next()) {
      next.job.begun = true
      void this.#run(lane, next)
    }
  }

  async #run(lane: LaneQueue<Job<Lane>>, { job, run }: NonNullable<ReturnType<LaneQueue<Job<Lane>>['next']>>): Promise<void> {
    let slow = false
    const cancel = this.#options.clock.after(slowMillis, () => {
      slow = true
      lane.isSlow(run)
      this.#pump(lane)
    })
    const { outcome, attempts } = await this.#attempt(job.write.call, job.epoch)
    cancel()
    this.#pending -= 1
    lane.ended(run, !slow && outcome.is !== 'failed' && outcome.is !== 'abandoned')
    job.finish(outcome, attempts)
    this.#pump(lane)
    if (this.#pending === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  async #attempt(call: ApiCall, epoch: number): Promise<{ readonly outcome: WriteOutcome; readonly attempts: number }> {
    const givenAt = this.#options.clock.now()
    let failure: string | undefined
    for (let attempts = 0; ; ) {
      const budget = this.#closed || epoch !== this.#epoch ? 0 : this.#options.budgetMillis()
      if (budget <= 0) return { outcome: { is: 'abandoned' }, attempts }
      const isLate = this.#options.clock.now() - givenAt > repeatMillis
      if (failure !== undefined && isLate) return { outcome: { is: 'failed', message: failure }, attempts }
      attempts += 1
      const timeoutMillis = Math.min(call.timeoutMillis ?? defaultTimeoutMillis, budget)
      const verdict = judge(await this.#ask({ ...call, timeoutMillis }), attempts, this.#options.random)
      if (verdict.is === 'done') return { outcome: verdict.outcome, attempts }
      failure = verdict.message
      // A pause that the server asks for is kept also by who does not repeat: its caller might.
      await this.#pause(verdict.afterMillis)
    }
  }

  async #ask(call: ApiCall): Promise<ApiAnswer | ApiUnreachable> {
    try {
      return await this.#options.api.request(call)
    } catch (error) {
      if (error instanceof ApiUnreachable) return error
      throw error
    }
  }

  #pause(millis: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel()
        this.#pauses.delete(wake)
        resolve()
      }
      const cancel = this.#options.clock.after(millis, wake)
      this.#pauses.add(wake)
    })
  }
}

/** An apply names all fields of its manager, so the later one replaces the earlier one entirely. */
function supersedes(later: ApiCall, earlier: ApiCall): boolean {
  const applies = [later, earlier].every(({ contentType }) => contentType === 'application/apply-patch+yaml')
  return applies && later.path === earlier.path && later.query?.['fieldManager'] === earlier.query?.['fieldManager']
}
