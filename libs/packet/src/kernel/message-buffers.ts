/** Layout of `slot` in native/packet.c: four integers in host order, address, control messages, octets of the message. */
const nameAt = 16
const controlAt = nameAt + 32
const dataAt = controlAt + 96

/** How many messages one recvmmsg or sendmmsg takes: BATCH in native/packet.c. */
export const batchSize = 64

/** MSG_TRUNC: the message was longer than its slot. */
const truncatedFlag = 0x20

/** Memory for one batch of messages that the kernel fills or empties. Methods return views, valid until the next batch. */
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
    if (kept?.length === length) return kept // frames of one protocol mostly have one length, so most batches allocate nothing
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

  /** Octet `at` of the sender's sockaddr, without an allocation. */
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

  /** Puts a message to send; false if it is too long for a slot. Without `name` it goes where the socket is connected to. */
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
