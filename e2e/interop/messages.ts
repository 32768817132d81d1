import type { Seen } from './wire'

/** A BGP message on the wire, header included, and when the packet that completed it was seen. */
export type Message = { readonly atMillis: number; readonly from: string; readonly type: number; readonly octets: Buffer }

export const [UPDATE, KEEPALIVE, ROUTE_REFRESH] = [2, 4, 5] as const

/** RFC 4271 §4.1. */
const [headerOctets, lengthAt, typeAt] = [19, 16, 18] as const
const SYN = 0x02

/** The BGP messages in packets of IPv4, in the order of their ends. What was sent twice counts once. */
export function messages(packets: readonly Seen[]): readonly Message[] {
  const streams = new Map<string, { next: number; held: Buffer }>()
  const found: Message[] = []
  for (const { atMillis, octets: ip } of packets) {
    const tcp = ip.subarray(((ip[0] ?? 0) & 0xf) * 4, ip.readUInt16BE(2))
    const [from, seq, flags] = [[...ip.subarray(12, 16)].join('.'), tcp.readUInt32BE(4), tcp[13] ?? 0]
    const key = `${from}:${tcp.readUInt16BE(0)}-${tcp.readUInt16BE(2)}`
    if ((flags & SYN) !== 0) streams.set(key, { next: (seq + 1) >>> 0, held: Buffer.alloc(0) })
    const stream = streams.get(key)
    const payload = tcp.subarray(((tcp[12] ?? 0) >> 2) & 0x3c)
    if (stream === undefined || (flags & SYN) !== 0) continue
    const known = (stream.next - seq) | 0
    if (known < 0 || known >= payload.length) continue
    stream.held = Buffer.concat([stream.held, payload.subarray(known)])
    stream.next = (seq + payload.length) >>> 0
    for (;;) {
      const length = stream.held.length < headerOctets ? Number.POSITIVE_INFINITY : stream.held.readUInt16BE(lengthAt)
      if (length > stream.held.length || length < headerOctets) break
      const octets = stream.held.subarray(0, length)
      found.push({ atMillis, from, type: octets[typeAt] ?? 0, octets })
      stream.held = stream.held.subarray(length)
    }
  }
  return found
}
