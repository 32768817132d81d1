import { familyOf, type Ip, parsePrefix, prefixContains } from '@loadstone/ip'
import { widthOf } from '@loadstone/ip/bytes'
import type { Decided } from '../publish/publish'
import { type ApplyWrite, objectOf, type Write } from '../publish/write'
import { itemsOf, listingOf, PublishedPaths } from './published-paths'

/** The reports without those that speak of what was not published: addresses of objects, and sessions of plans, that were not written. */
export function reportsOf(reports: readonly Write[], unwritten: readonly Write[], decided: Decided): readonly Write[] {
  const missing = unwritten.filter((write) => write.do === 'apply')
  if (missing.length === 0) return reports
  const { items, peers } = doubtful(missing, decided)
  const wide = [...items].filter((item) => !/(\.\d+\/32|:.*\/128)$/.test(item)).flatMap((item) => parsePrefix(item) ?? [])
  const isDoubtful = (ip: Ip): boolean =>
    items.has(ip) || items.has(`${ip}/${widthOf(familyOf(ip))}`) || wide.some((prefix) => prefixContains(prefix, ip))
  return reports.filter((write) => {
    if (write.do === 'service-status') return !write.ips.some(isDoubtful)
    return write.do !== 'status' || write.kind !== 'BGPPeer' || !peers.has(write.object.name)
  })
}

type Doubtful = { readonly items: ReadonlySet<string>; readonly peers: ReadonlySet<string> }

function doubtful(missing: readonly ApplyWrite[], decided: Decided): Doubtful {
  const paths = new PublishedPaths(missing, decided)
  const items = new Set<string>()
  const peers = new Set<string>()
  const add = (some: Iterable<string>): void => {
    for (const item of some) items.add(item)
  }
  for (const write of missing) {
    const { object, name } = write
    add(itemsOf(object))
    add(paths.itemsBefore(objectOf(write)))
    if (object.kind !== 'AnnouncementPlan') continue
    // What a plan lists is announced by its sessions, which are not there either.
    for (const id of listingOf(object.spec)) add(paths.itemsToBe(id))
    for (const { peer } of [...object.spec.sessions, ...(decided.world.plans.get(name)?.spec.sessions ?? [])]) peers.add(peer)
  }
  return { items, peers }
}
