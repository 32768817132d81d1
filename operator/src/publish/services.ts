import type { Condition } from '@loadstone/plan/status'
import type { Allocation, Outcome } from '../allocate/outcome'
import { poolAnnotation } from '../model/annotations'
import { type Note, note } from '../model/reasons'
import type { Service, World } from '../model/world'
import type { AnnouncementAnswer } from '../plan/explain'
import type { Plan } from '../plan/plan'
import { conditionOf, isPublished, type Statement } from './conditions'
import { eventsOf } from './service-events'
import type { ServiceWrite } from './write'

const allocatedType = 'loadstone.dev/Allocated'
const announcedType = 'loadstone.dev/Announced'
const ours = new Set([allocatedType, announcedType])

type ServiceWrites = {
  /** Writes that remove or change an address. They come first, so that no address is assigned while another Service has it. */
  readonly releases: readonly ServiceWrite[]
  readonly gives: readonly ServiceWrite[]
  /** Writes that change conditions only. */
  readonly reports: readonly ServiceWrite[]
}

/** Writes for all Services whose status differs from the desired one. */
export function serviceWrites(
  world: Pick<World, 'services'>,
  allocation: Allocation,
  plan: Pick<Plan, 'announced'>,
  now: string,
): ServiceWrites {
  const [releases, gives, reports]: [ServiceWrite[], ServiceWrite[], ServiceWrite[]] = [[], [], []]
  for (const service of world.services) {
    const outcome = allocation.outcomes.get(service.key)
    if (outcome === undefined) continue
    const announced = plan.announced.get(service.key)
    const wanted = wantedOf(service, outcome, announced, now)
    const moves = addressDiffers(service, wanted)
    if (!moves && !reportDiffers(service, wanted)) continue
    const write = writeOf(service, wanted, eventsOf(service, outcome, announced, wanted.conditions))
    const keeps = service.ips.every((ip) => write.ips.includes(ip)) && !service.foreign
    if (!moves) reports.push(write)
    else if (keeps) gives.push(write)
    else releases.push(write)
  }
  return { releases, gives, reports }
}

type DesiredStatus = Pick<ServiceWrite, 'ips' | 'pool' | 'conditions'>

function addressDiffers({ ips: before, foreign, meta }: Service, { ips, pool }: DesiredStatus): boolean {
  const same = ips.length === before.length && ips.every((ip, i) => ip === before[i])
  return foreign || !same || pool !== meta.annotations.get(poolAnnotation)
}

function reportDiffers({ conditions }: Service, wanted: DesiredStatus): boolean {
  const stale = conditions.some(({ type }) => ours.has(type) && !wanted.conditions.some((condition) => condition.type === type))
  return stale || !wanted.conditions.every((condition) => isPublished(condition, conditions))
}

const wantedOf = (service: Service, outcome: Outcome, announced: AnnouncementAnswer | undefined, now: string): DesiredStatus => ({
  ips: outcome.kind === 'assigned' ? outcome.ips : [],
  pool: outcome.kind === 'assigned' ? outcome.pool : annotationToRelease(service),
  conditions: statements(outcome, announced).map((statement) => conditionOf(statement, service.conditions, now)),
})

function writeOf({ meta }: Service, wanted: DesiredStatus, events: ServiceWrite['events']): ServiceWrite {
  const { namespace, name, uid, resourceVersion } = meta
  return { do: 'service-status', service: { namespace, name, uid }, resourceVersion, ...wanted, events }
}

function statements(outcome: Outcome, announced: AnnouncementAnswer | undefined): readonly Statement[] {
  switch (outcome.kind) {
    case 'released':
      return []
    case 'refused':
      return [
        { type: allocatedType, status: 'False', note: outcome.why },
        { type: announcedType, status: 'False', note: note('NoAddress') },
      ]
    case 'assigned':
      return [
        { type: allocatedType, status: 'True', note: given(outcome) },
        { type: announcedType, status: announced?.announced === true ? 'True' : 'False', note: announced?.note ?? note('NoAdvertisement') },
      ]
  }
}

function given({ ips, pool, shortfall }: Extract<Outcome, { kind: 'assigned' }>): Note {
  const message = `${ips.join(' and ')} from the IPAddressPool ${pool}.`
  return shortfall === undefined ? note('Allocated', message) : note(shortfall.reason, `${message} ${shortfall.message}`)
}

/**
 * The annotation value for a Service without an address. Leaving the annotation out removes it, unless another manager owns it too, such
 * as MetalLB before a migration. Then an empty value takes it over first, and the next pass removes it.
 */
function annotationToRelease({ meta, ips, conditions }: Service): string | undefined {
  const settled = ips.length === 0 && !conditions.some(({ type }: Condition) => ours.has(type))
  const before = meta.annotations.get(poolAnnotation)
  return settled && before !== undefined && before !== '' ? '' : undefined
}
