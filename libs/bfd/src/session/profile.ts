import type { BfdRole, LocalParameters } from './fsm'

/** The desired timers and options of a session: the fields of a metallb.io BFDProfile, with times in microseconds. */
export type Profile = {
  /** Slowest pace at which the peer's packets may come: bfd.RequiredMinRxInterval. Default 300,000. */
  readonly receiveIntervalMicros?: number
  /** Fastest pace at which we send once the session is up: bfd.DesiredMinTxInterval. Default 300,000. */
  readonly transmitIntervalMicros?: number
  /** Pace of echo packets. Has no effect: see echoMode. */
  readonly echoIntervalMicros?: number
  /** How many of our packets in a row the peer may miss: 1–255, default 3. */
  readonly detectMultiplier?: number
  /** Multihop only: packets that arrive with a lower TTL are dropped. 1–255, default 254: one router more than none. */
  readonly minimumTtl?: number
  /** Refused when true. */
  readonly echoMode?: boolean
  /** Stay silent until the peer speaks: the passive role of RFC 5880 §6.1. At least one end must be active. */
  readonly passiveMode?: boolean
}

/** The field of a profile that is refused. */
export type ProfileRefusal = 'echo-mode' | 'receive-interval' | 'transmit-interval' | 'detect-multiplier' | 'minimum-ttl'
/** An interval of a profile that is not met. */
export type ProfileNote = 'receive-interval-raised' | 'transmit-interval-raised'

/** A profile as a session runs it. `wanted` has the variables of RFC 5880 §6.8.1. */
export type AcceptedProfile = { readonly wanted: LocalParameters; readonly minimumTtl: number; readonly notes: readonly ProfileNote[] }
/** A profile that cannot be met, with a sentence that says why and what to set instead. */
export type RefusedProfile = { readonly refused: ProfileRefusal; readonly message: string }

/** The fastest interval. RFC 5880 has no such limit; a thread of Node that shares its cores cannot keep a faster one. */
const fastestMicros = 50_000

const defaults = { receiveIntervalMicros: 300_000, transmitIntervalMicros: 300_000, detectMultiplier: 3, minimumTtl: 254 }

/** Checks a profile. Intervals below 50 ms run at 50 ms, and `notes` says so; a value out of range is refused by name. */
export function acceptProfile(profile: Profile): AcceptedProfile | RefusedProfile {
  const { receiveIntervalMicros: rx, transmitIntervalMicros: tx, detectMultiplier, minimumTtl } = { ...defaults, ...profile }
  if (profile.echoMode === true) return { refused: 'echo-mode', message: noEcho }
  if (!whole(rx, 1, 0xffff_ffff)) return outside('receive-interval', rx, '1 to 4294967295 µs')
  if (!whole(tx, 1, 0xffff_ffff)) return outside('transmit-interval', tx, '1 to 4294967295 µs')
  if (!whole(detectMultiplier, 1, 255)) return outside('detect-multiplier', detectMultiplier, '1 to 255')
  if (!whole(minimumTtl, 1, 255)) return outside('minimum-ttl', minimumTtl, '1 to 255')
  const role: BfdRole = profile.passiveMode === true ? 'passive' : 'active'
  const wanted = { role, detectMultiplier, minTxMicros: Math.max(fastestMicros, tx), minRxMicros: Math.max(fastestMicros, rx) }
  return { wanted, minimumTtl, notes: notesOn(rx, tx) }
}

/** Like acceptProfile(), but throws a RangeError with the message of the refusal. */
export function mustAccept(profile: Profile): AcceptedProfile {
  const verdict = acceptProfile(profile)
  if ('refused' in verdict) throw new RangeError(verdict.message)
  return verdict
}

const noEcho =
  'echo mode is not supported: it tests the forwarding of the peer, and a process cannot promise when its own echoes are read; ' +
  'set echoMode to false, and transmitInterval and receiveInterval to the pace you want'

const whole = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most
const outside = (refused: ProfileRefusal, got: number, range: string): RefusedProfile => ({
  refused,
  message: `${refused.replaceAll('-', ' ')} is ${got}; it must be a whole number from ${range}`,
})

function notesOn(rx: number, tx: number): readonly ProfileNote[] {
  const raised: readonly [boolean, ProfileNote][] = [
    [rx < fastestMicros, 'receive-interval-raised'],
    [tx < fastestMicros, 'transmit-interval-raised'],
  ]
  return raised.flatMap(([is, note]) => (is ? [note] : []))
}
