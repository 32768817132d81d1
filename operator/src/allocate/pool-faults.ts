import type { Config } from '../config/config'
import { type FaultyObject, faultText, faultyPools } from '../config/not-in-force'
import { type Note, note, type Reason } from '../model/reasons'
import type { Service, World } from '../model/world'
import type { Allocation, Outcome } from './outcome'

/** Reasons that speak of what pools hold or permit. A pool that is not in force may be the true cause. */
const ofPools: ReadonlySet<Reason> = new Set([
  'NoPools',
  'NoPoolPermits',
  'PoolExhausted',
  'UnknownPool',
  'PoolNotPermitted',
  'AddressNotInPool',
  'AddressNotInNamedPool',
])
/** Of these, what pools in force say is true all the same and worth saying. */
const stillTrue: ReadonlySet<Reason> = new Set(['PoolExhausted', 'PoolNotPermitted', 'AddressNotInNamedPool'])
/** What is wrong with a Service that has an address, and may be for the same cause. */
const shortfalls: ReadonlySet<Reason> = new Set(['KeptUntilAvailable', 'ReleasePending', 'FamilyMissing'])

/** Names the pools that a Service wants and that are not in force, wherever its reason rests on the others alone. */
export function withPoolFaults(
  allocation: Allocation,
  config: Config,
  { services, namespaces }: Pick<World, 'services' | 'namespaces'>,
): Allocation {
  if (![...config.verdicts, ...config.misplaced].some(({ object, accepted }) => object.kind === 'IPAddressPool' && !accepted))
    return allocation
  const faultsOf = faultyPools(config)
  const defined = new Set(config.pools.flatMap(({ name, definition }) => (definition === undefined ? [] : [name])))
  const outcomes = new Map(allocation.outcomes)
  for (const service of services) {
    const outcome = outcomes.get(service.key)
    if (outcome === undefined || outcome.kind === 'released') continue
    const faults = faultsOf(service, namespaces)
    if (faults.length > 0) outcomes.set(service.key, blamed(outcome, faults, isServed(service, defined)))
  }
  return { ...allocation, outcomes }
}

const isServed = ({ requestedPool }: Service, defined: ReadonlySet<string>): boolean =>
  requestedPool === undefined || defined.has(requestedPool)

type Given = Exclude<Outcome, { kind: 'released' }>

/** `served`: a pool in force serves the Service, too. */
function blamed(outcome: Given, faults: readonly FaultyObject[], served: boolean): Outcome {
  const text = faultText(faults)
  if (outcome.kind === 'refused')
    return ofPools.has(outcome.why.reason) ? { ...outcome, why: notInForce(outcome.why, text, served) } : outcome
  const { shortfall } = outcome
  if (shortfall === undefined || !shortfalls.has(shortfall.reason)) return outcome
  return { ...outcome, shortfall: note(shortfall.reason, `${shortfall.message} ${text}`) }
}

const notInForce = ({ reason, message }: Note, text: string, served: boolean): Note =>
  note('PoolNotInForce', served && stillTrue.has(reason) ? `${message} ${text}` : text)
