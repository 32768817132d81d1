import type { PeerDefinition } from '../config/definitions'
import type { Json } from '../json'
import { note } from '../reasons'
import { durationSeconds } from './duration'
import type { Faults } from './fields'

const defaultHoldSeconds = 90
const defaultConnectSeconds = 10

type Timers = Pick<PeerDefinition, 'holdSeconds' | 'keepaliveSeconds' | 'connectSeconds'>

/** One of hold and keepalive time gives the other, three to one (RFC 4271 §4.4); without either the hold time is 90 s. */
export function peerTimers(spec: Json, faults: Faults): Timers {
  const hold = seconds(spec, 'holdTime', faults)
  const keepalive = seconds(spec, 'keepaliveTime', faults)
  const holdSeconds = hold ?? (keepalive === undefined ? defaultHoldSeconds : Math.max(3, keepalive * 3))
  const keepaliveSeconds = keepalive ?? Math.floor(holdSeconds / 3)
  if (holdSeconds !== 0 && (holdSeconds < 3 || holdSeconds > 65_535)) {
    faults.push(note('Malformed', `The hold time of ${holdSeconds} s must be 0 or from 3 to 65535 seconds (RFC 4271 §4.2).`))
  }
  if (keepaliveSeconds > holdSeconds) {
    faults.push(note('Malformed', `The keepalive time of ${keepaliveSeconds} s is longer than the hold time of ${holdSeconds} s.`))
  }
  return { holdSeconds, keepaliveSeconds, connectSeconds: connectTime(spec, faults) }
}

function connectTime(spec: Json, faults: Faults): number {
  const connectSeconds = seconds(spec, 'connectTime', faults) ?? defaultConnectSeconds
  if (connectSeconds < 1 || connectSeconds > 65_535) faults.push(note('Malformed', 'spec.connectTime must be from 1 to 65535 seconds.'))
  return connectSeconds
}

function seconds(spec: Json, field: string, faults: Faults): number | undefined {
  const value = spec[field]
  if (value === undefined || value === null || value === '') return undefined
  const found = typeof value === 'string' ? durationSeconds(value) : undefined
  if (found !== undefined && found >= 0) return found
  faults.push(note('Malformed', `spec.${field} must be a duration such as 90s or 1m30s, not ${JSON.stringify(value)}.`))
  return undefined
}
