/**
 * What we have written and the watch has not told us yet, so that the next pass builds on it. An entry counts as long as the watch
 * shows what it showed when we wrote; as soon as it shows anything else, the watch is right.
 */
export class Overlay<T> {
  readonly #entries = new Map<string, { readonly before: T | undefined; readonly after: T | undefined }>()

  /** `before` is what the watch showed then; `after` undefined means deleted. */
  put(key: string, before: T | undefined, after: T | undefined): void {
    this.#entries.set(key, { before, after })
  }

  /** The watch's objects with ours in their place. */
  over(objects: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
    if (this.#entries.size === 0) return objects
    const seen = new Map(objects)
    for (const [key, { before, after }] of this.#entries) {
      if (objects.get(key) !== before) this.#entries.delete(key)
      else if (after === undefined) seen.delete(key)
      else seen.set(key, after)
    }
    return seen
  }
}
