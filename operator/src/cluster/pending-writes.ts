/**
 * What we have written and the watch has not told us yet, so that the next pass builds on it. An entry counts as long as the watch shows
 * what it showed when we first wrote, or what we wrote in between: a watch that lags tells of each write in turn, and only the last one
 * counts. As soon as it shows anything else, the watch is right.
 */
export class PendingWrites<T> {
  readonly #versionOf: (object: T) => string | undefined
  readonly #entries = new Map<string, Entry<T>>()

  /** `versionOf` is the resourceVersion, by which a write of ours is known again. */
  constructor(versionOf: (object: T) => string | undefined) {
    this.#versionOf = versionOf
  }

  /** `before` is what the watch showed then; `after` undefined means deleted. */
  put(key: string, before: T | undefined, after: T | undefined): void {
    const last = this.#entries.get(key)
    const earlier = last === undefined || !this.#isBehind(last, before) ? [] : [...last.earlier, ...this.#versions(last.after)]
    this.#entries.set(key, { before, after, earlier })
  }

  /** The watch's objects with ours in their place. */
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

/** `earlier` are the versions of our writes that came before the last, and that the watch may still tell of. */
type Entry<T> = { readonly before: T | undefined; readonly after: T | undefined; readonly earlier: readonly string[] }
