import type { Ip } from '@loadstone/ip'
import type { AnnouncementPlanStatus } from '@loadstone/plan/status'
import type { BfdCounts } from '../messages/bfd'
import type { AddressCounts } from '../messages/links'
import type { WorkerEvent } from '../messages/messages'

/** Totals since the process began. */
export type CounterValues = {
  readonly updates: number
  readonly writes: { readonly written: number; readonly failed: number }
  /** By family and outcome, as the worker names them: `ipv4 replied`. */
  readonly frames: Readonly<Record<string, number>>
  readonly addresses: ReadonlyMap<Ip, AddressCounts>
  /** By BGPPeer. */
  readonly bfd: ReadonlyMap<string, BfdCounts>
}

/** Counts what the speaker observes, writes and hears from its worker. */
export class SpeakerCounters {
  readonly #addresses = new Map<Ip, AddressCounts>()
  readonly #writes = { written: 0, failed: 0 }
  #updates = 0
  #frames: CounterValues['frames'] = {}
  #bfd: CounterValues['bfd'] = new Map()

  onObserved(): void {
    this.#updates++
  }

  onWorkerEvent(message: WorkerEvent): void {
    if (message.is === 'bfd-counters') this.#bfd = message.sessions
    if (message.is !== 'counters') return
    this.#frames = message.counters
    for (const [address, counts] of message.addresses) this.#addresses.set(address, counts)
  }

  /** Wraps `write` so that its successes and failures are counted. */
  countWrites(write: (status: AnnouncementPlanStatus) => Promise<void>): (status: AnnouncementPlanStatus) => Promise<void> {
    return async (status) => {
      try {
        await write(status)
        this.#writes.written++
      } catch (error) {
        this.#writes.failed++
        throw error
      }
    }
  }

  /** Present totals. Addresses that are not held any more are forgotten. */
  values(isHeld: (address: Ip) => boolean): CounterValues {
    for (const address of this.#addresses.keys()) if (!isHeld(address)) this.#addresses.delete(address)
    return { updates: this.#updates, writes: { ...this.#writes }, frames: this.#frames, addresses: this.#addresses, bfd: this.#bfd }
  }
}
