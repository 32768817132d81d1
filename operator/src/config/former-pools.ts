import { graceSeconds } from '../model/pass-input'
import type { Config } from './config'

/** Pools that were in force in the last pass and are not now, as they were, until the grace time is over. */
export function formerPools(now: Config, previous: Config | undefined, nowSeconds: number): Config['former'] {
  if (previous === undefined) return []
  const current = new Map(now.pools.map(({ name, definition }) => [name, definition]))
  const changed = previous.pools.filter(({ name, definition }) => definition !== undefined && current.get(name) !== definition)
  const standing = previous.former.filter(({ untilSeconds }) => nowSeconds < untilSeconds)
  return [...changed.map((pool) => ({ ...pool, untilSeconds: nowSeconds + graceSeconds })), ...standing]
}
