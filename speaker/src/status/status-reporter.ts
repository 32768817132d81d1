import type { Clock, WallTime } from '@loadstone/clock'
import type { AnnouncementPlanStatus, Condition } from '@loadstone/plan/status'
import { type Log, Outage } from '@loadstone/telemetry'
import { conditionsOf, type StatusInput, statusOf } from './plan-status'
import { StatusWriter } from './status-writer'

export type StatusReporterDeps = {
  readonly clock: Clock
  readonly wallTime: WallTime
  /** 0 to 1. */
  readonly random: () => number
  readonly log: Log
  /** Rejects when the API server cannot be reached or refuses. */
  readonly writeStatus: (status: AnnouncementPlanStatus) => Promise<void>
}

/** A watch counts as lost after this time. The API server ends watches every few minutes, and each is renewed at once. */
const patienceMillis = 5_000
const consequence = 'what is announced stays announced; it is tried again'

/** Reports the speaker's state in the plan's status, and in the log when it changes. */
export class StatusReporter {
  readonly #deps: StatusReporterDeps
  readonly #writer: StatusWriter
  readonly #watching: Outage
  readonly #writing: Outage
  #broken = false
  /** Conditions of the last status, of this or an earlier process. */
  #conditions: readonly Condition[] | undefined
  #planUid: string | undefined

  constructor(deps: StatusReporterDeps) {
    const { clock, log, random, writeStatus } = deps
    this.#deps = deps
    this.#writer = new StatusWriter({ clock, random, write: writeStatus, onAttempt: (problem) => this.#written(problem) })
    this.#watching = new Outage(clock, patienceMillis, {
      lost: (problem) => log.warn({ event: 'api-lost', problem, consequence }),
      back: () => log.info({ event: 'api-back' }),
    })
    this.#writing = new Outage(clock, patienceMillis, {
      lost: (problem) => log.warn({ event: 'status-not-written', problem, consequence }),
      back: () => log.info({ event: 'status-written-again' }),
    })
  }

  /** `plan` is the object that the status belongs to. */
  report(situation: StatusInput, plan: { readonly uid: string; readonly firstStatus: unknown }): void {
    if (this.#planUid !== plan.uid) this.forget() // a new object of the same name has no status yet
    this.#planUid = plan.uid
    const before = this.#conditions ?? conditionsOf(plan.firstStatus)
    const status = statusOf(situation, before, this.#deps.wallTime())
    this.#logConditions(status.conditions)
    this.#conditions = status.conditions
    this.#writer.report(status)
  }

  /** Makes the next report write, because another process may have written the status since. */
  forget(): void {
    this.#writer.forget()
  }

  /** Notes why watches are not live, or with undefined that they are. */
  watching(trouble: string | undefined): void {
    this.#broken = trouble !== undefined
    this.#watching.note(trouble)
    if (this.#broken) this.#writing.note(undefined)
  }

  close(): void {
    this.#writer.close()
  }

  /** Notes the outcome of a write. While watches are broken too, one log line about the API server is enough. */
  #written(problem: string | undefined): void {
    if (!this.#broken) this.#writing.note(problem)
  }

  /** Logs each condition whose message changed. */
  #logConditions(conditions: readonly Condition[]): void {
    for (const { type, status, reason, message } of conditions) {
      if (this.#conditions?.find((condition) => condition.type === type)?.message === message) continue
      const good = (type === 'Degraded') === (status === 'False')
      this.#deps.log[good ? 'info' : 'warn']({ event: 'condition', type, status, reason, message })
    }
  }
}
