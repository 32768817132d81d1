import type { Millis } from '@loadstone/clock'

/** An announced value. `withdrawAt` is set once it is no longer desired. */
export type Announced<V> = { readonly value: V; readonly withdrawAt?: Millis }

/** Watches of several kinds are separate streams: an element that moves between objects may vanish this long before it appears. */
export const withdrawalMillis = 100

/**
 * A desired value is announced at once. A value that is no longer desired stays for withdrawalMillis, and as long as `keep` says that too
 * little is known to withdraw it. Returns `previous` if nothing changed.
 */
export function delayWithdrawals<K, V>(
  previous: ReadonlyMap<K, Announced<V>>,
  desired: ReadonlyMap<K, V>,
  now: Millis,
  keep: (key: K) => boolean = () => false,
): ReadonlyMap<K, Announced<V>> {
  const next = new Map<K, Announced<V>>()
  for (const [key, value] of desired) next.set(key, announced(previous.get(key), value))
  for (const [key, held] of previous) {
    if (next.has(key)) continue
    if (keep(key)) next.set(key, { value: held.value })
    else if (held.withdrawAt === undefined) next.set(key, { value: held.value, withdrawAt: now + withdrawalMillis })
    else if (now < held.withdrawAt) next.set(key, held)
  }
  const same = next.size === previous.size && [...next].every(([key, held]) => previous.get(key) === held)
  return same ? previous : next // the same map tells callers at once that there is nothing to do
}

/** Keeps the object of an unchanged value, so that thousands of them cost no memory. */
const announced = <V>(before: Announced<V> | undefined, value: V): Announced<V> =>
  before?.value === value && before.withdrawAt === undefined ? before : { value }

/** The first time at which a value of these maps is withdrawn. */
export function wakeAt(...maps: readonly ReadonlyMap<unknown, Announced<unknown>>[]): Millis | undefined {
  let first: Millis | undefined
  for (const map of maps) {
    for (const { withdrawAt } of map.values())
      if (withdrawAt !== undefined && (first === undefined || withdrawAt < first)) first = withdrawAt
  }
  return first
}

/** The first of these times that is still to come. */
export function earliest(now: Millis, ...times: readonly (Millis | undefined)[]): Millis | undefined {
  const coming = times.filter((time) => time !== undefined).filter((time) => time > now)
  return coming.length === 0 ? undefined : Math.min(...coming)
}
