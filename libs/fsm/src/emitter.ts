/** Typed events by name. Listeners are called at once, in the order they came. One that throws is a fault of its owner and is not caught. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<(event: never) => void>>()

  /** Calls the listener at each such event, until the returned function is called. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
    const all = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, all)
    // Wrapped, so that the same function may listen twice and each registration ends by itself.
    const own = (event: Events[Name]): void => listener(event)
    all.add(own)
    return () => void all.delete(own)
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

  /** Listeners that are added meanwhile hear the next event; one that is taken away meanwhile still hears this one. */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) (listener as (event: Events[Name]) => void)(event)
  }
}
