import { type Family, familyOf, type Ip } from '@loadstone/ip'
import type { Pool } from '../config/config'
import { type Note, note } from '../model/reasons'
import type { Service } from '../model/world'
import type { AddressTable } from './address-table'
import { type Holder, isUnchanged } from './holder'
import type { PoolIndex } from './pool-index'

export type Kept = { readonly kind: 'keeps'; readonly ips: readonly Ip[]; readonly pool: string }

/** `pool`: from which all may be kept for a while all the same; `part`: what may be kept after that. */
export type Lost = {
  readonly kind: 'loses'
  readonly why: Note
  readonly ips: readonly Ip[]
  readonly pool?: string
  readonly part?: Kept
}

/** What a Service that has addresses may do with them. */
type Retention =
  | Kept
  | Lost
  /** Nothing can be given to such a Service at all. */
  | { readonly kind: 'not-allocatable'; readonly why: Note }

/**
 * Which of its addresses a Service may keep, whatever it requests: docs/metallb-behaviour.md §2.1, steps 2 to 8. Deviates: what concerns
 * one family or one entry of the status does not cost the others (docs/adr/0005).
 */
export function retain(holder: Holder, index: PoolIndex, table: AddressTable): Retention {
  const { service } = holder
  const why = withoutFamilies(service)
  if (why !== undefined) return { kind: 'not-allocatable', why }
  const ips = ofFamilies(holder)
  if (ips.length === 0) {
    return { kind: 'loses', ips, why: note('FamilyChanged', `${holder.ips.join(', ')} is not of the Service's families any more.`) }
  }
  const pool = index.holding(ips)
  if (pool === undefined) return withoutPool(service, ips, index)
  if (!index.permits(pool, service)) {
    const message = `The IPAddressPool ${pool.name} is reserved for other Services now.`
    return { kind: 'loses', ips, pool: pool.name, why: note('PoolNotPermitted', message) }
  }
  const objection = ips.map((ip) => table.objection(service, ip, isUnchanged(holder))).find((found) => found !== undefined)
  return objection === undefined ? { kind: 'keeps', ips, pool: pool.name } : { kind: 'loses', ips, pool: pool.name, why: objection }
}

/** Why the Service can have no address, whatever the pools hold. */
export function notAllocatable(service: Service, index: PoolIndex): Note | undefined {
  return index.pools.size === 0 ? noPools : withoutFamilies(service)
}

const noPools = note('NoPools', 'There is no IPAddressPool; create one.')

function withoutFamilies({ families, stack }: Service): Note | undefined {
  if (families.length === 0) return note('NoClusterIP', 'The Service has no cluster IP, so its address family is unknown.')
  if (stack === 'RequireDualStack' && families.length < 2) {
    return note('NotEnoughClusterIPs', 'ipFamilyPolicy is RequireDualStack, but the Service has only one cluster IP.')
  }
  return undefined
}

/** One of each of the Service's families, the first: what else its status says is nobody's. */
function ofFamilies({ ips, service: { families } }: Holder): readonly Ip[] {
  const taken = new Set<Family>()
  return ips.filter((ip) => {
    const family = familyOf(ip)
    if (!families.includes(family) || taken.has(family)) return false
    taken.add(family)
    return true
  })
}

/** No pool holds them all. One whose definition was never valid might: a Service keeps its addresses then. */
function withoutPool(service: Service, ips: readonly Ip[], index: PoolIndex): Retention {
  const named = index.pools.get(service.allocatedFrom ?? '')
  if (named !== undefined && named.definition === undefined) return { kind: 'keeps', ips, pool: named.name }
  const part = partOf(service, ips, index)
  const pool = index.former(ips)?.name ?? part?.pool
  const why = index.pools.size === 0 ? noPools : note('AddressNotInPool', `${ips.join(', ')} is in no IPAddressPool any more.`)
  return { kind: 'loses', ips, why, ...(pool === undefined ? {} : { pool }), ...(part === undefined ? {} : { part }) }
}

/** Of two addresses one may be in a pool still: the other family is found anew. */
function partOf(service: Service, ips: readonly Ip[], index: PoolIndex): Kept | undefined {
  if (ips.length < 2) return undefined
  for (const ip of ips) {
    const pool = index.holding([ip])
    if (pool !== undefined && index.permits(pool, service)) return { kind: 'keeps', ips: [ip], pool: pool.name }
  }
  return undefined
}

/** Whether a Service that may keep its addresses wants others. */
export function wantsOther({ ips, service: { request, requestedPool } }: Holder, pool: Pool['name']): boolean {
  if (requestedPool !== undefined && requestedPool !== pool) return true
  if ('fault' in request || request.ips.length === 0) return false
  return request.ips.length !== ips.length || !request.ips.every((ip) => ips.includes(ip))
}
