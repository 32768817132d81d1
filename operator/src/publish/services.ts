import type { Ip } from '@loadstone/ip'
import { type Condition, shorten } from '@loadstone/plan/status'
import type { Allocation, Outcome } from '../allocate/outcome'
import { memoryAnnotation, poolAnnotation, summaryAnnotation } from '../model/annotations'
import { memoryText, wishText } from '../model/memory'
import type { HeldServices } from '../model/pass-input'
import { type Note, note } from '../model/reasons'
import type { Service, World } from '../model/world'
import type { AnnouncementAnswer } from '../plan/explain'
import type { Plan } from '../plan/plan'
import { type Doubts, isTold } from '../plan/reports/doubts'
import { conditionOf, isPublished, type Statement } from './conditions'
import { type Contest, type Contests, mustWait } from './contested'
import { eventsOf } from './service-events'
import type { ServiceWrite } from './write'

const allocatedType = 'loadstone.dev/Allocated'
const announcedType = 'loadstone.dev/Announced'
const ours = new Set([allocatedType, announcedType])

type ServiceWrites = {
  /** Writes that give, change or remove an address. */
  readonly moves: readonly ServiceWrite[]
  /** Writes that change conditions only. */
  readonly reports: readonly ServiceWrite[]
}

export type ServiceWriteInput = {
  /** RFC 3339. */
  readonly now: string
  readonly nowSeconds: number
  /** Of the last pass and of this one. */
  readonly before: Contests
  readonly contested: Contests
  /** Services that are left as their status says. */
  readonly held: HeldServices['held']
  readonly doubts: Doubts
}

/** Every Service whose status is not what it should be. */
export function serviceWrites(
  world: Pick<World, 'services'>,
  allocation: Allocation,
  plan: Pick<Plan, 'announced'>,
  input: ServiceWriteInput,
): ServiceWrites {
  const [moves, reports]: [ServiceWrite[], ServiceWrite[]] = [[], []]
  for (const service of world.services) {
    const outcome = allocation.outcomes.get(service.key)
    if (outcome === undefined || input.held.has(service.key) || mustWait(service, input.before, input.nowSeconds)) continue
    const announced = lastingAnswer(service.key, plan, input)
    const moved = addressDiffers(service, { ips: addressesOf(outcome), pool: poolOf(service, outcome) })
    const keep = !moved && announced?.passing === true
    const wanted = wantedOf(service, told(outcome, input.contested.get(service.key)), { announced, keep }, input.now)
    if (!moved && !reportDiffers(service, wanted)) continue
    const write = writeOf(service, wanted, eventsOf(service, outcome, announced, wanted.conditions))
    if (moved) moves.push(write)
    else reports.push(write)
  }
  return { moves, reports }
}

/** What has lasted long enough is expected to pass no more. */
function lastingAnswer(key: Service['key'], plan: Pick<Plan, 'announced'>, input: ServiceWriteInput): AnnouncementAnswer | undefined {
  const found = plan.announced.get(key)
  return found?.passing === true && isTold(key, input.doubts, input.nowSeconds) ? { ...found, passing: false } : found
}

/** While a kind cannot be read, who waits for an address is told so. Whoever has one, or had one by our note, keeps what stands. */
export function frozenServices({ services }: Pick<World, 'services'>, why: string, now: string): readonly ServiceWrite[] {
  const outcome: Outcome = { kind: 'refused', why: note('InputsIncomplete', `The operator gives no address at the moment: ${why}`) }
  const waiting = services.filter(({ wanted, ips, foreign, memory }) => wanted && ips.length === 0 && !foreign && memory?.own !== true)
  return waiting.flatMap((service) => {
    const { annotations } = service.meta
    const wanted = {
      ...wantedOf(service, outcome, { announced: undefined, keep: false }, now),
      pool: annotations.get(poolAnnotation),
      memory: annotations.get(memoryAnnotation),
    }
    return reportDiffers(service, wanted) ? [writeOf(service, wanted, [])] : []
  })
}

type DesiredStatus = Pick<ServiceWrite, 'ips' | 'pool' | 'memory' | 'summary' | 'conditions'>

