import type { Millis } from '@loadstone/clock'

/** A thing carried out. `until` stands there once it is no longer wanted, and says when it goes. */
export type Held<V> = { readonly value: V; readonly until?: Millis }

/** Watches of several kinds are separate streams: what moves between objects is seen to go up to this long before it is seen to come. */
export const withdrawalMillis = 100

/**
 * What is wanted begins at once; what is wanted no more stays for withdrawalMillis, and as long as `keep` says that we do not know
 * enough to take it away.
 */
export function hold<K, V>(
  previous: ReadonlyMap<K, Held<V>>,
  wanted: ReadonlyMap<K, V>,
  now: Millis,
  keep: (key: K) => boolean = () => false,
): ReadonlyMap<K, Held<V>> {
  const next = new Map<K, Held<V>>()
  for (const [key, value] of wanted) next.set(key, wantedNow(previous.get(key), value))
  for (const [key, held] of previous) {
    if (next.has(key)) continue
    if (keep(key)) next.set(key, { value: held.value })
    else if (held.until === undefined) next.set(key, { value: held.value, until: now + withdrawalMillis })
    else if (now < held.until) next.set(key, held)
  }
  const same = next.size === previous.size && [...next].every(([key, held]) => previous.get(key) === held)
  return same ? previous : next // so that who carries it out sees at a glance that there is nothing to do
}

/** Thousands that stay as they are cost no memory. */
const wantedNow = <V>(before: Held<V> | undefined, value: V): Held<V> =>
  before?.value === value && before.until === undefined ? before : { value }

/** When time alone changes something in it. */
export function wakeAt(...maps: readonly ReadonlyMap<unknown, Held<unknown>>[]): Millis | undefined {
  let first: Millis | undefined
  for (const map of maps) {
    for (const { until } of map.values()) if (until !== undefined && (first === undefined || until < first)) first = until
  }
  return first
}

/** The first of these times that is still to come. */
export function earliest(now: Millis, ...times: readonly (Millis | undefined)[]): Millis | undefined {
  const coming = times.filter((time) => time !== undefined).filter((time) => time > now)
  return coming.length === 0 ? undefined : Math.min(...coming)
}
