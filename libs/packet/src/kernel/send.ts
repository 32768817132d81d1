import { batchSize, type MessageBuffers } from './message-buffers'
import { native, SocketError } from './native'

type OutgoingMessage = { readonly octets: Uint8Array; readonly name?: Uint8Array }
type SendResult = {
  /** How many messages the kernel took, from the first on. */
  readonly count: number
  /** Why the kernel did not take the next message. Absent for a full queue, which is a loss as on a wire and no error. */
  readonly refused?: SocketError
}

const EMSGSIZE = -90
const full = new Set(['EAGAIN', 'ENOBUFS'])

/** Sends in order and stops at the first message that the kernel refuses. */
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
