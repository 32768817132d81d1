import { bytes, decodeExactly, encodeToBytes, struct, u8, u16 } from '@loadstone/wire'
import { type Notification, notification } from './error-codes'

/** RFC 4271 §4.1, RFC 2918 §3. */
export const messageTypes = { open: 1, update: 2, notification: 3, keepalive: 4, refresh: 5 } as const
export type MessageKind = keyof typeof messageTypes

/** Octets of a whole message: RFC 4271 §4.1, and RFC 8654 §4 for peers that both can. */
export const lengths = { header: 19, usual: 4096, extended: 65_535 } as const

/** What follows the header depends on the kind; the least of each, header included (RFC 4271 §4.2–4.5, RFC 2918 §3). */
const least: Readonly<Record<MessageKind, number>> = { open: 29, update: 23, notification: 21, keepalive: 19, refresh: 23 }

const header = struct({ marker: bytes(16), length: u16, type: u8 })
const marker = new Uint8Array(16).fill(0xff)
const kinds = new Map(Object.entries(messageTypes).map(([kind, type]) => [type as number, kind as MessageKind]))

export type BgpMessage = { readonly kind: MessageKind; readonly body: Uint8Array }
type Framed =
  | { readonly message: BgpMessage; readonly rest: Uint8Array }
  | { readonly incomplete: true }
  | { readonly malformed: Notification }

const incomplete: Framed = { incomplete: true }

/** The first message of the stream, RFC 4271 §6.1. `limit` is the longest UPDATE, NOTIFICATION or ROUTE-REFRESH agreed. */
export function frame(stream: Uint8Array, limit: number = lengths.usual): Framed {
  if (stream.length < lengths.header) return incomplete
  const { length, type, ...head } = decodeExactly(header, stream.subarray(0, lengths.header), 'header')
  if (head.marker.some((octet) => octet !== 0xff)) return { malformed: notification('connectionNotSynchronized') }
  const kind = kinds.get(type)
  if (length < lengths.header || length > limit) return { malformed: badLength(length) }
  if (kind === undefined) return { malformed: notification('badMessageType', Uint8Array.of(type)) }
  if (length < least[kind] || length > most(kind, limit)) return { malformed: badLength(length) }
  if (stream.length < length) return incomplete
  return { message: { kind, body: stream.subarray(lengths.header, length) }, rest: stream.subarray(length) }
}

/** RFC 8654 §4: OPEN and KEEPALIVE never grow. */
function most(kind: MessageKind, limit: number): number {
  if (kind === 'keepalive') return lengths.header
  return kind === 'open' ? lengths.usual : limit
}

const badLength = (length: number): Notification => notification('badMessageLength', encodeToBytes(u16, length, 'length'))

/** The kind of a whole message, from the last octet of its header. */
export const kindOf = (message: Uint8Array): MessageKind | undefined => kinds.get(message[lengths.header - 1] ?? 0)

/** A message ready for the stream, its body in parts: what many messages share is encoded once. */
export function framed(kind: MessageKind, ...body: readonly Uint8Array[]): Uint8Array {
  const message = new Uint8Array(body.reduce((sum, part) => sum + part.length, lengths.header as number))
  message.set(encodeToBytes(header, { marker, length: message.length, type: messageTypes[kind] }, 'header'))
  let at: number = lengths.header
  for (const part of body) {
    message.set(part, at)
    at += part.length
  }
  return message
}

export const keepalive = framed('keepalive', new Uint8Array())
