import { type Family, familyOf, type Ip } from '@loadstone/ip'
import type { Pool } from '../config/config'
import { type Note, note } from '../model/reasons'
import type { Service } from '../model/world'
import type { AddressTable } from './address-table'
import type { Holder } from './holder'
import type { Outcome } from './outcome'
import type { PoolIndex } from './pool-index'
import { notAllocatable } from './retain'

type Assigned = Extract<Outcome, { kind: 'assigned' }>
const refused = (why: Note): Outcome => ({ kind: 'refused', why })

/** An address for a Service that has none: what it names, else from the pool it names, else from the first pool that serves it. */
export function choose({ service, wished }: Pick<Holder, 'service' | 'wished'>, index: PoolIndex, table: AddressTable): Outcome {
  const why = notAllocatable(service, index)
  if (why !== undefined) return refused(why)
  if ('fault' in service.request) return refused(service.request.fault)
  if (service.request.ips.length > 0) return requested(service, service.request.ips, index, table)
  const again = sameAsBefore(service, wished, index)
  if (again !== undefined) return again
  if (service.requestedPool !== undefined) return fromNamedPool(service, service.requestedPool, index)
  const serving = index.automatic.filter((pool) => index.permits(pool, service))
  if (serving.length === 0) {
    const hint = 'all have autoAssign: false or serve other Services; the annotation metallb.io/address-pool names one'
    return refused(note('NoPoolPermits', `No IPAddressPool gives this Service an address on its own account: ${hint}.`))
  }
  return fromPools(service, serving, index)
}

/** What it had before it lost it, if that is free and could be given to it now. */
function sameAsBefore(service: Service, wished: readonly Ip[], index: PoolIndex): Assigned | undefined {
  const pool = wished.length === service.families.length ? index.holding(wished) : undefined
  if (pool === undefined || !sameFamilies(wished.map(familyOf), service.families)) return undefined
  const named = service.requestedPool === undefined ? pool.definition?.autoAssign === true : service.requestedPool === pool.name
  return named && index.permits(pool, service) && wished.every((ip) => index.isFree(ip))
    ? { kind: 'assigned', ips: wished, pool: pool.name }
    : undefined
}

/** The other family from the pool that the first address is from. */
export function extend(
  { service, ips }: Holder,
  { name, missing }: { readonly name: string; readonly missing: Family | undefined },
  index: PoolIndex,
): Assigned {
  const pool = index.pools.get(name)
  const ip = missing === undefined || pool === undefined ? undefined : index.available(service, pool, missing)
  if (ip === undefined) return { kind: 'assigned', ips, pool: name, shortfall: familyMissing({ ips, pool: name }, service) }
  return { kind: 'assigned', ips: [...ips, ip], pool: name }
}

function requested(service: Service, ips: readonly Ip[], index: PoolIndex, table: AddressTable): Outcome {
  const text = ips.join(', ')
  if (!sameFamilies(ips.map(familyOf), service.families)) {
    const message = `The Service requests ${text}, but has cluster IPs of ${service.families.map(familyName).join(' and ')}; request one address of each of its families.`
    return refused(note('FamilyMismatch', message))
  }
  const pool = index.holding(ips)
  if (pool === undefined) {
    const hint =
      ips.length > 1 ? 'no IPAddressPool holds both' : 'no IPAddressPool holds it, or only one that avoids addresses ending in .0 and .255'
    return refused(note('AddressNotInPool', `The Service requests ${text}; ${hint}.`))
  }
  if (!index.permits(pool, service)) return refused(notPermitted(pool))
  if (service.requestedPool !== undefined && service.requestedPool !== pool.name) {
    const message = `The Service requests ${text} of the IPAddressPool ${pool.name}, and names the pool ${service.requestedPool}.`
    return refused(note('AddressNotInNamedPool', message))
  }
  const objection = ips.map((ip) => table.objection(service, ip)).find((found) => found !== undefined)
  return objection === undefined ? { kind: 'assigned', ips, pool: pool.name } : refused(objection)
}

function fromNamedPool(service: Service, name: string, index: PoolIndex): Outcome {
  const pool = index.pools.get(name)
  if (pool === undefined) return refused(note('UnknownPool', `The Service names the IPAddressPool ${name}, which does not exist.`))
  return index.permits(pool, service) ? fromPools(service, [pool], index) : refused(notPermitted(pool))
}

const notPermitted = ({ name }: Pool): Note =>
  note('PoolNotPermitted', `The IPAddressPool ${name} is reserved for other Services by its serviceAllocation.`)

/** All families from one pool. PreferDualStack accepts one family, the primary one if possible. */
function fromPools(service: Service, pools: readonly Pool[], index: PoolIndex): Outcome {
  const both = firstThatGives(service, pools, service.families, index)
  if (both !== undefined) return both
  if (service.stack === 'PreferDualStack' && service.families.length === 2) {
    const order = [service.primary, ...service.families.filter((family) => family !== service.primary)]
    for (const family of order) {
      const one = firstThatGives(service, pools, [family], index)
      if (one !== undefined) return { ...one, shortfall: familyMissing(one, service) }
    }
  }
  const names = pools.map(({ name }) => name).join(', ')
  const wanted = service.families.map(familyName).join(' and ')
  return refused(
    note('PoolExhausted', `No free ${wanted} address in the IPAddressPool${pools.length > 1 ? 's' : ''} ${names}; enlarge it or add one.`),
  )
}

function familyMissing({ ips, pool }: Pick<Assigned, 'ips' | 'pool'>, { families, stack }: Service): Note {
  const missing = families.find((family) => !ips.some((ip) => familyOf(ip) === family)) ?? 'ipv6'
  return note(
    'FamilyMissing',
    `${stack}: the IPAddressPool ${pool} has no free ${familyName(missing)} address to add to ${ips.join(', ')}.`,
  )
}

function firstThatGives(service: Service, pools: readonly Pool[], families: readonly Family[], index: PoolIndex): Assigned | undefined {
  const order = [...families].sort() // IPv4 first in the status, as in MetalLB
  for (const pool of pools) {
    const ips = order.flatMap((family) => index.available(service, pool, family) ?? [])
    if (ips.length === order.length) return { kind: 'assigned', ips, pool: pool.name }
  }
  return undefined
}

const familyName = (family: Family): string => (family === 'ipv4' ? 'IPv4' : 'IPv6')

const sameFamilies = (a: readonly Family[], b: readonly Family[]): boolean =>
  a.length === b.length && a.every((family) => b.includes(family))
