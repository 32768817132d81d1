import type { Clock, Millis } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import type { L2Conflict } from '../messages/links'

/** A planned move of an address looks like a conflict until this node's plan shows the move, so a report waits this long. */
const doubtMillis = 1_000
/** A conflict that was not seen again for this time is over. */
const memoryMillis = 60_000

/**
 * The strangers that answer for addresses of this node. A conflict is reported when it persists after doubtMillis, and forgotten when it
 * was not seen again for a minute.
 */
export class Conflicts {
  readonly #clock: Clock
  readonly #isOurs: (address: Ip) => boolean
  readonly #onReport: (conflict: L2Conflict) => void
  readonly #onChange: () => void
  readonly #seen = new Map<string, { readonly conflict: L2Conflict; at: Millis; reported: boolean }>()

  constructor(clock: Clock, isOurs: (address: Ip) => boolean, on: { report(conflict: L2Conflict): void; change(): void }) {
    this.#clock = clock
    this.#isOurs = isOurs
    this.#onReport = on.report
    this.#onChange = on.change
  }

  observe(conflict: L2Conflict): void {
    const key = `${conflict.address} ${conflict.mac} ${conflict.on}`
    const known = this.#seen.get(key)
    if (known !== undefined) {
      known.at = this.#clock.now()
      return
    }
    this.#seen.set(key, { conflict, at: this.#clock.now(), reported: false })
    this.#clock.after(doubtMillis, () => this.#judge(key))
  }

  /** A sentence for each reported conflict, for the plan's status. */
  sentences(): readonly string[] {
    const open = [...this.#seen.values()].filter(({ reported, conflict }) => reported && this.#isOurs(conflict.address))
    return open
      .map(
        ({ conflict: { address, mac, on } }) =>
          `${address} is also answered for by ${mac} on ${on}: find that host and give it another address`,
      )
      .sort()
  }

  #judge(key: string): void {
    const known = this.#seen.get(key)
    if (known === undefined || !this.#isOurs(known.conflict.address)) return void this.#seen.delete(key)
    known.reported = true
    this.#onReport(known.conflict)
    this.#onChange()
    this.#expire(key)
  }

  #expire(key: string): void {
    const known = this.#seen.get(key)
    if (known === undefined) return
    const left = known.at + memoryMillis - this.#clock.now()
    if (left > 0) return void this.#clock.after(left, () => this.#expire(key))
    this.#seen.delete(key)
    this.#onChange()
  }
}
