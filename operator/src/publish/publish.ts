import type { Allocation } from '../allocate/outcome'
import type { Config } from '../config/config'
import type { World } from '../model/world'
import type { Plan } from '../plan/plan'
import { objectWrites } from './objects'
import { serviceWrites } from './services'
import { frozenWrites, statusWrites } from './statuses'
import type { Publication, Write } from './write'

export type Decided = { readonly world: World; readonly config: Config; readonly allocation: Allocation; readonly plan: Plan }

/**
 * The difference between what is decided and what is published. Addresses first: who gives one up before who gets it. Then what is
 * announced more, then which objects count, then what is announced less, then what nobody reads any more.
 */
export function publish(decided: Decided, now: string): Publication {
  const { world, allocation, plan } = decided
  const services = serviceWrites(world, allocation, plan, now)
  const objects = objectWrites(world, plan)
  const passwords = passwordWrites(plan)
  return {
    phases: [services.releases, services.gives, objects.gains, objects.plans, objects.shrinks, [...objects.deletions, ...passwords]],
    reports: [...services.reports, ...statusWrites(decided, now)],
  }
}

/** Last: a plan names a Secret only once it is seen, and no plan names one that goes. */
const passwordWrites = ({ passwords: { missing, stale } }: Plan): readonly Write[] => [
  ...missing.map((kept): Write => ({ do: 'password', ...kept })),
  ...stale.map(({ name, uid }): Write => ({ do: 'delete', kind: 'Secret', name, uid })),
]

/** A kind that cannot be read makes every decision doubtful, so there is none; only that is published. */
export const publishFrozen = (config: Config, why: string, now: string): Publication => ({
  phases: [],
  reports: frozenWrites(config, why, now),
})
