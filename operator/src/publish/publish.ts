import type { Allocation } from '../allocate/outcome'
import type { Config } from '../config/config'
import type { World } from '../model/world'
import type { Plan } from '../plan/plan'
import { objectWrites } from './objects'
import { frozenServices, type ServiceWriteInput, serviceWrites } from './services'
import { type StatusObjectsInput, statusObjectWrites } from './status-objects'
import { frozenWrites, statusWrites } from './statuses'
import type { Publication, Write } from './write'

export type Decided = { readonly world: World; readonly config: Config; readonly allocation: Allocation; readonly plan: Plan }

/**
 * The writes that turn the published state into the decided one: addresses; then objects that gain, plans, objects that lose, and last
 * deletions and passwords.
 */
export function publish(decided: Decided, input: ServiceWriteInput & StatusObjectsInput): Publication {
  const { world, allocation, plan } = decided
  const services = serviceWrites(world, allocation, plan, input)
  const objects = objectWrites(world, plan)
  return {
    services: services.moves,
    objects: [objects.gains, objects.plans, objects.shrinks, [...objects.deletions, ...passwordWrites(plan)]],
    reports: [...services.reports, ...statusWrites(decided, input.now), ...statusObjectWrites(decided, input)],
  }
}

/** Secrets come last: a plan names a Secret only once it is observed, and no plan names one that is deleted. */
const passwordWrites = ({ passwords: { missing, stale } }: Plan): readonly Write[] => [
  ...missing.map((kept): Write => ({ do: 'password', ...kept })),
  ...stale.map(({ name, uid }): Write => ({ do: 'delete', kind: 'Secret', name, uid })),
]

/** While a kind cannot be read, nothing is decided, and only the conditions that say so are published. */
export const publishFrozen = (world: World, config: Config, why: string, now: string): Publication => ({
  services: [],
  objects: [],
  reports: [...frozenServices(world, why, now), ...frozenWrites(config, why, now)],
})
