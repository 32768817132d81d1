import type { Cancel, Clock } from '@loadstone/clock'
import type { Config } from './config/config'
import { type Decision, decide, type PassMemory } from './decide'
import type { HeldServices } from './model/pass-input'
import type { OperatorSettings } from './model/settings'
import type { World } from './model/world'
import { secondsOf } from './observe/fields/duration'
import { buildWorld, type ObservedObjects } from './observe/observe'
import { Holds } from './pass/holds'
import { type PassOutcome, passOf, type Results } from './pass/pass'
import { frozenServices } from './publish/services'
import type { Write, WriteResult } from './publish/write'

/**
 * The cluster as a pass reads and changes it.
 *
 * ```ts
 * await cluster.refresh() // what others wrote before is seen
 * const { observed, waiting, frozen } = cluster.observe() // what the watches have, plus writes that they have not shown yet
 * const result = await cluster.perform(write) // 'written', 'conflict', ...
 * cluster.report([status], (write, result) => {}) // returns at once
 * ```
 *
 * Level-based: `observe` returns the whole state and never a change, so the result of a pass does not depend on what happened in
 * between. No method throws or rejects.
 */
export type ClusterAccess = {
  /** `waiting`: why a kind has never been listed completely. `frozen`: why a kind cannot be read any more. Absent while all is well. */
  observe(): { readonly observed: ObservedObjects; readonly waiting?: string; readonly frozen?: string }
  /** Resolves when `observe` shows all that had been written before the call. Stays unresolved while the API server is away. */
  refresh(): Promise<void>
  /** Resolves when the write has ended, which may take a minute. */
  perform(write: Write): Promise<WriteResult>
  /** Queues low-priority writes and returns at once. Replaces queued reports that have not started. */
  report(writes: readonly Write[], onEnd: (write: Write, result: WriteResult) => void): void
  /** Ends writes that have not begun or wait to be repeated: who decided them leads no more. */
  abandon(): void
}

