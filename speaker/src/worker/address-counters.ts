import type { Ip } from '@loadstone/ip'
import type { AddressCounts } from '../messages/links'

const nothing: AddressCounts = { requests: 0, responses: 0, gratuitous: 0 }

/** Frames by address, summed over all links, past ones included. */
export class AddressCounters {
  readonly #totals = new Map<Ip, AddressCounts>()
  readonly #changed = new Set<Ip>()

  add(address: Ip, { requests = 0, responses = 0, gratuitous = 0 }: Partial<AddressCounts>): void {
    const before = this.#totals.get(address) ?? nothing
    const counts = {
      requests: before.requests + requests,
      responses: before.responses + responses,
      gratuitous: before.gratuitous + gratuitous,
    }
    this.#totals.set(address, counts)
    this.#changed.add(address)
  }

  /** Totals of the addresses that changed since the last call. Of thousands most do not. */
  takeChanged(): ReadonlyMap<Ip, AddressCounts> {
    const taken = new Map([...this.#changed].map((address) => [address, this.#totals.get(address) ?? nothing]))
    this.#changed.clear()
    return taken
  }

  /** Forgets all other addresses, so that those which come and go do not pile up. */
  keep(addresses: ReadonlySet<string>): void {
    for (const address of this.#totals.keys()) {
      if (addresses.has(address)) continue
      this.#totals.delete(address)
      this.#changed.delete(address)
    }
  }
}
