import { native, SocketError } from './native'
import { batchSize, type Slots } from './slots'

export type Message = { readonly octets: Uint8Array; readonly name?: Uint8Array }
export type Sent = {
  /** How many the kernel took, from the first on. */
  readonly count: number
  /** Why it did not take the next one, unless its queue was full: that is the wire's loss and no error. */
  readonly refused?: SocketError
}

const EMSGSIZE = -90
const full = new Set(['EAGAIN', 'ENOBUFS'])

/** Sends in order, stops at the first that is refused. */
export function sendAll(fd: number, slots: Slots, messages: readonly Message[]): Sent {
  let count = 0
  while (count < messages.length) {
    const taken = sendSome(fd, slots, messages.slice(count, count + batchSize))
    if (taken < 0) return { count, ...refusal(new SocketError('sendmmsg', taken)) }
    count += taken
  }
  return { count }
}

const refusal = (error: SocketError): { readonly refused?: SocketError } => (full.has(error.code) ? {} : { refused: error })

function sendSome(fd: number, slots: Slots, messages: readonly Message[]): number {
  let filled = 0
  while (filled < messages.length && put(slots, filled, messages[filled])) filled++
  return filled === 0 ? EMSGSIZE : native().send(fd, slots.memory, slots.slotSize, filled)
}

const put = (slots: Slots, at: number, message: Message | undefined): boolean =>
  message !== undefined && slots.put(at, message.octets, message.name)
