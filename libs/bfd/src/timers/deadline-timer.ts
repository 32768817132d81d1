import type { Cancel, Clock } from '@loadstone/clock'

/** Converts the clock's milliseconds to microseconds (docs/adr/0007). */
export const nowMicros = (clock: Clock): number => clock.now() * 1000

/**
 * One deadline that moves often. A timer already set for earlier is left to fire and set again, so that a packet, which moves a deadline
 * away, costs no timer. Never early: Node counts a timer from the start of the loop's turn, which may be long past.
 */
export class DeadlineTimer {
  readonly #clock: Clock
  readonly #onDue: () => void
  #dueMicros: number | undefined
  #timer: { readonly atMicros: number; readonly cancel: Cancel } | undefined

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock
    this.#onDue = onDue
  }

  /** On the clock of nowMicros; the past means as soon as possible. Absent while off. */
  get dueMicros(): number | undefined {
    return this.#dueMicros
  }

  set(dueMicros: number): void {
    this.#dueMicros = dueMicros
    if (this.#timer !== undefined && this.#timer.atMicros <= dueMicros) return
    this.#timer?.cancel()
    this.#wait(dueMicros)
  }

  off(): void {
    this.#dueMicros = undefined
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #wait(dueMicros: number): void {
    const millis = Math.max(0, Math.ceil((dueMicros - nowMicros(this.#clock)) / 1000))
    this.#timer = { atMicros: dueMicros, cancel: this.#clock.after(millis, () => this.#wake()) }
  }

  #wake(): void {
    this.#timer = undefined
    const due = this.#dueMicros
    if (due === undefined) return
    if (due > nowMicros(this.#clock)) this.#wait(due)
    else {
      this.#dueMicros = undefined
      this.#onDue()
    }
  }
}
