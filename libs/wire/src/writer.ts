import { WireError } from './errors'

/** An array that grows. Capacity doubles when full, so that building a message is linear in its size. */
export class Writer {
  #bytes = new Uint8Array(64)
  #at = 0

  get at(): number {
    return this.#at
  }

  put(bytes: Uint8Array): void {
    const start = this.#grow(bytes.length) // first, since it may replace #bytes
    this.#bytes.set(bytes, start)
  }

  uint(size: 1 | 2 | 3 | 4, value: number, field: string): void {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * size)) {
      throw new WireError('out-of-range', this.#at, field)
    }
    let at = this.#grow(size)
    for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) this.#bytes[at++] = value >>> shift
  }

  /** Overwrites at an earlier offset, for a length that is known only after the octets it counts. `write` must put the same size. */
  over(at: number, write: () => void): void {
    const end = this.#at
    this.#at = at
    write()
    this.#at = end
  }

  done(): Uint8Array {
    return this.#bytes.slice(0, this.#at)
  }

  #grow(count: number): number {
    const start = this.#at
    this.#at += count
    if (this.#at > this.#bytes.length) {
      const bigger = new Uint8Array(Math.max(this.#at, this.#bytes.length * 2))
      bigger.set(this.#bytes)
      this.#bytes = bigger
    }
    return start
  }
}
