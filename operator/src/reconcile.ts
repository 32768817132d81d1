import type { Cancel, Clock } from '@loadstone/clock'
import type { Config } from './config/config'
import { type Decision, decide } from './decide'
import type { Settings } from './model/settings'
import { secondsOf } from './observe/duration'
import { gather, type Seen } from './observe/observe'
import type { Write } from './publish/write'

/** What became of a write. Only the last two need another attempt; of a conflict the watch tells us by itself. */
export type Done = 'written' | 'gone' | 'conflict' | 'refused' | 'failed' | 'abandoned'

/** The cluster, as the operator sees and changes it. */
export type Cluster = {
  /** Everything seen; `waiting` while some kind has never been seen whole, `frozen` when one cannot be read any more. */
  observe(): { readonly seen: Seen; readonly waiting?: string; readonly frozen?: string }
  /** Resolves when each has come to an end. */
  perform(writes: readonly Write[]): Promise<readonly Done[]>
  /** The same, without hurry and without waiting: what was given before and has not begun is replaced. */
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

export type ReconcilerOptions = {
  readonly cluster: Cluster
  readonly clock: Clock
  /** RFC 3339. */
  readonly wallTime: () => string
  readonly settings: Settings
  readonly onEvent: (event: PassEvent) => void
}

/**
 * Between the beginnings of two passes, so that a burst of changes costs few of them. The first change is answered at once. A pass
 * that thinks longer rests as long again, so that at most half a core is spent on thinking.
 */
const restMillis = 25
const firstRetryMillis = 500
const longestRetryMillis = 15_000

/** Runs passes. Level-based: it never learns which event woke it, so a missed or repeated one cannot matter. */
export class Reconciler {
  readonly #options: ReconcilerOptions
  #config: Config | undefined
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

  /** Something has changed, whatever it is. */
  wake(): void {
    this.#dirty = true
    this.#schedule()
  }

  /** Only a leader decides. What it remembers of the configuration goes with the office. */
  lead(leading: boolean): void {
    this.#leading = leading
    if (!leading) this.#config = undefined
    this.wake()
  }

  /** The configuration in force by the last pass. */
  get config(): Config | undefined {
    return this.#config
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
    const { seen, waiting, frozen } = cluster.observe()
    if (waiting !== undefined) {
      onEvent({ is: 'waiting', why: waiting })
      return
    }
    if (frozen !== undefined) onEvent({ is: 'frozen', why: frozen })
    const now = wallTime()
    const nowSeconds = secondsOf(now) ?? 0
    const started = clock.now()
    const decision = decide(gather(seen), { settings, previous: this.#config, frozen, nowSeconds, now })
    const decidedAt = clock.now()
    this.#thinkMillis = decidedAt - started
    this.#config = decision.config
    const { phases, reports } = decision.publication
    const complete = await this.#publish(phases)
    cluster.report(reports)
    const writes = phases.reduce((sum, phase) => sum + phase.length, reports.length)
    onEvent({ is: 'passed', decision, writes, thinkMillis: decidedAt - started, writeMillis: clock.now() - decidedAt })
    this.#planNext(complete, decision.againInSeconds)
  }

  /** Phase by phase. One that could not be finished ends the pass, for the next ones build on it. */
  async #publish(phases: readonly (readonly Write[])[]): Promise<boolean> {
    for (const phase of phases) {
      if (phase.length === 0) continue
      const results = this.#leading ? await this.#options.cluster.perform(phase) : ['abandoned' as const]
      const trouble = results.find((done) => done === 'failed' || done === 'abandoned')
      if (trouble === undefined) continue
      this.#options.onEvent({ is: 'interrupted', why: trouble })
      return false
    }
    return true
  }

  #planNext(complete: boolean, againInSeconds: number | undefined): void {
    this.#later()
    const { clock } = this.#options
    if (!complete) {
      this.#later = clock.after(this.#retryMillis, () => this.wake())
      this.#retryMillis = Math.min(this.#retryMillis * 2, longestRetryMillis)
      return
    }
    this.#retryMillis = firstRetryMillis
    if (againInSeconds !== undefined) this.#later = clock.after(againInSeconds * 1000, () => this.wake())
  }
}
