import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'

export type Log = (line: string) => void

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`

/** Tells what takes how long: one line when a step is done, since steps run side by side. */
export class Steps {
  readonly #log: Log
  readonly #began = performance.now()

  constructor(log: Log) {
    this.#log = log
  }

  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now()
    const result = await work()
    this.#log(`${name}: ${seconds(began)}`)
    return result
  }

  say(line: string): void {
    this.#log(line)
  }

  done(name: string): void {
    this.#log(`${name} ${seconds(this.#began)} after the start`)
  }
}

type Wait = {
  readonly withinSeconds: number
  /** Asked each time; returns when it is true. What it throws counts as "not yet" and is told when the time is up. */
  readonly until: () => Promise<boolean>
  /** Asked each time too; throws what makes further waiting useless, such as a daemon that has ended. */
  readonly unless?: () => void
  /** The error for when the time is up; `reason` is what `until` threw last. */
  readonly late: (reason: string) => Error
}

export type Time = { readonly now: () => number; readonly pause: (millis: number) => Promise<void> }
const realTime: Time = { now: () => performance.now(), pause: (millis) => pause(millis) }

/** Asks every 25 ms. The only loop that waits for the cluster. */
export async function waitFor({ withinSeconds, until, unless, late }: Wait, time: Time = realTime): Promise<void> {
  let reason = ''
  for (const deadline = time.now() + withinSeconds * 1000; time.now() < deadline; await time.pause(25)) {
    unless?.()
    try {
      if (await until()) return
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error)
    }
  }
  throw late(reason)
}
