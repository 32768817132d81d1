import type { ServiceKey } from '@loadstone/plan'
import { isOverwritten } from '../model/memory'
import type { Service } from '../model/world'

/** A status that others write, too: how often it was put right in a row, and until when it is left as it is. */
export type Contest = { readonly times: number; readonly untilSeconds: number; readonly writers: readonly string[] }
export type Contests = ReadonlyMap<ServiceKey, Contest>

const longestSeconds = 300
/** A status that stays right for so long is nobody else's any more. */
const settledSeconds = 60

/**
 * Whose status is put right in this pass and whose has to wait: the first time at once, then after 1, 2, 4 … 300 s, so that two
 * controllers that both insist cost the API server little.
 */
export function contests(services: readonly Service[], previous: Contests, nowSeconds: number): Contests {
  const found = new Map<ServiceKey, Contest>()
  for (const service of services) {
    const before = previous.get(service.key)
    if (isOverwritten(service) && (before === undefined || nowSeconds >= before.untilSeconds)) {
      const times = (before?.times ?? 0) + 1
      const wait = Math.min(longestSeconds, 2 ** (times - 1))
      found.set(service.key, { times, untilSeconds: nowSeconds + wait, writers: service.statusWriters })
    } else if (before !== undefined && nowSeconds < before.untilSeconds + settledSeconds) found.set(service.key, before)
  }
  return found
}

/** Whether the status has to be left as it is for now. */
export const mustWait = (service: Service, previous: Contests, nowSeconds: number): boolean =>
  isOverwritten(service) && nowSeconds < (previous.get(service.key)?.untilSeconds ?? 0)

/** Seconds until the next of them is put right, or is nobody else's any more. */
export function nextTurn(services: readonly Service[], contested: Contests, nowSeconds: number): number | undefined {
  if (contested.size === 0) return undefined
  const overwritten = new Set(services.filter(isOverwritten).map(({ key }) => key))
  const turns = [...contested].map(([key, { untilSeconds }]) => untilSeconds + (overwritten.has(key) ? 0 : settledSeconds) - nowSeconds)
  return Math.max(1, Math.min(...turns))
}
