/**
 * As much of D-Bus (its specification, "Message Protocol") as logind needs to speak with a kubelet: calls are read for who asks for
 * what, answers and signals carry one value at most, and no file descriptor is ever passed.
 */
type DbusCall = { readonly serial: number; readonly member: string }

export type DbusValue =
  | { readonly type: 's'; readonly value: string }
  | { readonly type: 'u' | 'b'; readonly value: number }
  /** A variant that holds a 64-bit number. */
  | { readonly type: 'v'; readonly value: bigint }

const aligned = (at: number, to: number): number => Math.ceil(at / to) * to
const header = { fixed: 16, path: 1, interface: 2, member: 3, replySerial: 5, signature: 8 } as const
const kind = { call: 1, answer: 2, signal: 4 } as const

/** The calls at the start of what a client has sent, and how many bytes they are. Clients here are little-endian, as this machine is. */
export function readCalls(bytes: Buffer): { readonly calls: readonly DbusCall[]; readonly length: number } {
  const calls: DbusCall[] = []
  let at = 0
  while (bytes.length - at >= header.fixed) {
    const bodyAt = aligned(header.fixed + bytes.readUInt32LE(at + 12), 8)
    const size = bodyAt + bytes.readUInt32LE(at + 4)
    if (bytes.length - at < size) break
    const message = bytes.subarray(at, at + size)
    if (message[1] === kind.call) calls.push({ serial: message.readUInt32LE(8), member: memberOf(message) })
    at += size
  }
  return { calls, length: at }
}

/** Header fields of a call are strings, but for the signature, whose length is one byte. */
function memberOf(message: Buffer): string {
  const end = header.fixed + message.readUInt32LE(12)
  for (let at: number = header.fixed; at < end; ) {
    at = aligned(at, 8)
    const code = message[at]
    const long = message[at + 2] !== 'g'.charCodeAt(0)
    const lengthAt = at + 4
    const length = long ? message.readUInt32LE(lengthAt) : message.readUInt8(lengthAt)
    const textAt = lengthAt + (long ? 4 : 1)
    if (code === header.member) return message.toString('utf8', textAt, textAt + length)
    at = textAt + length + 1
  }
  throw new Error('a D-Bus call that names no method')
}

export const dbusAnswer = (to: number, serial: number, value?: DbusValue): Buffer =>
  message(kind.answer, serial, [field(header.replySerial, 'u', number(to))], value)

type DbusSignal = { readonly path: string; readonly interface: string; readonly member: string }

export const dbusSignal = (signal: DbusSignal, serial: number, value: DbusValue): Buffer =>
  message(
    kind.signal,
    serial,
    [
      field(header.path, 'o', text(signal.path)),
      field(header.interface, 's', text(signal.interface)),
      field(header.member, 's', text(signal.member)),
    ],
    value,
  )

function message(type: number, serial: number, fields: readonly Buffer[], value?: DbusValue): Buffer {
  const all = value === undefined ? fields : [...fields, field(header.signature, 'g', signature(value.type))]
  const array = all.reduce((sum, one) => Buffer.concat([padded(sum), one]), Buffer.alloc(0))
  const content = value === undefined ? Buffer.alloc(0) : body(value)
  const fixed = Buffer.concat([Buffer.from(['l'.charCodeAt(0), type, 0, 1]), number(content.length), number(serial), number(array.length)])
  return Buffer.concat([padded(Buffer.concat([fixed, array])), content])
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length, 8) - bytes.length)])
const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const text = (value: string): Buffer => Buffer.concat([number(Buffer.byteLength(value)), Buffer.from(`${value}\0`)])
const signature = (value: string): Buffer => Buffer.from([value.length, ...Buffer.from(value), 0])
/** A field begins at a multiple of 8, so its value, after four bytes, is aligned. */
const field = (code: number, type: string, value: Buffer): Buffer => Buffer.concat([Buffer.from([code]), signature(type), value])

function body({ type, value }: DbusValue): Buffer {
  if (type === 's') return text(value)
  if (type !== 'v') return number(value)
  const bytes = padded(signature('t'))
  const long = Buffer.alloc(8)
  long.writeBigUInt64LE(value)
  return Buffer.concat([bytes, long])
}