function addressDiffers(
  { ips: before, foreign, meta, hasEmptyPool }: Service,
  { ips, pool }: Pick<DesiredStatus, 'ips' | 'pool'>,
): boolean {
  const same = ips.length === before.length && ips.every((ip, i) => ip === before[i])
  return foreign || !same || hasEmptyPool || (pool ?? '') !== (meta.annotations.get(poolAnnotation) ?? '')
}

function reportDiffers({ conditions, meta }: Service, wanted: DesiredStatus): boolean {
  if (wanted.memory !== meta.annotations.get(memoryAnnotation) || wanted.summary !== meta.annotations.get(summaryAnnotation)) return true
  const stale = conditions.some(({ type }) => ours.has(type) && !wanted.conditions.some((condition) => condition.type === type))
  return stale || !wanted.conditions.every((condition) => isPublished(condition, conditions))
}

const addressesOf = (outcome: Outcome): readonly Ip[] => (outcome.kind === 'assigned' ? outcome.ips : [])

const poolOf = (service: Service, outcome: Outcome): string | undefined =>
  outcome.kind === 'assigned' ? outcome.pool : annotationToRelease(service)

/** `keep`: what the Service says of its announcement stays for now, since what is found is expected to pass. */
type Announcement = { readonly announced: AnnouncementAnswer | undefined; readonly keep: boolean }

function wantedOf(service: Service, outcome: Outcome, { announced, keep }: Announcement, now: string): DesiredStatus {
  const kept = keep ? service.conditions.find(({ type }) => type === announcedType) : undefined
  const conditions = statements(outcome, announced).map((statement) =>
    statement.type === announcedType && kept !== undefined ? kept : conditionOf(statement, service.conditions, now),
  )
  return {
    ips: addressesOf(outcome),
    pool: poolOf(service, outcome),
    memory: noteOf(service, outcome),
    summary: summaryOf(conditions),
    conditions,
  }
}

const longestSummary = 1024

/** One line for `kubectl describe`. What people wrote into objects stands in messages, line breaks and all. */
function summaryOf(conditions: readonly Condition[]): string | undefined {
  if (conditions.length === 0) return undefined
  const line = conditions.map(({ message }) => message).join(' ')
  return shorten(line.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' '), longestSummary)
}

/** Once is an accident; who writes the status again is named. */
function told(outcome: Outcome, contest: Contest | undefined): Outcome {
  if (outcome.kind !== 'assigned' || contest === undefined || contest.times < 2) return outcome
  const who = contest.writers.length === 0 ? 'somebody else' : contest.writers.join(', ')
  const message = `The status of the Service is also written by ${who}; let only one controller serve it.`
  return { ...outcome, shortfall: note('StatusContested', message) }
}

/** Who is about to lose its address is judged by what it was given it for, and who has none remembers what it had. */
function noteOf(service: Service, outcome: Outcome): string | undefined {
  const { meta, memory, ips } = service
  if (outcome.kind === 'released') return undefined
  if (outcome.kind === 'assigned') return outcome.leaving ? meta.annotations.get(memoryAnnotation) : memoryText(outcome.ips, service)
  const had = memory?.ips ?? ips
  return had.length === 0 ? undefined : wishText(had)
}

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
        { type: announcedType, status: announced?.status ?? 'False', note: announced?.note ?? note('NoAdvertisement') },
      ]
  }
}

function given({ ips, pool, shortfall }: Extract<Outcome, { kind: 'assigned' }>): Note {
  const message = `${ips.join(' and ')} from the IPAddressPool ${pool}.`
  return shortfall === undefined ? note('Allocated', message) : note(shortfall.reason, `${message} ${shortfall.message}`)
}

/**
 * The annotation value for a Service without an address. Leaving the annotation out removes it, unless another manager owns it too, such
 * as MetalLB before a migration. If it is still there, an empty value takes it over, and the next write removes it.
 */
function annotationToRelease({ meta, ips }: Service): string | undefined {
  const before = meta.annotations.get(poolAnnotation)
  return ips.length === 0 && before !== undefined && before !== '' ? '' : undefined
}
