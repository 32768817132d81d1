import type { Millis } from '@loadstone/clock'
import type { ServiceKey } from '@loadstone/plan'
import type { HeldServices } from '../model/pass-input'
import type { World } from '../model/world'
import { objectOf, type Write, type WriteResult } from '../publish/write'
import { Promises } from './promises'

type Hold = {
  readonly write: Write
  /** Writes in a row that failed or were refused. */
  readonly failures: number
  /** Until when it is not tried again; undefined while the write is in flight. */
  readonly untilMillis: Millis | undefined
}

const firstWaitMillis = 500
/** A refusal lasts until somebody acts, a failure as long as an outage. */
const longestWaitMillis = { refused: 300_000, failed: 15_000 } as const
/** After a conflict the watch shows a newer object, which ends the wait. */
const conflictWaitMillis = 1_000

/**
 * Objects whose last write has not succeeded, with a back-off for each: 0.5, 1, 2 … s, at most 15 s after a failure and 300 s after a
 * refusal. Nobody waits for them, and what depends on them is held back; all else goes on.
 *
 * ```ts
 * holds.begins(write)
 * holds.ended(write, 'refused', clock.now())
 * holds.isHeld(write, clock.now()) // true for the next 0.5 s
 * ```
 */
export class Holds {
  readonly #holds = new Map<string, Hold>()
  readonly #promises = new Promises()

  begins(write: Write): void {
    const failures = this.#holds.get(objectOf(write))?.failures ?? 0
    this.#holds.set(objectOf(write), { write, failures, untilMillis: undefined })
    this.#promises.begins(write)
  }

  ended(write: Write, result: WriteResult, nowMillis: Millis): void {
    const failures = this.#holds.get(objectOf(write))?.failures ?? 0
    const wait = waitMillis(result, failures)
    this.#promises.ended(write, result, nowMillis)
    if (wait === undefined) this.#holds.delete(objectOf(write))
    else {
      const counts = result !== 'conflict'
      this.#holds.set(objectOf(write), { write, failures: failures + Number(counts), untilMillis: nowMillis + wait })
    }
  }

  /** Whether a write to the object is in flight or its turn has not come. */
  isHeld(write: Write, nowMillis: Millis): boolean {
    const hold = this.#holds.get(objectOf(write))
    return hold !== undefined && isOn(hold, nowMillis)
  }

  /** Whether the last write to the object did not succeed, so that nobody should wait for this one. */
  isDoubtful(write: Write): boolean {
    return (this.#holds.get(objectOf(write))?.failures ?? 0) > 0
  }

  /** The Services that are left as their status says. One that has changed since the write that failed is decided anew. */
  services(world: Pick<World, 'services'>, nowMillis: Millis): HeldServices {
    const held = new Set<ServiceKey>()
    for (const { key, meta } of this.#holds.size === 0 ? [] : world.services) {
      const hold = this.#holds.get(`Service ${key}`)
      if (hold !== undefined && isHeldService(hold, meta.resourceVersion, nowMillis)) held.add(key)
    }
    return { held, promised: this.#promises.standing(world, nowMillis) }
  }

  /** Forgets objects whose turn came before a pass that had nothing to write to them. */
  forget(begunMillis: Millis): void {
    for (const [object, { untilMillis }] of this.#holds)
      if (untilMillis !== undefined && untilMillis <= begunMillis) this.#holds.delete(object)
  }

  /** Objects that wait for their turn, or whose write is in flight. */
  get size(): number {
    return this.#holds.size
  }

  /** Milliseconds until the next object may be tried again; undefined if none waits. */
  nextTurnMillis(nowMillis: Millis): Millis | undefined {
    let soonest: Millis | undefined
    for (const { untilMillis } of this.#holds.values()) {
      if (untilMillis === undefined || untilMillis <= nowMillis) continue
      soonest = Math.min(soonest ?? Number.POSITIVE_INFINITY, untilMillis - nowMillis)
    }
    return soonest
  }
}

/** While its write is in flight, whatever it is by now; after that while it is what the write was of. */
const isHeldService = (hold: Hold, resourceVersion: string, nowMillis: Millis): boolean =>
  hold.untilMillis === undefined ||
  (hold.write.do === 'service-status' && hold.write.resourceVersion === resourceVersion && isOn(hold, nowMillis))

const isOn = ({ untilMillis }: Hold, nowMillis: Millis): boolean => untilMillis === undefined || nowMillis < untilMillis

/** Undefined: it needs no wait. */
function waitMillis(result: WriteResult, failures: number): Millis | undefined {
  switch (result) {
    case 'written':
    case 'gone':
    case 'abandoned':
      return undefined
    case 'conflict':
      return conflictWaitMillis
    case 'refused':
    case 'failed':
      return Math.min(longestWaitMillis[result], firstWaitMillis * 2 ** Math.min(failures, 16))
  }
}
