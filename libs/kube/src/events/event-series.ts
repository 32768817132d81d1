import type { Millis } from '@loadstone/clock'
import type { Occurrence } from './event'

export type Telling =
  /** Something new: an event of its own. `id` is what later ones of its kind add to. */
  | { readonly do: 'create'; readonly id: number }
  /** It has happened so often now, and that is worth telling again. */
  | { readonly do: 'count'; readonly id: number; readonly count: number }
  /** It was told a moment ago, or this object has been told about too often. */
  | { readonly do: 'keep-quiet' }

type Series = { readonly id: number; count: number; toldAt: Millis; lastAt: Millis }
type Allowance = { tokens: number; at: Millis }

/** A thing that has not happened for so long begins a new event. */
const seriesMillis = 600_000
/** How often a count is written. */
const countMillis = 60_000
/** New events about one object: so many at once, and then one each half minute. */
const burst = 10
const refillMillis = 30_000
const mostRemembered = 10_000

/** Decides which occurrences become events. Nothing but what it was given decides, so it needs no clock. */
export class EventHistory {
  readonly #series = new Map<string, Series>()
  readonly #allowances = new Map<string, Allowance>()
  #lastId = 0

  tell(occurrence: Occurrence, now: Millis): Telling {
    const key = keyOf(occurrence)
    const series = this.#series.get(key)
    if (series !== undefined && now - series.lastAt < seriesMillis) return again(series, now)
    if (!this.#allowed(JSON.stringify(placeOf(occurrence)), now)) return { do: 'keep-quiet' }
    this.#lastId += 1
    this.#series.delete(key)
    this.#series.set(key, { id: this.#lastId, count: 1, toldAt: now, lastAt: now })
    forgetOldest(this.#series)
    return { do: 'create', id: this.#lastId }
  }

  #allowed(object: string, now: Millis): boolean {
    const { tokens, at } = this.#allowances.get(object) ?? { tokens: burst, at: now }
    const refilled = Math.min(burst, tokens + (now - at) / refillMillis)
    this.#allowances.delete(object)
    this.#allowances.set(object, { tokens: refilled < 1 ? refilled : refilled - 1, at: now })
    forgetOldest(this.#allowances)
    return refilled >= 1
  }
}

function again(series: Series, now: Millis): Telling {
  series.count += 1
  series.lastAt = now
  if (now - series.toldAt < countMillis) return { do: 'keep-quiet' }
  series.toldAt = now
  return { do: 'count', id: series.id, count: series.count }
}

/** Maps keep the order of insertion. */
function forgetOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys()
  if (map.size > mostRemembered && oldest !== undefined) map.delete(oldest)
}

const placeOf = ({ regarding }: Occurrence): readonly unknown[] => [regarding.kind, regarding.namespace, regarding.name, regarding.uid]
const keyOf = (occurrence: Occurrence): string =>
  JSON.stringify([...placeOf(occurrence), occurrence.type, occurrence.reason, occurrence.action, occurrence.note])
