import { familyOf } from '@loadstone/ip'
import type { ServiceKey } from '@loadstone/plan'
import type { Config } from '../config/config'
import { isOverwritten } from '../model/memory'
import { type GraceInput, graceOver, graceSeconds, type HeldServices, noneHeld } from '../model/pass-input'
import { type Note, note } from '../model/reasons'
import { bySeniority, type Service, type World } from '../model/world'
import { AddressTable } from './address-table'
import { choose, extend } from './choose'
import { type Holder, heldOf, isUnchanged } from './holder'
import type { Allocation, Outcome } from './outcome'
import { PoolIndex } from './pool-index'
import { type Kept, type Lost, retain, wantsOther } from './retain'

type AllocationInput = Pick<World, 'services' | 'namespaces' | 'elsewhere'>

/**
 * The outcome for each Service. What stands, stays: Services that hold addresses come first, among them those whose terms are what they
 * were. Then who wants something else or something new, by age; nobody takes what another asks for by name. Without `grace` nothing is
 * kept beyond its time. Services that are held come before all: they have what their status says.
 */
export function allocate(
  world: AllocationInput,
  config: Pick<Config, 'pools' | 'former'>,
  grace?: GraceInput,
  { held, promised }: HeldServices = noneHeld,
): Allocation {
  const table = new AddressTable(world.elsewhere, promised)
  const index = new PoolIndex(config, world, table)
  const { outcomes, leaving, pending } = settle(world.services, { table, index, grace, held })
  pending.sort(({ holder: a }, { holder: b }) => bySeniority(a.service, b.service))
  index.reserve(pending.map(({ holder }) => holder.service))
  for (const one of pending) outcomes.set(one.holder.service.key, allocateNew(one, index, table))
  const stuck = pending.filter(({ holder, holds }) => holds !== undefined && isStuck(outcomes.get(holder.service.key)))
  for (const [service, outcome] of exchange(stuck, index, table)) outcomes.set(service.key, outcome)
  return { outcomes, usage: table.usage, leaving }
}

type SettleInput = {
  readonly table: AddressTable
  readonly index: PoolIndex
  readonly grace: GraceInput | undefined
  readonly held: HeldServices['held']
}
type Settled = {
  readonly outcomes: Map<ServiceKey, Outcome>
  readonly leaving: Map<ServiceKey, number>
  /** Who wants something new, or something else. */
  readonly pending: PendingService[]
}

/** Those who hold addresses keep them, if they may. */
function settle(all: readonly Service[], input: SettleInput): Settled {
  const settled: Settled = { outcomes: new Map(), leaving: new Map(), pending: [] }
  for (const service of all) if (input.held.has(service.key)) leaveAsIs(service, input, settled)
  const services = all.filter(({ key }) => !input.held.has(key))
  for (const { key } of services.filter(({ wanted }) => !wanted)) settled.outcomes.set(key, { kind: 'released' })
  const holders = services.filter(({ wanted }) => wanted).map(heldOf)
  for (const holder of holders.sort(byStanding(input.grace))) {
    if (holder.ips.length === 0) settled.pending.push({ holder })
    else settleOne(holder, input, settled)
  }
  return settled
}

/** Its status is what it is until it can be written: nobody else is given its addresses, and it is announced by what it has. */
function leaveAsIs(service: Service, { table, index, grace }: SettleInput, { outcomes, leaving }: Settled): void {
  const { ips } = service
  const since = grace?.leaving.get(service.key)
  if (since !== undefined) leaving.set(service.key, since)
  const pool = (index.holding(ips) ?? index.former(ips))?.name ?? service.allocatedFrom ?? ''
  table.take(service, ips, pool)
  if (!service.wanted) outcomes.set(service.key, { kind: 'released' })
  else if (ips.length > 0) outcomes.set(service.key, { kind: 'assigned', ips, pool })
  else outcomes.set(service.key, { kind: 'refused', why: note('StatusNotWritten') })
}

function settleOne(holder: Holder, input: SettleInput, settled: Settled): void {
  const { key } = holder.service
  const kept = retain(holder, input.index, input.table)
  if (kept.kind === 'not-allocatable') settled.outcomes.set(key, { kind: 'refused', why: kept.why, lost: kept.why })
  else if (kept.kind === 'keeps') keep(holder, kept, input, settled)
  else lose(holder, kept, input, settled)
}

/** Not before the grace time is over, if the addresses are known to be its own and there is a pool to keep them from. */
function lose(holder: Holder, { why, ips, pool, part }: Lost, input: SettleInput, settled: Settled): void {
  const { key } = holder.service
  const { grace } = input
  if (pool !== undefined && isBorneOut(holder, grace) && hasGrace(key, grace)) {
    settled.leaving.set(key, grace.leaving.get(key) ?? grace.nowSeconds)
    input.table.take(holder.service, ips, pool)
    settled.outcomes.set(key, { kind: 'assigned', ips, pool, shortfall: leavingNote(holder, why), leaving: true })
  } else if (part !== undefined) keep(holder, part, input, settled)
  else settled.pending.push({ holder, lost: why })
}

const hasGrace = (key: ServiceKey, grace: GraceInput | undefined): grace is GraceInput =>
  grace !== undefined && !graceOver(grace.leaving.get(key) ?? grace.nowSeconds, grace)

