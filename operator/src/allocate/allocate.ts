import { familyOf } from '@loadstone/ip'
import type { Config } from '../config/config'
import { type Note, note } from '../model/reasons'
import { bySeniority, type Service, type World } from '../model/world'
import { AddressTable } from './address-table'
import { choose, familyMissing } from './choose'
import type { Allocation, Outcome } from './outcome'
import { PoolIndex } from './pool-index'
import { retain, wantsOther } from './retain'

/** The outcome for each Service. Addresses in use are retained first, so a new Service never moves live traffic. */
export function allocate(world: Pick<World, 'services' | 'namespaces'>, config: Pick<Config, 'pools'>): Allocation {
  const table = new AddressTable()
  const index = new PoolIndex(config.pools, world.namespaces, table)
  const outcomes = new Map<string, Outcome>()
  const pendingServices: PendingService[] = []

  for (const service of [...world.services].sort(bySeniority)) {
    const outcome = settle(service)
    if ('pending' in outcome) pendingServices.push(outcome.pending)
    else outcomes.set(service.key, outcome)
  }
  for (const pending of pendingServices) outcomes.set(pending.service.key, allocateNew(pending, index, table))
  return { outcomes, usage: table.usage }

  function settle(service: Service): Outcome | { readonly pending: PendingService } {
    if (!service.wanted) return { kind: 'released' }
    if (service.ips.length === 0) return { pending: { service } }
    const kept = retain(service, index, table)
    if (kept.kind === 'not-allocatable') return { kind: 'refused', why: kept.why, lost: kept.why }
    if (kept.kind === 'loses') return { pending: { service, lost: kept.why } }
    table.take(service, service.ips, kept.pool)
    if (wantsOther(service, kept.pool) || service.ips.length < service.families.length) return { pending: { service, holds: kept.pool } }
    const shortfall = 'fault' in service.request ? { shortfall: service.request.fault } : {}
    return { kind: 'assigned', ips: service.ips, pool: kept.pool, ...shortfall }
  }
}

/** A Service that wants an address. `holds` is the pool of the one it may keep; `lost` says why it lost what it had. */
type PendingService = { readonly service: Service; readonly holds?: string; readonly lost?: Note }

function allocateNew({ service, holds, lost }: PendingService, index: PoolIndex, table: AddressTable): Outcome {
  if (holds !== undefined) return wantsOther(service, holds) ? move(service, holds, index, table) : extend(service, holds, index, table)
  const outcome = choose(service, index, table)
  if (outcome.kind === 'assigned') table.take(service, outcome.ips, outcome.pool)
  return lost === undefined || outcome.kind === 'released' ? outcome : { ...outcome, lost }
}

/** Deviates: MetalLB takes the old address away before it knows whether the new one can be had (docs/adr/0005). */
function move(service: Service, pool: string, index: PoolIndex, table: AddressTable): Outcome {
  table.release(service, service.ips, pool)
  const outcome = choose(service, index, table)
  if (outcome.kind === 'assigned') {
    table.take(service, outcome.ips, outcome.pool)
    return outcome
  }
  table.take(service, service.ips, pool)
  const why = outcome.kind === 'refused' ? outcome.why.message : ''
  const shortfall = note('KeptUntilAvailable', `The Service keeps ${service.ips.join(', ')} until its request can be met. ${why}`)
  return { kind: 'assigned', ips: service.ips, pool, shortfall }
}

/** PreferDualStack with one address: adds the other family from the same pool, once it has a free address. */
function extend(service: Service, name: string, index: PoolIndex, table: AddressTable): Outcome {
  const held = { kind: 'assigned' as const, ips: service.ips, pool: name }
  const missing = service.families.find((family) => !service.ips.some((ip) => familyOf(ip) === family))
  const pool = index.pools.get(name)
  const ip = missing === undefined || pool === undefined ? undefined : index.available(service, pool, missing)
  if (ip === undefined) return { ...held, shortfall: familyMissing(held, service) }
  table.take(service, [ip], name)
  return { ...held, ips: [...service.ips, ip] }
}
