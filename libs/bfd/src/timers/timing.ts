import type { BfdSessionState } from '../packet/control-packet'

/** What one end announces: bfd.DesiredMinTxInterval and bfd.RequiredMinRxInterval. */
export type Intervals = { readonly minTxMicros: number; readonly minRxMicros: number }

/** RFC 5880 §6.8.3: nobody sends faster than once a second before the session is up. */
const slowMicros = 1_000_000

/** What we announce in a state, RFC 5880 §6.8.3. */
export function announced(at: BfdSessionState, wanted: Intervals): Intervals {
  return at === 'up' ? wanted : { minTxMicros: Math.max(slowMicros, wanted.minTxMicros), minRxMicros: wanted.minRxMicros }
}

/**
 * RFC 5880 §6.8.3: until a Poll Sequence has told the peer of new values, an interval of ours that grew is not used, nor one of the
 * peer's that may shrink. Between what the peer knows and what we announce, so, the faster sending and the slower receiving.
 */
export function conservative(known: Intervals, now: Intervals): Intervals {
  return { minTxMicros: Math.min(known.minTxMicros, now.minTxMicros), minRxMicros: Math.max(known.minRxMicros, now.minRxMicros) }
}

/** RFC 5880 §6.8.7: the slower of what we intend and what the peer accepts. */
export const transmitMicros = (local: Intervals, remote: Intervals): number => Math.max(local.minTxMicros, remote.minRxMicros)

/** RFC 5880 §6.8.4: the REMOTE multiplier times the slower of what we accept and what the peer intends. */
export function detectionMicros(local: Intervals, remote: Intervals & { readonly detectMultiplier: number }): number {
  return remote.detectMultiplier * Math.max(local.minRxMicros, remote.minTxMicros)
}

/**
 * RFC 5880 §6.8.7: 75–100 % of the interval, or 75–90 % when the multiplier is 1. `random` is in [0, 1). In whole milliseconds, as timers
 * are, as long as one lies in the range: rounded up a timer would else exceed what we announce.
 */
export function jitteredMicros(intervalMicros: number, detectMultiplier: number, random: () => number): number {
  const most = intervalMicros * (detectMultiplier === 1 ? 0.9 : 1)
  const least = intervalMicros * 0.75
  const chosen = least + random() * (most - least)
  const whole = Math.min(Math.ceil(chosen / 1000), Math.floor(most / 1000)) * 1000
  return whole >= least ? whole : chosen
}
