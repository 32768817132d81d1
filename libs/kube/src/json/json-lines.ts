/** Splits a stream into lines. A line feed never occurs inside a UTF-8 character or a JSON string, so bytes may be cut anywhere. */
export class LineSplitter {
  readonly #limitBytes: number
  #parts: Uint8Array[] = []
  #bytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** The lines that this chunk completes. Throws a RangeError once a line has grown beyond the limit. */
  *push(chunk: Uint8Array): Generator<string> {
    let start = 0
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      this.#keep(chunk.subarray(start, end))
      start = end + 1
      const line = Buffer.concat(this.#parts).toString('utf8')
      this.#parts = []
      this.#bytes = 0
      if (line.trim() !== '') yield line
    }
    this.#keep(chunk.subarray(start))
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return
    this.#bytes += part.length
    if (this.#bytes > this.#limitBytes) throw new RangeError(`a line is longer than ${this.#limitBytes} bytes`)
    this.#parts.push(part)
  }
}
