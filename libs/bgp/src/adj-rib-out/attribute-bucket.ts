import type { Nlri } from '../message/update/nlri'
import type { Route } from './route'
import type { NotAdvertisedReason } from './unannounced'
import type { RouteAttributes, UpdateEncoder } from './update-encoder'

/** One route. It has these fields only, because 100,000 routes are common. */
export type PrefixEntry = {
  readonly nlri: Nlri
  readonly pathId: number
  wanted: AttributeBucket | undefined
  /** Attributes last advertised, in `epoch`. FamilyTable decides whether that epoch still counts. */
  advertised: AttributeBucket | undefined
  epoch: number
  /** The pass that named it last. */
  pass: number
  /** Neighbours in the list that has the entry; the entry itself if none has. */
  before: PrefixEntry
  after: PrefixEntry
}

export function newEntry(nlri: Nlri, pathId: number): PrefixEntry {
  const entry = { nlri, pathId, wanted: undefined, advertised: undefined, epoch: 0, pass: 0 } as Omit<
    PrefixEntry,
    'before' | 'after'
  > as PrefixEntry
  entry.before = entry
  entry.after = entry
  return entry
}

export function unlink(entry: PrefixEntry): void {
  entry.before.after = entry.after
  entry.after.before = entry.before
  entry.before = entry
  entry.after = entry
}

/**
 * A doubly linked list. An entry is in one list at a time and is unlinked in constant time, and a whole list moves to another at once:
 * when a session comes up or goes, no entry is touched.
 */
export class EntryList {
  readonly #end = newEntry('' as Nlri, 0)

  get first(): PrefixEntry | undefined {
    return this.next(this.#end)
  }

  next({ after }: PrefixEntry): PrefixEntry | undefined {
    return after === this.#end ? undefined : after
  }

  /** Moves the entry to the end of this list, from whichever list has it. */
  take(entry: PrefixEntry): void {
    unlink(entry)
    link(this.#end.before, entry)
    link(entry, this.#end)
  }

  takeAll(from: EntryList): void {
    if (from.first !== undefined) this.takeUpTo(from.#end.before, from)
  }

  /** Moves the entries of another list, from its first to `last`. */
  takeUpTo(last: PrefixEntry, from: EntryList): void {
    const { after: first } = from.#end
    link(from.#end, last.after)
    link(this.#end.before, first)
    link(last, this.#end)
  }
}

function link(before: PrefixEntry, after: PrefixEntry): void {
  before.after = after
  after.before = before
}

/** Attributes with the routes that have them: `idle` entries need no message, `pending` entries wait to be advertised. */
export type AttributeBucket = {
  readonly key: string
  readonly attributes: RouteAttributes
  readonly idle: EntryList
  readonly pending: EntryList
  /** Numbers of entries that want these attributes, and that were advertised with them. */
  wanting: number
  advertised: number
  encoder: UpdateEncoder | NotAdvertisedReason | undefined
}

type LastUse = { readonly route: Route; readonly bucket: AttributeBucket }

/** The buckets of one table, found by their attributes. */
export class AttributeBuckets {
  readonly #byKey = new Map<string, AttributeBucket>()
  /** Routes mostly come in runs with the same attributes, or take turns with lists that are the same objects. */
  #last: LastUse | undefined
  readonly #byList = new WeakMap<object, LastUse>()

  all(): Iterable<AttributeBucket> {
    return this.#byKey.values()
  }

  of(route: Route): AttributeBucket {
    const use = this.#lastUse(route)
    if (use !== undefined) return use.bucket
    const key = attributesKey(route)
    let bucket = this.#byKey.get(key)
    if (bucket === undefined) {
      const { prefix, pathId, ...attributes } = route
      bucket = { key, attributes, idle: new EntryList(), pending: new EntryList(), wanting: 0, advertised: 0, encoder: undefined }
      this.#byKey.set(key, bucket)
    }
    this.#last = { route, bucket }
    if (route.communities !== undefined) this.#byList.set(route.communities, this.#last)
    return bucket
  }

  delete(bucket: AttributeBucket): void {
    this.#byKey.delete(bucket.key)
  }

  /** A bucket that was deleted meanwhile is not used again. */
  #lastUse(route: Route): LastUse | undefined {
    const { communities } = route
    if (this.#last !== undefined && this.#same(this.#last, route)) return this.#last
    const use = communities === undefined ? undefined : this.#byList.get(communities)
    return use !== undefined && this.#same(use, route) ? use : undefined
  }

  #same({ route, bucket }: LastUse, other: Route): boolean {
    return sameAttributes(route, other) && bucket.wanting + bucket.advertised > 0
  }
}

const fields = [
  'nextHop',
  'origin',
  'localPref',
  'med',
  'asPathPrepend',
  'communities',
  'extendedCommunities',
  'largeCommunities',
] as const satisfies readonly (keyof RouteAttributes)[]

/** Compares field by field, because it runs for every route. Lists are equal only if they are the same object. */
const sameAttributes = (a: Route, b: Route): boolean =>
  a.communities === b.communities &&
  a.nextHop === b.nextHop &&
  a.largeCommunities === b.largeCommunities &&
  a.extendedCommunities === b.extendedCommunities &&
  sameNumbers(a, b)

const sameNumbers = (a: Route, b: Route): boolean =>
  a.origin === b.origin && a.localPref === b.localPref && a.med === b.med && a.asPathPrepend === b.asPathPrepend

/** A key that is equal for equal attributes. Lists count in order. */
const attributesKey = (route: Route): string => fields.map((field) => String(route[field] ?? '')).join('|')
