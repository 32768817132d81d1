/** Listeners by event name: typed, synchronous, in the order they came. */
export class Listeners<Events> {
  readonly #listeners = new Map<keyof Events, Set<(event: never) => void>>()

  /** Calls the listener at each such event, until the returned function is called. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
    const set = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, set)
    // wrapped, so that the same function may listen twice and each registration ends by itself
    const own = (event: Events[Name]): void => listener(event)
    set.add(own)
    return () => void set.delete(own)
  }

  has(name: keyof Events): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) (listener as (event: Events[Name]) => void)(event)
  }

  /** The next such event; rejects with the signal's reason when it aborts first. */
  once<Name extends keyof Events>(name: Name, signal?: AbortSignal): Promise<Events[Name]> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const abort = (): void => {
        off()
        reject(signal?.reason)
      }
      const off = this.on(name, (event) => {
        off()
        signal?.removeEventListener('abort', abort)
        resolve(event)
      })
      signal?.addEventListener('abort', abort, { once: true })
    })
  }
}
