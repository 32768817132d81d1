import type { Cancel, Clock, Millis } from '@loadstone/clock'

/**
 * Calls `lost` once when a problem has lasted for `patience`, and `back` once when it is over. `note` takes each observation: a problem, or
 * undefined for none.
 */
export class Outage {
  readonly #clock: Clock
  readonly #patience: Millis
  readonly #on: { lost(problem: string): void; back(): void }
  #problem: string | undefined
  #said = false
  #wait: Cancel | undefined

  constructor(clock: Clock, patience: Millis, on: { lost(problem: string): void; back(): void }) {
    this.#clock = clock
    this.#patience = patience
    this.#on = on
  }

  note(problem: string | undefined): void {
    this.#problem = problem
    if (problem === undefined) this.#end()
    else if (!this.#said) this.#wait ??= this.#clock.after(this.#patience, () => this.#say())
  }

  #say(): void {
    this.#wait = undefined
    this.#said = true
    this.#on.lost(this.#problem ?? '')
  }

  #end(): void {
    this.#wait?.()
    this.#wait = undefined
    if (this.#said) this.#on.back()
    this.#said = false
  }
}
