import { peek16, peek32 } from '@loadstone/wire/peek'
import { type } from '../message/neighbour'
import { optionType } from '../message/option'

/**
 * Offsets of ndpFrame's fields. A flood of solicitations must not cost a decode each. The test of the responder compares every answer with
 * the codec's.
 */
export const at = {
  destination: 0,
  source: 6,
  etherType: 12,
  version: 14,
  payloadLength: 18,
  nextHeader: 20,
  ipSource: 22,
  ipDestination: 38,
  type: 54,
  checksum: 56,
  flags: 58,
  target: 62,
  options: 78,
}

export function sameOctets(
  a: Uint8Array,
  startA: number,
  b: Uint8Array,
  { start: startB, count }: { readonly start: number; readonly count: number },
): boolean {
  for (let i = 0; i < count; i++) if (a[startA + i] !== b[startB + i]) return false
  return true
}

const isGroup = (octets: Uint8Array, start: number): boolean => octets[start] === 0xff
export const isUnspecified = (octets: Uint8Array, start: number): boolean =>
  (peek32(octets, start) | peek32(octets, start + 4) | peek32(octets, start + 8) | peek32(octets, start + 12)) === 0

/** Whether the codec ndpFrame would decode the frame. */
export function isValid(frame: Uint8Array): boolean {
  return hasHeaders(frame) && optionsEnd(frame) && addressesAllow(frame) && sum(frame) === 0xffff
}

function hasHeaders(frame: Uint8Array): boolean {
  const messageType = frame[at.type]
  return (
    peek16(frame, at.etherType) === 0x86dd &&
    (frame[at.version] ?? 0) >> 4 === 6 &&
    peek16(frame, at.nextHeader) === 0x3aff && // ICMPv6, hop limit 255
    (messageType === type.solicitation || messageType === type.advertisement) &&
    frame[at.type + 1] === 0 &&
    messageEnd(frame) <= frame.length
  )
}

const messageEnd = (frame: Uint8Array): number => at.type + peek16(frame, at.payloadLength)

/** Whether each option has a length and the last one ends with the message. */
function optionsEnd(frame: Uint8Array): boolean {
  const end = messageEnd(frame)
  let next = at.options
  for (let units = 1; units > 0 && next + 1 < end; next += units * 8) units = frame[next + 1] ?? 0
  return next === end
}

function addressesAllow(frame: Uint8Array): boolean {
  if (isGroup(frame, at.ipSource) || isGroup(frame, at.target)) return false
  if (frame[at.type] === type.advertisement) return ((frame[at.flags] ?? 0) & 0x40) === 0 || !isGroup(frame, at.ipDestination)
  if (!isUnspecified(frame, at.ipSource)) return true
  return toSolicitedNode(frame) && optionAt(frame, optionType.sourceLinkLayer) === 0
}

/** ff02::1:ff00:0/104 */
const toSolicitedNode = (frame: Uint8Array): boolean =>
  peek16(frame, at.ipDestination) === 0xff02 &&
  peek16(frame, at.ipDestination + 2) === 0 &&
  peek32(frame, at.ipDestination + 4) === 0 &&
  peek32(frame, at.ipDestination + 8) === 1 &&
  frame[at.ipDestination + 12] === 0xff

/** Where the first option of that type begins; 0 when there is none. */
export function optionAt(frame: Uint8Array, wanted: number): number {
  const end = messageEnd(frame)
  for (let next = at.options; next < end; next += (frame[next + 1] ?? 0) * 8) if (frame[next] === wanted) return next
  return 0
}

/** One's complement sum of the pseudo-header and the message (RFC 8200 §8.1): addresses and message lie side by side, in whole pairs. */
export function sum(frame: Uint8Array): number {
  const end = messageEnd(frame)
  let total = peek16(frame, at.payloadLength) + 58
  for (let i = at.ipSource; i < end; i += 2) total += peek16(frame, i)
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16)
  return total
}
