import type { Cancel, Clock } from '@loadstone/clock'
import type { Config } from './config/config'
import { type Decision, decide, type PassMemory } from './decide'
import type { OperatorSettings } from './model/settings'
import { secondsOf } from './observe/fields/duration'
import { buildWorld, type ObservedObjects } from './observe/observe'
import { frozenServices } from './publish/services'
import type { Write } from './publish/write'

/** How a write ended. `failed` and `abandoned` are tried again by the next pass; after a conflict the watch reports the object. */
export type WriteResult = 'written' | 'gone' | 'conflict' | 'refused' | 'failed' | 'abandoned'

/**
 * The cluster as a pass reads and changes it.
 *
 * ```ts
 * const { observed, waiting, frozen } = cluster.observe() // what the watches have, plus writes that they have not shown yet
 * const results = await cluster.perform([write]) // ['written'], ['conflict'], ...: a value for each write
 * cluster.report([status]) // returns at once
 * ```
 *
 * Level-based: `observe` returns the whole state and never a change, so the result of a pass does not depend on what happened in
 * between. No method throws or rejects. Results in the order of the writes: after `written`, `gone`, `conflict` and `refused` the
 * pass goes on; `failed` or `abandoned` ends it before the next phase, and the reconciler begins another after 0.5 s to 15 s.
 */
export type ClusterAccess = {
  /** `waiting`: why a kind has never been listed completely. `frozen`: why a kind cannot be read any more. Absent while all is well. */
  observe(): { readonly observed: ObservedObjects; readonly waiting?: string; readonly frozen?: string }
  /** Performs writes of one phase, in any order. Resolves when each has ended. */
  perform(writes: readonly Write[]): Promise<readonly WriteResult[]>
  /** Queues low-priority writes and returns at once. Replaces queued reports that have not started. */
  report(writes: readonly Write[]): void
}

export type PassEvent =
  | { readonly is: 'waiting' | 'frozen'; readonly why: string }
  | {
      readonly is: 'passed'
      readonly decision: Decision
      readonly writes: number
      readonly thinkMillis: number
      readonly writeMillis: number
    }
  | { readonly is: 'interrupted'; readonly why: string }

type ReconcilerOptions = {
  readonly cluster: ClusterAccess
  readonly clock: Clock
  /** RFC 3339. */
  readonly wallTime: () => string
  readonly settings: OperatorSettings
  readonly onEvent: (event: PassEvent) => void
}

/**
 * Shortest time between the beginnings of two passes, so that a burst of changes costs few of them. The first change does not wait.
 * After a pass that computes for longer, the time is twice as long as it took: passes use at most half a core.
 */
const restMillis = 25
const firstRetryMillis = 500
const longestRetryMillis = 15_000

/**
 * Runs passes, one at a time. Level-based: a pass observes everything and is not told what woke it, so a missed or repeated event
 * does not matter.
 *
 * ```ts
 * const reconciler = new Reconciler({ cluster, clock, wallTime, settings, onEvent: console.log })
 * reflection.onChange(() => reconciler.wake()) // any number of times: a pass begins at most every 25 ms
 * reconciler.lead(true) // from now on passes run
 * ```
 *
 * A write that failed ends its pass and causes another, after 0.5 s and then twice as long each time, at most 15 s. A kind that
 * cannot be read (`frozen`) causes no retry: nothing is decided until the watch reports it live, which wakes the reconciler.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions
  #memory: PassMemory | undefined
  #dirty = false
  #running = false
  #leading = false
  #begunAt = Number.NEGATIVE_INFINITY
  #thinkMillis = 0
  #retryMillis = firstRetryMillis
  #cancel: Cancel = () => {}
  #later: Cancel = () => {}

  constructor(options: ReconcilerOptions) {
    this.#options = options
  }

  /** Requests a pass. Several calls before it begins cause one pass; without leadership none begins. */
  wake(): void {
    this.#dirty = true
    this.#schedule()
  }

  /** Begins or ends leadership. A replica that stops leading forgets the last good configuration. */
  lead(leading: boolean): void {
    this.#leading = leading
    if (!leading) this.#memory = undefined
    this.wake()
  }

  /** The configuration in force as of the last pass; undefined before the first one and while not leading. */
  get config(): Config | undefined {
    return this.#memory?.config
  }

  #schedule(): void {
    if (!this.#dirty || this.#running || !this.#leading) return
    this.#cancel()
    const wait = this.#begunAt + Math.max(restMillis, 2 * this.#thinkMillis) - this.#options.clock.now()
    if (wait <= 0) this.#begin()
    else this.#cancel = this.#options.clock.after(wait, () => this.#begin())
  }

  #begin(): void {
    if (this.#running || !this.#leading) return
    this.#running = true
    this.#dirty = false
    this.#begunAt = this.#options.clock.now()
    void this.#pass().finally(() => {
      this.#running = false
      this.#schedule()
    })
  }

  async #pass(): Promise<void> {
    const { cluster, clock, wallTime, settings, onEvent } = this.#options
    const { observed, waiting, frozen } = cluster.observe()
    if (waiting !== undefined) {
      onEvent({ is: 'waiting', why: waiting })
      if (frozen !== undefined) cluster.report(frozenServices(buildWorld(observed), frozen, wallTime()))
      return
    }
    if (frozen !== undefined) onEvent({ is: 'frozen', why: frozen })
    const now = wallTime()
    const nowSeconds = secondsOf(now) ?? 0
    const started = clock.now()
    const decision = decide(buildWorld(observed), { settings, previous: this.#memory, frozen, nowSeconds, now })
    const decidedAt = clock.now()
    this.#thinkMillis = decidedAt - started
    this.#memory = decision.memory
    const { phases, reports } = decision.publication
    const complete = await this.#publish(phases)
    cluster.report(reports)
    const writes = phases.reduce((sum, phase) => sum + phase.length, reports.length)
    onEvent({ is: 'passed', decision, writes, thinkMillis: decidedAt - started, writeMillis: clock.now() - decidedAt })
    this.#requeue(complete, decision.requeueAfterSeconds)
  }

  /** Performs the phases in order. Returns false after a phase with a failed write: later phases assume the earlier ones. */
  async #publish(phases: readonly (readonly Write[])[]): Promise<boolean> {
    for (const phase of phases) {
      if (phase.length === 0) continue
      const results = this.#leading ? await this.#options.cluster.perform(phase) : ['abandoned' as const]
      const failure = results.find((result) => result === 'failed' || result === 'abandoned')
      if (failure === undefined) continue
      this.#options.onEvent({ is: 'interrupted', why: failure })
      return false
    }
    return true
  }

  #requeue(complete: boolean, requeueAfterSeconds: number | undefined): void {
    this.#later()
    const { clock } = this.#options
    if (!complete) {
      this.#later = clock.after(this.#retryMillis, () => this.wake())
      this.#retryMillis = Math.min(this.#retryMillis * 2, longestRetryMillis)
      return
    }
    this.#retryMillis = firstRetryMillis
    if (requeueAfterSeconds !== undefined) this.#later = clock.after(requeueAfterSeconds * 1000, () => this.wake())
  }
}
