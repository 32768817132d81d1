import { familyOf } from '@loadstone/ip'
import type { Config } from '../config/config'
import { type Note, note } from '../model/reasons'
import { bySeniority, type Service, type World } from '../model/world'
import { Ledger } from './address-table'
import { choose, familyMissing } from './choose'
import type { Allocation, Outcome } from './outcome'
import { PoolBook } from './pool-index'
import { keep, wantsOther } from './retain'

/** Who gets which address. Addresses in use are settled first, so a newcomer can never move live traffic. */
export function allocate(world: Pick<World, 'services' | 'namespaces'>, config: Pick<Config, 'pools'>): Allocation {
  const ledger = new Ledger()
  const book = new PoolBook(config.pools, world.namespaces, ledger)
  const outcomes = new Map<string, Outcome>()
  const seekers: Seeker[] = []

  for (const service of [...world.services].sort(bySeniority)) {
    const outcome = settle(service)
    if ('seeks' in outcome) seekers.push(outcome.seeks)
    else outcomes.set(service.key, outcome)
  }
  for (const seeker of seekers) outcomes.set(seeker.service.key, seek(seeker, book, ledger))
  return { outcomes, usage: ledger.usage }

  function settle(service: Service): Outcome | { readonly seeks: Seeker } {
    if (!service.wanted) return { kind: 'released' }
    if (service.ips.length === 0) return { seeks: { service } }
    const kept = keep(service, book, ledger)
    if (kept.kind === 'unfit') return { kind: 'refused', why: kept.why, lost: kept.why }
    if (kept.kind === 'loses') return { seeks: { service, lost: kept.why } }
    ledger.take(service, service.ips, kept.pool)
    if (wantsOther(service, kept.pool) || service.ips.length < service.families.length) return { seeks: { service, holds: kept.pool } }
    const shortfall = 'fault' in service.request ? { shortfall: service.request.fault } : {}
    return { kind: 'assigned', ips: service.ips, pool: kept.pool, ...shortfall }
  }
}

/** Who wants an address, what it may keep otherwise, and why it lost what it had. */
type Seeker = { readonly service: Service; readonly holds?: string; readonly lost?: Note }

function seek({ service, holds, lost }: Seeker, book: PoolBook, ledger: Ledger): Outcome {
  if (holds !== undefined) return wantsOther(service, holds) ? move(service, holds, book, ledger) : extend(service, holds, book, ledger)
  const outcome = choose(service, book, ledger)
  if (outcome.kind === 'assigned') ledger.take(service, outcome.ips, outcome.pool)
  return lost === undefined || outcome.kind === 'released' ? outcome : { ...outcome, lost }
}

/** Deviates: MetalLB takes the old address away before it knows whether the new one can be had (docs/adr/0005). */
function move(service: Service, pool: string, book: PoolBook, ledger: Ledger): Outcome {
  ledger.release(service, service.ips, pool)
  const outcome = choose(service, book, ledger)
  if (outcome.kind === 'assigned') {
    ledger.take(service, outcome.ips, outcome.pool)
    return outcome
  }
  ledger.take(service, service.ips, pool)
  const why = outcome.kind === 'refused' ? outcome.why.message : ''
  const shortfall = note('KeptUntilAvailable', `The Service keeps ${service.ips.join(', ')} until its request can be met. ${why}`)
  return { kind: 'assigned', ips: service.ips, pool, shortfall }
}

/** PreferDualStack with one address: the other from the same pool, as soon as it has one. */
function extend(service: Service, name: string, book: PoolBook, ledger: Ledger): Outcome {
  const held = { kind: 'assigned' as const, ips: service.ips, pool: name }
  const missing = service.families.find((family) => !service.ips.some((ip) => familyOf(ip) === family))
  const pool = book.pools.get(name)
  const ip = missing === undefined || pool === undefined ? undefined : book.available(service, pool, missing)
  if (ip === undefined) return { ...held, shortfall: familyMissing(held, service) }
  ledger.take(service, [ip], name)
  return { ...held, ips: [...service.ips, ip] }
}
