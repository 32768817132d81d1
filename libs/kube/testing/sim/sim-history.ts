import type { KubeObject } from '../../src'

export type Fact = { readonly revision: number; readonly before?: KubeObject; readonly after?: KubeObject }

/** All changes of one kind since the last compaction, and the watches that wait for the next. */
export class SimHistory {
  #facts: Fact[] = []
  #oldest = 0
  #waiting: (() => void)[] = []

  record(fact: Fact): void {
    this.#facts.push(fact)
    this.wake()
  }

  /** Changes after the revision; undefined if it has been compacted. */
  since(revision: number): readonly Fact[] | undefined {
    return revision < this.#oldest ? undefined : this.#facts.filter((fact) => fact.revision > revision)
  }

  compact(revision: number): void {
    this.#oldest = revision
    this.#facts = this.#facts.filter((fact) => fact.revision > revision)
  }

  wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const run of waiting) run()
  }

  /** Resolves at the next change, or when woken or aborted. */
  next(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal?.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting.push(done)
      signal?.addEventListener('abort', done)
    })
  }
}