export type PassEvent =
  | { readonly is: 'waiting' | 'frozen'; readonly why: string }
  | {
      readonly is: 'passed'
      readonly decision: Decision
      readonly writes: number
      /** Writes that wait for others, did not succeed, or are still in flight. */
      readonly unwritten: readonly Write[]
      /** Objects whose last write did not succeed or has not ended. */
      readonly held: number
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

type Observed = ReturnType<ClusterAccess['observe']>
type Circumstances = { readonly frozen: string | undefined; readonly previous: PassMemory | undefined }

/**
 * Shortest time between the beginnings of two passes, so that a burst of changes costs few of them. The first change does not wait.
 * After a pass that computes for longer, the time is twice as long as it took: passes use at most half a core.
 */
const restMillis = 25
/** A pass waits no longer for writes of which none ends. They go on, and what depends on them waits for a later pass. */
const patienceMillis = 1_500

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
 * An object whose write does not succeed is tried again after 0.5 s and then twice as long each time (see Holds), and holds back what
 * depends on it alone. A kind that cannot be read (`frozen`) causes no retry: nothing is decided until the watch reports it live, which
 * wakes the reconciler. A new leader first reads what its predecessor wrote.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions
  #memory: PassMemory | undefined
  #holds = new Holds()
  #dirty = false
  #running = false
  #leading = false
  /** Counts changes of leadership: what was decided in one reign is not written in the next. */
  #reign = 0
  #fresh = false
  #begunAt = Number.NEGATIVE_INFINITY
  #thinkMillis = 0
  #cancel: Cancel = () => {}
  #later: Cancel = () => {}
  /** Ends the wait for writes in flight. */
  #stopWaiting = (): void => {}
  /** When the last decision wants to be revised, without any change. */
  #revisedAt = Number.POSITIVE_INFINITY

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
    if (leading !== this.#leading) {
      this.#reign++
      this.#fresh = false
      this.#memory = undefined
      this.#holds = new Holds()
      this.#revisedAt = Number.POSITIVE_INFINITY
      this.#later()
      this.#stopWaiting()
      this.#options.cluster.abandon()
    }
    this.#leading = leading
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
    const { cluster, clock, wallTime, onEvent } = this.#options
    const reign = this.#reign
    if (!this.#fresh) await cluster.refresh()
    if (reign !== this.#reign) return
    this.#fresh = true
    const first = cluster.observe()
    const { observed, waiting, frozen } = first
    if (waiting !== undefined) {
      onEvent({ is: 'waiting', why: waiting })
      if (frozen !== undefined) this.#report(frozenServices(buildWorld(observed), frozen, wallTime()))
      return
    }
    if (frozen !== undefined) onEvent({ is: 'frozen', why: frozen })
    const begunAt = clock.now()
    this.#thinkMillis = 0
    const outcome = await this.#run(first, reign)
    if (outcome === undefined || reign !== this.#reign) {
      onEvent({ is: 'interrupted', why: 'abandoned' })
      return
    }
    const { decision, reports, unwritten } = outcome
    this.#memory = decision.memory
    this.#report(reports)
    const thinkMillis = this.#thinkMillis
    const writes = outcome.writes + reports.length
    onEvent({
      is: 'passed',
      decision,
      writes,
      unwritten,
      held: this.#holds.size,
      thinkMillis,
      writeMillis: clock.now() - begunAt - thinkMillis,
    })
    this.#revisedAt = clock.now() + (decision.requeueAfterSeconds ?? Number.POSITIVE_INFINITY) * 1000
    this.#requeue()
  }

  #report(reports: readonly Write[]): void {
    const holds = this.#holds
    this.#options.cluster.report(reports, (write, result) => this.#ended(holds, write, result))
  }

  /** Performs the steps of a pass. */
  async #run(first: Observed, reign: number): Promise<PassOutcome | undefined> {
    const { cluster, clock } = this.#options
    let seen: Observed | undefined = first
    let frozen = first.frozen
    const steps = passOf({
      observe: () => {
        const now = seen ?? cluster.observe()
        seen = undefined
        frozen = now.frozen
        return this.#thinking(() => buildWorld(now.observed))
      },
      decide: (world, held, previous) =>
        this.#thinking(() => this.#decide(world, held, { frozen, previous: previous?.memory ?? this.#memory })),
      holds: this.#holds,
      nowMillis: () => clock.now(),
    })
    for (let step = steps.next(); ; step = steps.next(await this.#perform(step.value, reign))) {
      if (step.done === true) return step.value
    }
  }

  #decide(world: World, held: HeldServices, { frozen, previous }: Circumstances): Decision {
    const { wallTime, settings } = this.#options
    const now = wallTime()
    return decide(world, { settings, previous, held, frozen, nowSeconds: secondsOf(now) ?? 0, now })
  }

  #thinking<T>(think: () => T): T {
    const started = this.#options.clock.now()
    const thought = think()
    this.#thinkMillis += this.#options.clock.now() - started
    return thought
  }

  /** Begins the writes. Resolves when all have ended that are worth waiting for, or when none ends any more. */
  #perform(writes: readonly Write[], reign: number): Promise<Results> {
    const { clock } = this.#options
    const holds = this.#holds
    const results = new Map<Write, WriteResult | 'pending'>(writes.map((write) => [write, 'pending']))
    const awaited = new Set(writes.filter((write) => !holds.isDoubtful(write)))
    return new Promise((resolve) => {
      let over = false
      let cancel: Cancel = () => {}
      const finish = (): void => {
        over = true
        cancel()
        resolve(new Map(results))
      }
      const wait = (): void => {
        cancel()
        if (awaited.size === 0) finish()
        else cancel = clock.after(patienceMillis, finish)
      }
      this.#stopWaiting = finish
      for (const write of writes) {
        void this.#start(write, reign).then((result) => {
          this.#ended(holds, write, result)
          results.set(write, result)
          awaited.delete(write)
          if (over) this.wake()
          else wait()
        })
      }
      wait()
    })
  }

  #start(write: Write, reign: number): Promise<WriteResult> {
    if (reign !== this.#reign || !this.#leading) return Promise.resolve('abandoned')
    this.#holds.begins(write)
    return this.#options.cluster.perform(write)
  }

  #ended(holds: Holds, write: Write, result: WriteResult): void {
    holds.ended(write, result, this.#options.clock.now())
    this.#requeue()
  }

  /** The next pass is due when the decision says so, or when an object may be tried again. */
  #requeue(): void {
    const { clock } = this.#options
    const turn = this.#holds.nextTurnMillis(clock.now()) ?? Number.POSITIVE_INFINITY
    const wait = Math.min(this.#revisedAt - clock.now(), turn)
    this.#later()
    this.#later = Number.isFinite(wait) ? clock.after(wait, () => this.wake()) : () => {}
  }
}