function keep({ service, ...holder }: Holder, { ips, pool }: Kept, { table }: SettleInput, { pending, outcomes }: Settled): void {
  table.take(service, ips, pool)
  const kept = { service, ...holder, ips }
  if (wantsOther(kept, pool) || mayGrow(kept)) pending.push({ holder: kept, holds: pool })
  else outcomes.set(service.key, { kind: 'assigned', ips, pool, ...shortfallOf(service) })
}

/** Its request could not be met as long as others have what they have. */
const isStuck = (outcome: Outcome | undefined): boolean =>
  outcome?.kind === 'assigned' && outcome.shortfall?.reason === 'KeptUntilAvailable'

/** A Service that wants an address, the pool of those it may keep otherwise, and why it lost what it had. */
type PendingService = { readonly holder: Holder; readonly holds?: string; readonly lost?: Note }

/**
 * Whether something else than the note says that the Service has these addresses: its status, or the last pass. Who may edit a Service may
 * write any note into it, and must take nothing from others by it.
 */
const isBorneOut = ({ service, ips }: Holder, grace: GraceInput | undefined): boolean =>
  !isOverwritten(service) || grace?.given.get(service.key)?.join() === ips.join()

/** First those that are borne out. Then, of two that do not go together any more, the one that was edited yields. */
const byStanding =
  (grace: GraceInput | undefined) =>
  (a: Holder, b: Holder): number =>
    Number(isBorneOut(b, grace)) - Number(isBorneOut(a, grace)) ||
    Number(isUnchanged(b)) - Number(isUnchanged(a)) ||
    bySeniority(a.service, b.service)

const asksByName = ({ request }: Service): boolean => 'ips' in request && request.ips.length > 0

/** It has fewer families than it should, and has not itself named those it has. */
const mayGrow = ({ service, ips }: Holder): boolean =>
  ips.length < service.families.length && !asksByName(service) && !('fault' in service.request)

/** What is wrong though it keeps its address. */
const shortfallOf = ({ request }: Service): { readonly shortfall?: Note } => ('fault' in request ? { shortfall: request.fault } : {})

const leavingNote = ({ ips }: Holder, why: Note): Note =>
  note('ReleasePending', `${why.message} The Service keeps ${ips.join(', ')} for ${graceSeconds} s, in case that is put right.`)

function allocateNew({ holder, holds, lost }: PendingService, index: PoolIndex, table: AddressTable): Outcome {
  if (holds !== undefined) return wantsOther(holder, holds) ? move(holder, holds, index, table) : grow(holder, holds, index, table)
  const outcome = choose(holder, index, table)
  if (outcome.kind === 'assigned') table.take(holder.service, outcome.ips, outcome.pool)
  return lost === undefined || outcome.kind === 'released' ? outcome : { ...outcome, lost }
}

/**
 * Services that ask for each other's addresses: none of them can move first, all of them together can. Whoever cannot even then is left
 * out, until the rest can.
 */
function exchange(movers: readonly PendingService[], index: PoolIndex, table: AddressTable): readonly (readonly [Service, Outcome])[] {
  if (movers.length < 2) return []
  for (const { holder, holds } of movers) table.release(holder.service, holder.ips, holds as string)
  const moved: (readonly [PendingService, Outcome])[] = []
  for (const mover of movers) {
    const outcome = choose(mover.holder, index, table)
    if (outcome.kind === 'assigned') table.take(mover.holder.service, outcome.ips, outcome.pool)
    moved.push([mover, outcome])
  }
  const able = moved.filter(([, outcome]) => outcome.kind === 'assigned')
  if (able.length === movers.length) return moved.map(([{ holder }, outcome]) => [holder.service, outcome])
  for (const [{ holder }, outcome] of moved) if (outcome.kind === 'assigned') table.release(holder.service, outcome.ips, outcome.pool)
  for (const { holder, holds } of movers) table.take(holder.service, holder.ips, holds as string)
  return exchange(
    able.map(([mover]) => mover),
    index,
    table,
  )
}

/** Deviates: MetalLB takes the old address away before it knows whether the new one can be had (docs/adr/0005). */
function move({ service, ips, ...holder }: Holder, pool: string, index: PoolIndex, table: AddressTable): Outcome {
  table.release(service, ips, pool)
  const outcome = choose({ service, ...holder }, index, table)
  if (outcome.kind === 'assigned') {
    table.take(service, outcome.ips, outcome.pool)
    return outcome
  }
  table.take(service, ips, pool)
  const why = outcome.kind === 'refused' ? outcome.why.message : ''
  const shortfall = note('KeptUntilAvailable', `The Service keeps ${ips.join(', ')} until its request can be met. ${why}`)
  return { kind: 'assigned', ips, pool, shortfall }
}

/** One address where two are wanted: the other from the same pool, as soon as it has one. */
function grow({ service, ips, ...holder }: Holder, name: string, index: PoolIndex, table: AddressTable): Outcome {
  const missing = service.families.find((family) => !ips.some((ip) => familyOf(ip) === family))
  const outcome = extend({ service, ips, ...holder }, { name, missing }, index)
  table.take(
    service,
    outcome.ips.filter((ip) => !ips.includes(ip)),
    name,
  )
  return outcome
}
