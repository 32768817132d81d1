import type { Millis } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import type { ServiceKey } from '@loadstone/plan'
import type { HeldServices } from '../model/held'
import type { World } from '../model/world'
import { objectOf, type Write, type WriteResult } from '../publish/write'

type Hold = {
  readonly write: Write
  /** Writes in a row that failed or were refused. */
  readonly failures: number
  /** Until when it is not tried again; undefined while the write is in flight. */
  readonly untilMillis: Millis | undefined
  readonly result: WriteResult | undefined
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

  begins(write: Write): void {
    const failures = this.#holds.get(objectOf(write))?.failures ?? 0
    this.#holds.set(objectOf(write), { write, failures, untilMillis: undefined, result: undefined })
  }

  ended(write: Write, result: WriteResult, nowMillis: Millis): void {
    const failures = this.#holds.get(objectOf(write))?.failures ?? 0
    const wait = waitMillis(result, failures)
    if (wait === undefined) this.#holds.delete(objectOf(write))
    else {
      const counts = result !== 'conflict'
      this.#holds.set(objectOf(write), { write, failures: failures + Number(counts), untilMillis: nowMillis + wait, result })
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
  services({ services }: Pick<World, 'services'>, nowMillis: Millis): HeldServices {
    const held = new Map<ServiceKey, readonly Ip[]>()
    if (this.#holds.size === 0) return held
    for (const { key, meta } of services) {
      const hold = this.#holds.get(`Service ${key}`)
      const mayHave = hold && heldIps(hold, meta.resourceVersion, nowMillis)
      if (mayHave !== undefined) held.set(key, mayHave)
    }
    return held
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

/** What a held Service may have by now; undefined if it is not held. */
function heldIps(hold: Hold, resourceVersion: string, nowMillis: Millis): readonly Ip[] | undefined {
  const { write, untilMillis, result } = hold
  if (write.do !== 'service-status') return undefined
  const isSame = write.resourceVersion === resourceVersion
  if (untilMillis !== undefined && !(isSame && isOn(hold, nowMillis))) return undefined
  return isSame && (result === undefined || result === 'failed') ? write.ips : []
}

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
