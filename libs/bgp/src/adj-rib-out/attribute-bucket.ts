import type { Nlri } from '../message/nlri'
import type { Route } from './route'
import type { Silence } from './unannounced'
import type { RouteAttributes, Speech } from './update-encoder'

/** One route. 100,000 are an everyday case, so there is nothing in it but this. */
export type Row = {
  readonly nlri: Nlri
  readonly pathId: number
  wanted: Group | undefined
  /** What the peer was told last, in the epoch in which it was: whether that still holds is the table's business. */
  told: Group | undefined
  epoch: number
  /** The pass that named it last. */
  pass: number
  /** Its neighbours in the ring it is in; itself, if it is in none. */
  before: Row
  after: Row
}

export function newRow(nlri: Nlri, pathId: number): Row {
  const row = { nlri, pathId, wanted: undefined, told: undefined, epoch: 0, pass: 0 } as Omit<Row, 'before' | 'after'> as Row
  row.before = row
  row.after = row
  return row
}

export function unlink(row: Row): void {
  row.before.after = row.after
  row.after.before = row.before
  row.before = row
  row.after = row
}

/**
 * Rows in order. A row is in one ring at a time and leaves it without looking for it, and all rows of a ring pass to another at once:
 * when a session comes up or goes, no row is touched.
 */
export class Ring {
  readonly #end = newRow('' as Nlri, 0)

  get first(): Row | undefined {
    return this.next(this.#end)
  }

  next({ after }: Row): Row | undefined {
    return after === this.#end ? undefined : after
  }

  /** To the end of this ring, from whatever ring it is in. */
  take(row: Row): void {
    unlink(row)
    link(this.#end.before, row)
    link(row, this.#end)
  }

  takeAll(from: Ring): void {
    if (from.first !== undefined) this.takeUpTo(from.#end.before, from)
  }

  /** The rows of another ring from its first to this one. */
  takeUpTo(last: Row, from: Ring): void {
    const { after: first } = from.#end
    link(from.#end, last.after)
    link(this.#end.before, first)
    link(last, this.#end)
  }
}

function link(before: Row, after: Row): void {
  before.after = after
  after.before = before
}

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
