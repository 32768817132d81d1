/**
 * Own writes that the watch does not show yet, so that the next pass starts from them. An entry replaces the watched object while the
 * watch shows the state from before the first write, or one of the writes before the last. With any other state the entry is dropped.
 */
export class PendingWrites<T> {
  readonly #versionOf: (object: T) => string | undefined
  readonly #entries = new Map<string, Entry<T>>()

  /** `versionOf` returns the resourceVersion, which identifies a write. */
  constructor(versionOf: (object: T) => string | undefined) {
    this.#versionOf = versionOf
  }

  /** Adds a write. `before` is the object that the watch showed; `after` is the object as written, undefined if deleted. */
  put(key: string, before: T | undefined, after: T | undefined): void {
    const last = this.#entries.get(key)
    const earlier = last === undefined || !this.#isBehind(last, before) ? [] : [...last.earlier, ...this.#versions(last.after)]
    this.#entries.set(key, { before, after, earlier })
  }

  /** The watched objects, replaced by written ones where the watch lags. */
  appliedTo(objects: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
    if (this.#entries.size === 0) return objects
    const seen = new Map(objects)
    for (const [key, entry] of this.#entries) {
      if (!this.#isBehind(entry, objects.get(key))) this.#entries.delete(key)
      else if (entry.after === undefined) seen.delete(key)
      else seen.set(key, entry.after)
    }
    return seen
  }

  #isBehind({ before, earlier }: Entry<T>, shown: T | undefined): boolean {
    return shown === before || this.#versions(shown).some((version) => earlier.includes(version))
  }

  #versions(object: T | undefined): readonly string[] {
    const version = object === undefined ? undefined : this.#versionOf(object)
    return version === undefined ? [] : [version]
  }
}

/** `earlier` has the versions of writes before the last one, which the watch may still show. */
type Entry<T> = { readonly before: T | undefined; readonly after: T | undefined; readonly earlier: readonly string[] }
