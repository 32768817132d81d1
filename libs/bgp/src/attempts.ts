import { type Drops, suspect } from './suspicion'
import type { Dial } from './transport'

/** One attempt to connect, until it has come to something. */
export type Attempt = { readonly end: () => void; readonly suspicion: () => string | undefined }

/**
 * Attempts to connect that run at the same time. The kernel counts what it drops for all of them together, so its counters say something
 * of one attempt only if no other ran meanwhile.
 */
export class Attempts {
  readonly #drops: () => Drops | undefined
  readonly #running = new Set<{ alone: boolean }>()

  constructor(drops: () => Drops | undefined) {
    this.#drops = drops
  }

  begin(to: Pick<Dial, 'md5Password' | 'minTtl'>): Attempt {
    const before = this.#drops()
    const attempt = { alone: this.#running.size === 0 }
    for (const other of this.#running) other.alone = false
    this.#running.add(attempt)
    return {
      end: () => void this.#running.delete(attempt),
      suspicion: () => (attempt.alone ? suspect(to, before, this.#drops()) : suspect(to)),
    }
  }
}
