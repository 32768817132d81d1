/**
 * A state of affairs that is expected to pass: since when it lasts and when it ended; how often before it lasted so long that it was told,
 * and when that last was over.
 */
type Doubt = {
  readonly sinceSeconds: number
  readonly endedSeconds: number | undefined
  readonly times: number
  readonly toldSeconds: number
}
export type Doubts = ReadonlyMap<string, Doubt>

/**
 * How long a condition stays as it is while the present state is expected to pass: speakers that restart, an address that moves, a
 * session that is begun anew. Otherwise a rolling restart would write every Service twice per node.
 */
const patienceSeconds = 10
const longestSeconds = 300

/** Twice as long each time, so that a router that comes and goes costs few writes; forgotten in the longest time. */
const patienceOf = ({ times }: Doubt): number => Math.min(longestSeconds, patienceSeconds * 2 ** times)

const lasted = (doubt: Doubt, nowSeconds: number): boolean => nowSeconds >= doubt.sinceSeconds + patienceOf(doubt)

/** The doubts of this pass, from those of the last one. */
export function doubts(states: ReadonlyMap<string, { readonly passing: boolean }>, previous: Doubts, nowSeconds: number): Doubts {
  const found = new Map<string, Doubt>()
  for (const [key, { passing }] of states) {
    const doubt = passing ? begun(previous.get(key), nowSeconds) : ended(previous.get(key), nowSeconds)
    if (doubt !== undefined) found.set(key, doubt)
  }
  return found
}

function begun(before: Doubt | undefined, nowSeconds: number): Doubt {
  if (before !== undefined && before.endedSeconds === undefined) return before
  const { times, toldSeconds } = before !== undefined && isRemembered(before, nowSeconds) ? before : never
  return { sinceSeconds: nowSeconds, endedSeconds: undefined, times, toldSeconds }
}

const never = { times: 0, toldSeconds: 0 } as const

function ended(before: Doubt | undefined, nowSeconds: number): Doubt | undefined {
  if (before === undefined) return undefined
  const over = before.endedSeconds === undefined && lasted(before, nowSeconds)
  const doubt = {
    ...before,
    endedSeconds: before.endedSeconds ?? nowSeconds,
    ...(over ? { times: before.times + 1, toldSeconds: nowSeconds } : {}),
  }
  return isRemembered(doubt, nowSeconds) ? doubt : undefined
}

const isRemembered = ({ times, toldSeconds }: Doubt, nowSeconds: number): boolean => times > 0 && nowSeconds < toldSeconds + longestSeconds

/** Whether what is expected to pass has lasted so long that it is told. */
export function isTold(key: string, found: Doubts, nowSeconds: number): boolean {
  const doubt = found.get(key)
  return doubt !== undefined && doubt.endedSeconds === undefined && lasted(doubt, nowSeconds)
}

/** Seconds until the next of them is told. */
export function nextDoubt(found: Doubts, nowSeconds: number): number | undefined {
  let soonest: number | undefined
  for (const doubt of found.values()) {
    const wait = doubt.sinceSeconds + patienceOf(doubt) - nowSeconds
    if (doubt.endedSeconds === undefined && wait > 0 && (soonest === undefined || wait < soonest)) soonest = wait
  }
  return soonest
}
