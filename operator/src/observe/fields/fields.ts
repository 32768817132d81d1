import { type Ip, parseIp } from '@loadstone/ip'
import { filled, type Json, list, record } from '../../model/json'
import { type Note, note } from '../../model/reasons'
import { parseSelector, type Selector } from '../../model/selector'

/** Problems of one object, collected by its parsers. */
export type Faults = Note[]

/** A list of label selectors. An invalid one is left out and added to `faults`. */
export function selectors(spec: Json, field: string, faults: Faults): readonly Selector[] {
  return list(spec[field]).flatMap((value, i) => selector(value, `spec.${field}[${i}]`, faults))
}

export function selector(value: unknown, where: string, faults: Faults): readonly Selector[] {
  const parsed = parseSelector(value)
  if (typeof parsed !== 'string') return [parsed]
  faults.push(note('Malformed', `${where}: ${parsed}.`))
  return []
}

export const flag = (spec: Json, field: string, fallback: boolean): boolean =>
  typeof spec[field] === 'boolean' ? (spec[field] as boolean) : fallback

/** A whole number within bounds. `otherwise` if it is absent, null or invalid; the latter is added to `faults`. */
export function bounded(spec: Json, field: string, bounds: { from: number; to: number; otherwise: number }, faults: Faults): number {
  const value = spec[field] ?? bounds.otherwise
  if (typeof value === 'number' && Number.isInteger(value) && value >= bounds.from && value <= bounds.to) return value
  faults.push(note('Malformed', `spec.${field} must be a whole number from ${bounds.from} to ${bounds.to}, not ${JSON.stringify(value)}.`))
  return bounds.otherwise
}

/** An address; undefined if it is absent, empty or invalid. The latter is added to `faults`. */
export function address(spec: Json, field: string, faults: Faults): Ip | undefined {
  const value = filled(spec[field])
  const ip = value === undefined ? undefined : parseIp(value)
  if (value !== undefined && ip === undefined) faults.push(note('Malformed', `spec.${field} is no IP address: ${JSON.stringify(value)}.`))
  return ip
}

export const specOf = (object: unknown): Json => record(record(object)['spec'])
