/** native/packet.c's `slot`: four integers in host order, the address, control messages, then the octets themselves. */
const nameAt = 16
const controlAt = nameAt + 32
const dataAt = controlAt + 96

/** As many as one recvmmsg or sendmmsg takes: BATCH in native/packet.c. */
export const batchSize = 64

/** MSG_TRUNC: the message was longer than its slot. */
const truncatedFlag = 0x20

/** Memory that the kernel fills or empties a batch at a time. What it hands out are views: valid until the next batch. */
export class MessageBuffers {
  readonly memory: Uint8Array
  readonly slotSize: number
  readonly #words: Uint32Array
  readonly #views: Uint8Array[] = []

  /** `octets` is the longest message a slot can hold. */
  constructor(octets: number, count: number = batchSize) {
    this.slotSize = dataAt + Math.ceil(octets / 8) * 8
    this.memory = new Uint8Array(this.slotSize * count)
    this.#words = new Uint32Array(this.memory.buffer)
  }

  data(slot: number): Uint8Array {
    const length = Math.min(this.#word(slot, 0), this.slotSize - dataAt)
    const kept = this.#views[slot]
    if (kept?.length === length) return kept // the frames of one protocol are mostly of one length, so most batches allocate nothing
    const view = this.#part(slot, dataAt, length)
    this.#views[slot] = view
    return view
  }

  truncated(slot: number): boolean {
    return (this.#word(slot, 1) & truncatedFlag) !== 0
  }

  /** The sender, as the kernel's struct sockaddr. */
  name(slot: number): Uint8Array {
    return this.#part(slot, nameAt, Math.min(this.#word(slot, 2), controlAt - nameAt))
  }

  /** Octet `at` of the sender's sockaddr: for the hot path, which allocates nothing. */
  nameOctet(slot: number, at: number): number {
    return this.memory[slot * this.slotSize + nameAt + at] ?? 0
  }

  /** The aligned word at octet `at` of the sender's sockaddr, in host order. */
  nameWord(slot: number, at: number): number {
    return this.#word(slot, (nameAt + at) / 4)
  }

  /** Control messages, as recvmsg returns them. */
  control(slot: number): Uint8Array {
    return this.#part(slot, controlAt, Math.min(this.#word(slot, 3), dataAt - controlAt))
  }

  /** A message to send; false when it does not fit a slot. An absent `name` means wherever the socket is bound or connected to. */
  put(slot: number, octets: Uint8Array, name?: Uint8Array): boolean {
    if (octets.length > this.slotSize - dataAt) return false
    const start = slot * this.slotSize
    this.#words.set([octets.length, 0, name?.length ?? 0, 0], start / 4)
    if (name !== undefined) this.memory.set(name, start + nameAt)
    this.memory.set(octets, start + dataAt)
    return true
  }

  #word(slot: number, at: number): number {
    return this.#words[(slot * this.slotSize) / 4 + at] ?? 0
  }

  #part(slot: number, at: number, length: number): Uint8Array {
    const start = slot * this.slotSize + at
    return this.memory.subarray(start, start + length)
  }
}
