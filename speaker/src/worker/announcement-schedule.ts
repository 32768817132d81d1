import type { Millis } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'

/** Addresses whose announcement began at the same time, and how often they have been announced. */
type Round = { readonly ips: ReadonlySet<Ip>; readonly since: Millis; readonly done: number }
/** The announcements still to be sent on one link. */
export type Announcing = readonly Round[]

/** Begins to announce these addresses, or begins again for those being announced. */
export function announce(rounds: Announcing, ips: Iterable<Ip>, now: Millis): Announcing {
  const fresh = new Set(ips)
  if (fresh.size === 0) return rounds
  const others = rounds.map((round) => ({ ...round, ips: new Set([...round.ips].filter((ip) => !fresh.has(ip))) }))
  return [...others.filter(({ ips }) => ips.size > 0), { ips: fresh, since: now, done: 0 }]
}

type Due = { readonly ips: readonly Ip[]; readonly rounds: Announcing; readonly wakeAt: Millis | undefined }

/** The addresses to announce at `now`, the remaining rounds, and when the next is due. Rounds that were missed are sent once. */
export function due(rounds: Announcing, delaysMillis: readonly Millis[], now: Millis): Due {
  const timeOf = ({ since, done }: Round): Millis => since + (delaysMillis[done] ?? 0)
  const isDue = (round: Round): boolean => timeOf(round) <= now
  const rest = rounds
    .map((round) => (isDue(round) ? { ...round, done: delaysMillis.filter((delay) => round.since + delay <= now).length } : round))
    .filter(({ done }) => done < delaysMillis.length)
  const times = rest.map(timeOf)
  return {
    ips: rounds.filter(isDue).flatMap(({ ips }) => [...ips]),
    rounds: rest,
    wakeAt: times.length === 0 ? undefined : Math.min(...times),
  }
}
