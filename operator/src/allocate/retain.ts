import { familyOf, type Ip } from '@loadstone/ip'
import { type Note, note } from '../model/reasons'
import type { Service } from '../model/world'
import type { AddressTable } from './address-table'
import type { PoolIndex } from './pool-index'

/** Whether a Service may keep its addresses. */
type Retention =
  | { readonly kind: 'keeps'; readonly pool: string }
  | { readonly kind: 'loses'; readonly why: Note }
  /** The Service can have no address at all. */
  | { readonly kind: 'not-allocatable'; readonly why: Note }

/** Whether a Service may keep the addresses in its status, whatever it requests: docs/metallb-behaviour.md §2.1, steps 2 to 8. */
export function retain(service: Service, index: PoolIndex, table: AddressTable): Retention {
  const why = notAllocatable(service, index)
  if (why !== undefined) return { kind: 'not-allocatable', why }
  if (!familiesFit(service))
    return { kind: 'loses', why: note('FamilyChanged', `${service.ips.join(', ')} is not of the Service's families any more.`) }
  const pool = index.holding(service.ips) ?? unreadablePool(service, index)
  if (pool === undefined)
    return { kind: 'loses', why: note('AddressNotInPool', `${service.ips.join(', ')} is in no IPAddressPool any more.`) }
  if (!index.permits(pool, service)) {
    return { kind: 'loses', why: note('PoolNotPermitted', `The IPAddressPool ${pool.name} is reserved for other Services now.`) }
  }
  const objection = service.ips.map((ip) => table.objection(service, ip)).find((found) => found !== undefined)
  return objection === undefined ? { kind: 'keeps', pool: pool.name } : { kind: 'loses', why: objection }
}

/** Why the Service can have no address, whatever the pools hold. */
export function notAllocatable(service: Service, index: PoolIndex): Note | undefined {
  if (index.pools.size === 0) return note('NoPools', 'There is no IPAddressPool; create one.')
  if (service.families.length === 0) return note('NoClusterIP', 'The Service has no cluster IP, so its address family is unknown.')
  if (service.stack === 'RequireDualStack' && service.families.length < 2) {
    return note('NotEnoughClusterIPs', 'ipFamilyPolicy is RequireDualStack, but the Service has only one cluster IP.')
  }
  return undefined
}

/** Whether the addresses are one of each family of the Service. For PreferDualStack one family suffices. */
function familiesFit({ ips, families, stack, foreign }: Service): boolean {
  const have = ips.map(familyOf)
  if (foreign || new Set(have).size !== have.length || !have.every((family) => families.includes(family))) return false
  return have.length === families.length || stack === 'PreferDualStack'
}

/** The pool of the address, if its definition was never valid: a Service keeps its address then. */
function unreadablePool(
  { allocatedFrom }: Service,
  index: PoolIndex,
): { readonly name: string; readonly labels: Service['meta']['labels']; readonly definition: undefined } | undefined {
  const pool = index.pools.get(allocatedFrom ?? '')
  return pool !== undefined && pool.definition === undefined ? { ...pool, definition: undefined } : undefined
}

/** Whether a Service that may keep its addresses wants others. */
export function wantsOther({ ips, request, requestedPool }: Service, pool: string): boolean {
  if (requestedPool !== undefined && requestedPool !== pool) return true
  if ('fault' in request || request.ips.length === 0) return false
  return request.ips.length !== ips.length || !request.ips.every((ip) => includes(ips, ip))
}

const includes = (ips: readonly Ip[], ip: Ip): boolean => ips.includes(ip)
