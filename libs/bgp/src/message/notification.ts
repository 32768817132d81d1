import { decodeExactly, encodeToBytes, rest, struct, u8, type ValueOf } from '@loadstone/wire'
import { type Notification, type NotificationName, notification, notifications } from './error-codes'
import { lengths } from './frame'

/** NOTIFICATION, RFC 4271 §4.5. Codes nobody has assigned yet decode too. */
const notificationMessage = struct({ code: u8, subcode: u8, data: rest })
export type NotificationMessage = ValueOf<typeof notificationMessage>

/** Data that repeats what the peer said is cut where the message would be longer than every peer takes (RFC 8654 §5). */
export function encodeNotification({ name, data }: Notification): Uint8Array {
  const { code, subcode } = notifications[name]
  return encodeToBytes(notificationMessage, { code, subcode, data: data.subarray(0, mostData) }, 'NOTIFICATION')
}

export const decodeNotification = (body: Uint8Array): NotificationMessage => decodeExactly(notificationMessage, body, 'NOTIFICATION')

const mostData = lengths.usual - lengths.header - 2

/** Subcodes of Cease that carry a Shutdown Communication (RFC 9003 §2). */
const withReason = new Set(['6.2', '6.4'])
const longestReason = 255

/** Cease with a reason a person can read at the other end, RFC 9003 §2. A reason too long is cut between characters, never inside one. */
export function cease(name: Extract<NotificationName, 'administrativeShutdown' | 'administrativeReset'>, reason: string): Notification {
  if (reason === '') return notification(name)
  const text = Buffer.from(cut(reason))
  return notification(name, Uint8Array.of(text.length, ...text))
}

function cut(reason: string): string {
  let [text, octets] = ['', 0]
  for (const character of reason) {
    octets += Buffer.byteLength(character)
    if (octets > longestReason) break
    text += character
  }
  return text
}

/** The peer's reason, if it gave one. What is not UTF-8 of the stated length is none (RFC 9003 §2; §4 lets it be logged as it came). */
export function reasonOf({ code, subcode, data }: NotificationMessage): string | undefined {
  const length = data[0]
  if (!withReason.has(`${code}.${subcode}`) || length === undefined || length === 0 || length !== data.length - 1) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data.subarray(1))
  } catch {
    return undefined
  }
}
