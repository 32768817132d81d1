import type { Ip } from '@loadstone/ip'
import type { ServiceKey } from '@loadstone/plan'
import { memoryText, wishText } from '../model/memory'
import type { Service } from '../model/world'
import type { ServiceWrite } from '../publish/write'

type Ordered = {
  readonly now: readonly ServiceWrite[]
  readonly later: readonly ServiceWrite[]
}

const keyOf = ({ service: { namespace, name } }: ServiceWrite): ServiceKey => `${namespace}/${name}`

/**
 * The writes that may begin: those that take no address which another Service still has and is about to give up. If all wait for each
 * other, as two Services do that exchange their addresses, the first gives up its own and takes nothing yet.
 */
export function nextWrites(writes: readonly ServiceWrite[], services: ReadonlyMap<ServiceKey, Service>): Ordered {
  const has = (write: ServiceWrite): readonly Ip[] => services.get(keyOf(write))?.ips ?? []
  const leaving = new Map<Ip, Set<ServiceKey>>()
  for (const write of writes) {
    for (const ip of has(write)) {
      if (!write.ips.includes(ip)) leaving.set(ip, (leaving.get(ip) ?? new Set()).add(keyOf(write)))
    }
  }
  const waits = (write: ServiceWrite): boolean =>
    write.ips.some((ip) => !has(write).includes(ip) && [...(leaving.get(ip) ?? [])].some((other) => other !== keyOf(write)))
  const now = writes.filter((write) => !waits(write))
  const [first, ...others] = writes
  if (now.length > 0 || first === undefined) return { now, later: writes.filter(waits) }
  const service = services.get(keyOf(first))
  return { now: [service === undefined ? first : released(first, service)], later: others }
}

/** Gives up what is to be given up, and takes nothing: what is kept is noted as given, and what was had as a wish. */
function released(write: ServiceWrite, service: Service): ServiceWrite {
  const ips = write.ips.filter((ip) => service.ips.includes(ip))
  return { ...write, ips, memory: ips.length > 0 ? memoryText(ips, service) : wishText(service.ips), events: [] }
}
