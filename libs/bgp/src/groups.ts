import type { Silence } from './events'
import type { Route } from './route'
import { Ring } from './row'
import type { RouteAttributes, Speech } from './speech'

/** Attributes that routes share, and the rows that want them: those of which nothing is to be said, and those that wait to be said. */
export type Group = {
  readonly key: string
  readonly attributes: RouteAttributes
  readonly resting: Ring
  readonly waiting: Ring
  /** Rows that want it, and rows the peer was told with it. */
  wanting: number
  told: number
  speech: Speech | Silence | undefined
}

type Seen = { readonly route: Route; readonly group: Group }

/** The groups of one table, found by their attributes. */
export class Groups {
  readonly #byKey = new Map<string, Group>()
  /** Routes mostly come in runs with the same attributes, or take turns with lists that are the same objects. */
  #last: Seen | undefined
  readonly #byList = new WeakMap<object, Seen>()

  all(): Iterable<Group> {
    return this.#byKey.values()
  }

  of(route: Route): Group {
    const seen = this.#seen(route)
    if (seen !== undefined) return seen.group
    const key = attributesKey(route)
    let group = this.#byKey.get(key)
    if (group === undefined) {
      const { prefix, pathId, ...attributes } = route
      group = { key, attributes, resting: new Ring(), waiting: new Ring(), wanting: 0, told: 0, speech: undefined }
      this.#byKey.set(key, group)
    }
    this.#last = { route, group }
    if (route.communities !== undefined) this.#byList.set(route.communities, this.#last)
    return group
  }

  delete(group: Group): void {
    this.#byKey.delete(group.key)
  }

  /** A group that was deleted meanwhile is not used again. */
  #seen(route: Route): Seen | undefined {
    const { communities } = route
    if (this.#last !== undefined && this.#same(this.#last, route)) return this.#last
    const seen = communities === undefined ? undefined : this.#byList.get(communities)
    return seen !== undefined && this.#same(seen, route) ? seen : undefined
  }

  #same({ route, group }: Seen, other: Route): boolean {
    return sameAttributes(route, other) && group.wanting + group.told > 0
  }
}

const fields = [
  'nextHop',
  'origin',
  'localPref',
  'med',
  'communities',
  'extendedCommunities',
  'largeCommunities',
] as const satisfies readonly (keyof RouteAttributes)[]

/** Field by field, since it runs for every route; a list counts as the same only if it is the same object. */
const sameAttributes = (a: Route, b: Route): boolean =>
  a.communities === b.communities &&
  a.nextHop === b.nextHop &&
  a.largeCommunities === b.largeCommunities &&
  a.extendedCommunities === b.extendedCommunities &&
  sameNumbers(a, b)

const sameNumbers = (a: Route, b: Route): boolean => a.origin === b.origin && a.localPref === b.localPref && a.med === b.med

/** Equal for equal attributes: lists in order, and what is absent like its absence. */
const attributesKey = (route: Route): string => fields.map((field) => String(route[field] ?? '')).join('|')
