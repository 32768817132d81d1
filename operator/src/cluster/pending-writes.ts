/**
 * Own writes that the watch does not show yet, so that the next pass starts from them. A written object replaces the watched one until the
 * watch has come to its resourceVersion: from then on the watch knows better, also if somebody deleted or changed the object since.
 */
export class PendingWrites<T> {
  readonly #versionOf: (object: T) => string
  readonly #written = new Map<string, Written<T>>()
  readonly #deleted = new Map<string, T | undefined>()

  /** `versionOf` returns the resourceVersion. */
  constructor(versionOf: (object: T) => string) {
    this.#versionOf = versionOf
  }

  /** Adds a write. `before` is the object that the watch showed; `after` is the object as written, undefined if deleted. */
  put(key: string, before: T | undefined, after: T | undefined): void {
    this.#written.delete(key)
    this.#deleted.delete(key)
    if (after === undefined) this.#deleted.set(key, before)
    else this.#written.set(key, { after, version: this.#versionOf(after) })
  }

  /** The resourceVersion of the object as written last, or as watched if that is newer; undefined if there is none. */
  versionOf(key: string, watched: T | undefined): string | undefined {
    const written = this.#written.get(key)?.version
    const shown = watched === undefined ? undefined : this.#versionOf(watched)
    if (written === undefined || shown === undefined) return written ?? shown
    return isAtLeast(shown, written) ? shown : written
  }

  /** The watched objects, which are known up to `resourceVersion`, replaced by written ones where the watch lags. */
  appliedTo(objects: ReadonlyMap<string, T>, resourceVersion: string): ReadonlyMap<string, T> {
    if (this.#written.size + this.#deleted.size === 0) return objects
    const seen = new Map(objects)
    for (const [key, { after, version }] of this.#written) {
      if (isAtLeast(resourceVersion, version)) this.#written.delete(key)
      else seen.set(key, after)
    }
    for (const [key, before] of this.#deleted) {
      // The answer to a deletion has no version. Another object of the same name is another object.
      if (objects.get(key) !== before || before === undefined) this.#deleted.delete(key)
      else seen.delete(key)
    }
    return seen
  }
}

type Written<T> = { readonly after: T; readonly version: string }

/** Resource versions are whole numbers that rise; they may be longer than a double is exact. */
const isAtLeast = (a: string, b: string): boolean => (a.length === b.length ? a >= b : a.length > b.length)
