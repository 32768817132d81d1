import { batchSize, type MessageBuffers } from './message-buffers'
import { native, SocketError } from './native'

type OutgoingMessage = { readonly octets: Uint8Array; readonly name?: Uint8Array }
type SendResult = {
  /** How many the kernel took, from the first on. */
  readonly count: number
  /** Why it did not take the next one, unless its queue was full: that is the wire's loss and no error. */
  readonly refused?: SocketError
}

const EMSGSIZE = -90
const full = new Set(['EAGAIN', 'ENOBUFS'])

/** Sends in order, stops at the first that is refused. */
export function sendAll(fd: number, buffers: MessageBuffers, messages: readonly OutgoingMessage[]): SendResult {
  let count = 0
  while (count < messages.length) {
    const taken = sendSome(fd, buffers, messages.slice(count, count + batchSize))
    if (taken < 0) return { count, ...refusal(new SocketError('sendmmsg', taken)) }
    count += taken
  }
  return { count }
}

const refusal = (error: SocketError): { readonly refused?: SocketError } => (full.has(error.code) ? {} : { refused: error })

function sendSome(fd: number, buffers: MessageBuffers, messages: readonly OutgoingMessage[]): number {
  let filled = 0
  while (filled < messages.length && put(buffers, filled, messages[filled])) filled++
  return filled === 0 ? EMSGSIZE : native().send(fd, buffers.memory, buffers.slotSize, filled)
}

const put = (buffers: MessageBuffers, at: number, message: OutgoingMessage | undefined): boolean =>
  message !== undefined && buffers.put(at, message.octets, message.name)
