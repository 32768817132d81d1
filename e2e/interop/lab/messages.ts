import type { SeenFrame } from './wire'

/** A BGP message on the wire, header included, and when the packet that completed it was seen. */
export type Message = { readonly atMillis: number; readonly from: string; readonly type: number; readonly octets: Buffer }

export const [UPDATE, KEEPALIVE, ROUTE_REFRESH] = [2, 4, 5] as const

/** RFC 4271 §4.1. */
const [headerOctets, lengthAt, typeAt] = [19, 16, 18] as const
const SYN = 0x02

type Segment = { readonly from: string; readonly key: string; readonly seq: number; readonly syn: boolean; readonly payload: Buffer }
type Stream = { next: number; held: Buffer }

function segmentIn(ip: Buffer): Segment {
  const tcp = ip.subarray((ip.readUInt8(0) % 16) << 2, ip.readUInt16BE(2))
  const from = [...ip.subarray(12, 16)].join('.')
  return {
    from,
    key: `${from}:${tcp.readUInt16BE(0)}-${tcp.readUInt16BE(2)}`,
    seq: tcp.readUInt32BE(4),
    syn: (tcp.readUInt8(13) & SYN) !== 0,
    payload: tcp.subarray((tcp.readUInt8(12) >> 4) << 2),
  }
}

/** Adds what is new in the segment. */
function extend(stream: Stream, { seq, payload }: Segment): void {
  const known = (stream.next - seq) | 0
  if (known < 0 || known >= payload.length) return
  stream.held = Buffer.concat([stream.held, payload.subarray(known)])
  stream.next = (seq + payload.length) >>> 0
}

/** Takes the first message out, once it is whole. */
function take(stream: Stream): Buffer | undefined {
  if (stream.held.length < headerOctets) return undefined
  const length = stream.held.readUInt16BE(lengthAt)
  if (length < headerOctets || length > stream.held.length) return undefined
  const octets = stream.held.subarray(0, length)
  stream.held = stream.held.subarray(length)
  return octets
}

/** The BGP messages in packets of IPv4, in the order of their ends. What was sent twice counts once. */
export function messages(packets: readonly SeenFrame[]): readonly Message[] {
  const streams = new Map<string, Stream>()
  return packets.flatMap(({ atMillis, octets: ip }) => {
    const segment = segmentIn(ip)
    if (segment.syn) streams.set(segment.key, { next: (segment.seq + 1) >>> 0, held: Buffer.alloc(0) })
    const stream = streams.get(segment.key)
    if (stream === undefined || segment.syn) return []
    extend(stream, segment)
    const found: Message[] = []
    for (let octets = take(stream); octets !== undefined; octets = take(stream))
      found.push({ atMillis, from: segment.from, type: octets.readUInt8(typeAt), octets })
    return found
  })
}
