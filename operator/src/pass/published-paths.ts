import type { AnnouncementSliceSpec, RouteSetSpec } from '@loadstone/plan'
import type { Decided } from '../publish/publish'
import { type ApplyWrite, objectOf, type PlanObject } from '../publish/write'

/** Prefixes that an object announces, and addresses that its node answers for as their first candidate. */
type Items = ReadonlySet<string>

const nothing: Items = new Set()

/** What an object announces. A plan announces nothing itself. */
export function itemsOf(object: PlanObject): Items {
  switch (object.kind) {
    case 'AnnouncementPlan':
      return nothing
    case 'AnnouncementSlice':
      return sliceItems(object.spec)
    case 'RouteSet':
      return setItems(object.spec)
  }
}

const setItems = ({ routes }: RouteSetSpec): Items => new Set(routes.map(({ prefix }) => prefix))

const sliceItems = ({ node, l2, routes }: AnnouncementSliceSpec): Items =>
  new Set([
    ...l2.flatMap(({ address, candidates }): readonly string[] => (candidates[0] === node ? [address] : [])),
    ...routes.map(({ prefix }) => prefix),
  ])

type Listing = { readonly slices: readonly string[]; readonly routeSets: readonly string[] }

/** The objects that a plan lists, as objectOf names them. */
export const listingOf = ({ slices, routeSets }: Listing): readonly string[] => [
  ...slices.map((name) => `AnnouncementSlice ${name}`),
  ...routeSets.map((name) => `RouteSet ${name}`),
]

/** Which addresses and prefixes have a path that speakers can read, if some writes of a pass are missing. */
export class PublishedPaths {
  readonly #missing: ReadonlySet<string>
  readonly #before: ReadonlyMap<string, Items>
  readonly #listedBefore: ReadonlyMap<string, readonly string[]>
  /** The objects that are to announce each address and prefix. */
  readonly #carriers = new Map<string, string[]>()
  readonly #listed = new Set<string>()

  constructor(missing: readonly ApplyWrite[], { world, plan }: Decided) {
    this.#missing = new Set(missing.map(objectOf))
    this.#before = new Map([
      ...world.slices.map(({ meta, spec }): [string, Items] => [`AnnouncementSlice ${meta.name}`, sliceItems(spec)]),
      ...world.routeSets.map(({ meta, spec }): [string, Items] => [`RouteSet ${meta.name}`, setItems(spec)]),
    ])
    this.#listedBefore = new Map([...world.plans].map(([node, { spec }]) => [node, listingOf(spec)]))
    for (const { name, spec } of plan.slices) this.#carry(`AnnouncementSlice ${name}`, sliceItems(spec))
    for (const { name, spec } of plan.routeSets) this.#carry(`RouteSet ${name}`, setItems(spec))
    for (const [node, spec] of plan.plans) {
      const listing = this.#missing.has(`AnnouncementPlan ${node}`) ? this.listedBefore(node) : listingOf(spec)
      for (const id of listing) this.#listed.add(id)
    }
  }

  itemsBefore(id: string): Items {
    return this.#before.get(id) ?? nothing
  }

  listedBefore(node: string): readonly string[] {
    return this.#listedBefore.get(node) ?? []
  }

  /** Whether it should exist by now, but does not. */
  isAbsent(id: string): boolean {
    return this.#missing.has(id) && !this.#before.has(id)
  }

  /** Whether somebody announces it without the object that is about to lose it, or nobody has to any more. */
  remains(item: string, listed: readonly string[] = []): boolean {
    const carriers = this.#carriers.get(item)
    if (carriers === undefined) return true
    const written = (id: string): boolean => !this.#missing.has(id) || this.itemsBefore(id).has(item)
    return carriers.some((id) => written(id) && (listed.includes(id) || this.#listed.has(id)))
  }

  #carry(id: string, items: Items): void {
    for (const item of items) {
      const known = this.#carriers.get(item)
      if (known === undefined) this.#carriers.set(item, [id])
      else known.push(id)
    }
  }
}
