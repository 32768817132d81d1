import type { Millis } from '@loadstone/clock'
import type { EventInput } from './event'

type EventDecision =
  /** A new event. Repetitions name the same `id`. */
  | { readonly do: 'create'; readonly id: number }
  /** A repetition whose count is written now. */
  | { readonly do: 'count'; readonly id: number; readonly count: number }
  /** The same event was written within the last minute, or the object has used up its allowance of new events. */
  | { readonly do: 'keep-quiet' }

type SeriesState = { readonly id: number; count: number; writtenAt: Millis; lastAt: Millis }
type Allowance = { tokens: number; at: Millis }

/** An event that was not repeated for this long begins a new series. */
const seriesMillis = 600_000
/** Shortest time between two writes of a count. */
const countMillis = 60_000
/** New events about one object: a burst of ten, then one each half minute. */
const burst = 10
const refillMillis = 30_000
const mostRemembered = 10_000

/** Decides which events are written and which are counted as a repetition (series). The time is an argument, so it needs no clock. */
export class EventSeries {
  readonly #series = new Map<string, SeriesState>()
  readonly #allowances = new Map<string, Allowance>()
  #lastId = 0

  decide(event: EventInput, now: Millis): EventDecision {
    const key = keyOf(event)
    const series = this.#series.get(key)
    if (series !== undefined && now - series.lastAt < seriesMillis) return again(series, now)
    if (!this.#allowed(JSON.stringify(subjectOf(event)), now)) return { do: 'keep-quiet' }
    this.#lastId += 1
    this.#series.delete(key)
    this.#series.set(key, { id: this.#lastId, count: 1, writtenAt: now, lastAt: now })
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

function again(series: SeriesState, now: Millis): EventDecision {
  series.count += 1
  series.lastAt = now
  if (now - series.writtenAt < countMillis) return { do: 'keep-quiet' }
  series.writtenAt = now
  return { do: 'count', id: series.id, count: series.count }
}

/** Removes the oldest key: maps keep the order of insertion. */
function forgetOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys()
  if (map.size > mostRemembered && oldest !== undefined) map.delete(oldest)
}

const subjectOf = ({ regarding }: EventInput): readonly unknown[] => [regarding.kind, regarding.namespace, regarding.name, regarding.uid]
const keyOf = (event: EventInput): string => JSON.stringify([...subjectOf(event), event.type, event.reason, event.action, event.note])
