import { fastestBfdMillis } from '@loadstone/plan'
import type { ProfileDefinition } from '../../model/definitions'
import type { Json } from '../../model/json'
import { type Note, note } from '../../model/reasons'
import { bounded, type Faults, flag } from '../fields/fields'

const pace = (otherwise: number): { from: number; to: number; otherwise: number } => ({ from: 10, to: 60_000, otherwise })
/** FRR's defaults in milliseconds, which MetalLB uses for absent fields. */
const intervals = { receiveInterval: 300, transmitInterval: 300 } as const

export function parseProfile(spec: Json, faults: Faults): ProfileDefinition {
  bounded(spec, 'echoInterval', pace(50), faults)
  const interval = (field: keyof typeof intervals): number =>
    Math.max(fastestBfdMillis, bounded(spec, field, pace(intervals[field]), faults))
  const minimumTtl = bounded(spec, 'minimumTtl', { from: 1, to: 254, otherwise: 254 }, faults)
  return {
    kind: 'BFDProfile',
    receiveIntervalMillis: interval('receiveInterval'),
    transmitIntervalMillis: interval('transmitInterval'),
    detectMultiplier: bounded(spec, 'detectMultiplier', { from: 2, to: 255, otherwise: 3 }, faults),
    passive: flag(spec, 'passiveMode', false),
    minimumTtl,
  }
}

const noEcho =
  'spec.echoMode tests the forwarding of the router with packets that come back to us, and a process cannot promise when it reads them, ' +
  'so its sessions run without. Set echoMode to false, and transmitInterval and receiveInterval to the pace you want.'

export function profileRemarks(spec: Json): readonly Note[] {
  const fast = Object.keys(intervals).filter((field) => typeof spec[field] === 'number' && (spec[field] as number) < fastestBfdMillis)
  const echo = spec['echoMode'] === true ? [note('NotSupported', noEcho)] : []
  if (fast.length === 0) return echo
  const what = fast.map((field) => `${field} ${spec[field] as number}`).join(' and ')
  return [...echo, note('PaceLimited', `${what}: no BFD session is faster than ${fastestBfdMillis} ms, so that is what it runs at.`)]
}
