/** Typed events by name. A listener that throws is a bug of its owner and is not caught. */
export class Listeners<Events> {
  readonly #byName = new Map<keyof Events, Set<(event: never) => void>>()

  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
    const all = this.#byName.get(name) ?? new Set()
    this.#byName.set(name, all)
    const own = (event: Events[Name]): void => listener(event) // one entry for each call, even with the same function
    all.add(own)
    return () => void all.delete(own)
  }

  once<Name extends keyof Events>(name: Name, signal?: AbortSignal): Promise<Events[Name]> {
    return new Promise((resolve, reject) => {
      const aborted = (): void => {
        off()
        reject(signal?.reason as Error)
      }
      const off = this.on(name, (event) => {
        off()
        signal?.removeEventListener('abort', aborted)
        resolve(event)
      })
      if (signal?.aborted) return aborted()
      signal?.addEventListener('abort', aborted, { once: true })
    })
  }

  tell<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of [...(this.#byName.get(name) ?? [])]) (listener as (event: Events[Name]) => void)(event)
  }
}
