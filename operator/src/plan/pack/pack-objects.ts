import { type AnnouncementSliceSpec, type L2Entry, maxEntries, type PlannedRoute, type RouteSetSpec, sliceName } from '@loadstone/plan'
import { compare } from '../../model/json'
import type { Published, World } from '../../model/world'
import { shownServices } from '../bgp/merge-routes'
import { routeSetName } from '../bgp/node-groups'
import type { Routes } from '../bgp/plan-bgp'
import type { L2Placement } from '../l2/placement'
import { type Item, type Packed, pack, type Shelf } from './pack'

/** An object of the plan: `spec` is its final content; `interim` also has items that are moving to other objects. */
export type PlannedObject<Spec> = { readonly name: string; readonly spec: Spec; readonly interim: Spec }

/** Routes by prefix. All routes of a prefix belong into one object. */
const byPrefix = (routes: readonly PlannedRoute[]): ReadonlyMap<string, readonly PlannedRoute[]> => {
  const found = new Map<string, PlannedRoute[]>()
  for (const route of routes) {
    const known = found.get(route.prefix)
    if (known === undefined) found.set(route.prefix, [route])
    else known.push(route)
  }
  return found
}

/** Packs the routes of one audience into RouteSets. */
export function packRouteSets(
  audience: string,
  routes: Routes,
  published: readonly Published<RouteSetSpec>[],
  moved: ReadonlySet<string>,
): readonly PlannedObject<RouteSetSpec>[] {
  const before = published.filter(({ spec }) => spec.audience === audience)
  const known = new Map(before.map(({ meta, spec }) => [meta.name, byPrefix(spec.routes)]))
  const packed = pack({
    shelves: [...known].map(([name, held]): Shelf => ({ name, items: [...held].map(itemOf) })),
    wanted: new Map([...routes].map((entry) => [entry[0], itemOf(entry)])),
    limit: maxEntries,
    movedAway: (prefix) => moved.has(prefix) && !routes.has(prefix),
    nameOf: (n) => routeSetName(audience, n),
  })
  return [...packed].map(([name, { keys, held }]) => {
    const final = keys.flatMap((prefix) => routes.get(prefix) ?? [])
    const kept = held.flatMap((prefix) => known.get(name)?.get(prefix) ?? [])
    return { name, spec: { audience, routes: sorted(final) }, interim: { audience, routes: sorted([...final, ...kept]) } }
  })
}

const itemOf = ([key, { length }]: readonly [string, readonly unknown[]]): Item => ({ key, size: length })

const sorted = (routes: readonly PlannedRoute[]): readonly PlannedRoute[] =>
  [...routes].sort((a, b) => compare(a.prefix, b.prefix) || compare(a.peers?.join() ?? '', b.peers?.join() ?? ''))

/** Packs entries and routes of one node into slices. */
export function packSlices(
  node: string,
  content: { readonly l2: readonly L2Placement[]; readonly routes: Routes },
  published: World['slices'],
  moved: ReadonlySet<string>,
): readonly PlannedObject<AnnouncementSliceSpec>[] {
  const entries = new Map(content.l2.map((placement) => [placement.address as string, entryOf(placement, node)]))
  const known = new Map(published.map(({ meta, spec }) => [meta.name, { l2: spec.l2, routes: byPrefix(spec.routes) }]))
  const packed = pack({
    shelves: [...known].map(
      ([name, { l2, routes }]): Shelf => ({
        name,
        items: [...l2.map(({ address }) => ({ key: address, size: 1 })), ...[...routes].map(itemOf)],
      }),
    ),
    // Keys of addresses and prefixes differ: only a prefix has a slash.
    wanted: new Map([
      ...[...entries.keys()].map((key): [string, Item] => [key, { key, size: 1 }]),
      ...[...content.routes].map((entry): [string, Item] => [entry[0], itemOf(entry)]),
    ]),
    limit: maxEntries,
    movedAway: (key) => moved.has(key) && !content.routes.has(key),
    nameOf: (n) => sliceName(node, n),
  })
  return [...packed].map(([name, shelf]) => {
    const l2 = shelf.keys.flatMap((key) => entries.get(key) ?? []).sort(byAddress)
    const before = known.get(name)?.l2 ?? []
    const { final, interim } = routesOf(shelf, content.routes, known.get(name)?.routes)
    return { name, spec: { node, l2, routes: final }, interim: { node, l2: interimEntries(node, l2, before), routes: interim } }
  })
}

/** What the node answers for stays with it until the node that is to answer has been told. */
function interimEntries(node: string, l2: readonly L2Entry[], before: readonly L2Entry[]): readonly L2Entry[] {
  const owned = new Map(before.filter(({ candidates }) => candidates[0] === node).map((entry) => [entry.address, entry]))
  return l2.map((entry) => (entry.candidates[0] === node ? entry : (owned.get(entry.address) ?? entry)))
}

const byAddress = (a: L2Entry, b: L2Entry): number => compare(a.address, b.address)

function routesOf(
  { keys, held }: Packed,
  routes: Routes,
  known: Routes | undefined,
): { readonly final: readonly PlannedRoute[]; readonly interim: readonly PlannedRoute[] } {
  const final = keys.flatMap((key) => routes.get(key) ?? [])
  const kept = held.flatMap((key) => known?.get(key) ?? [])
  return { final: sorted(final), interim: sorted([...final, ...kept]) }
}

function entryOf({ address, services, candidates, term, from, interfaces }: L2Placement, node: string): L2Entry {
  const wanted = interfaces.get(node)
  return {
    address,
    services: services.slice(0, shownServices),
    candidates,
    term,
    ...(from === undefined ? {} : { from }),
    ...(wanted === undefined || wanted.length === 0 ? {} : { interfaces: wanted }),
  }
}
