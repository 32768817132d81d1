import { WireError } from './errors'

/** A cursor that cannot leave its window. A nested Reader turns a length field into a bound. Methods throw WireError 'truncated'. */
export class Reader {
  #at = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #base: number

  constructor(bytes: Uint8Array, base = 0) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#base = base
  }

  get at(): number {
    return this.#base + this.#at
  }
  get left(): number {
    return this.#bytes.length - this.#at
  }

  take(count: number, field: string): Uint8Array {
    if (count > this.left) throw new WireError('truncated', this.at, field)
    const start = this.#at
    this.#at += count
    return this.#bytes.subarray(start, this.#at)
  }

  /** The next octets, at most `count`, without moving. */
  peek(count: number): Uint8Array {
    return this.#bytes.subarray(this.#at, this.#at + count)
  }

  window(count: number, field: string): Reader {
    const base = this.at
    return new Reader(this.take(count, field), base)
  }

  u8(field: string): number {
    return this.#view.getUint8(this.#skip(1, field))
  }
  u16(field: string): number {
    return this.#view.getUint16(this.#skip(2, field))
  }
  u32(field: string): number {
    return this.#view.getUint32(this.#skip(4, field))
  }

  /** Network byte order. */
  uint(size: 1 | 2 | 3 | 4, field: string): number {
    const start = this.#skip(size, field)
    if (size === 1) return this.#view.getUint8(start)
    if (size === 2) return this.#view.getUint16(start)
    if (size === 4) return this.#view.getUint32(start)
    return this.#view.getUint16(start) * 256 + this.#view.getUint8(start + 2)
  }

  end(field: string): void {
    if (this.left > 0) throw new WireError('trailing', this.at, field)
  }

  #skip(count: number, field: string): number {
    const start = this.#at
    this.take(count, field)
    return start
  }
}
