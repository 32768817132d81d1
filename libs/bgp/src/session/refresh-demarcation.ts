import type { Family } from '@loadstone/ip'
import type { NegotiatedSession } from '../message/negotiated-session'

/** Which BoRR and EoRR count (RFC 7313 §4): none before the End-of-RIB that the peer promised, and no EoRR without a BoRR. */
export class RefreshDemarcation {
  readonly #early = new Set<Family>()
  readonly #begun = new Set<Family>()

  up({ families, gracefulRestart }: NegotiatedSession): void {
    this.#early.clear()
    this.#begun.clear()
    if (gracefulRestart !== undefined) for (const family of families) this.#early.add(family)
  }

  endOfRib(family: Family): void {
    this.#early.delete(family)
  }

  accepts(family: Family, mark: 'begin' | 'end'): boolean {
    if (this.#early.has(family)) return false
    if (mark === 'end') return this.#begun.delete(family)
    this.#begun.add(family)
    return true
  }
}
