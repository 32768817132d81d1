import type { Millis } from '@loadstone/clock'

/** A thing carried out. `until` stands there once it is no longer wanted, and says when it goes. */
export type Announced<V> = { readonly value: V; readonly withdrawAt?: Millis }

/** Watches of several kinds are separate streams: what moves between objects is seen to go up to this long before it is seen to come. */
export const withdrawalMillis = 100

/**
 * What is wanted begins at once; what is wanted no more stays for withdrawalMillis, and as long as `keep` says that we do not know
 * enough to take it away.
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
  return same ? previous : next // so that who carries it out sees at a glance that there is nothing to do
}

/** Thousands that stay as they are cost no memory. */
const announced = <V>(before: Announced<V> | undefined, value: V): Announced<V> =>
  before?.value === value && before.withdrawAt === undefined ? before : { value }

/** When time alone changes something in it. */
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
