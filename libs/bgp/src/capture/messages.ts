import { nameOf, notifications } from '../message/error-codes'
import { type BgpMessage, frame as framing, lengths } from '../message/frame'
import type { Run, Stream } from './streams'

/**
 * A place in a stream where no message could be read. SKIPPED: the capture begins inside a message. GAP: octets are not in the capture.
 * UNREADABLE: what stands there is no message. INCOMPLETE: the octets end inside a message.
 */
export type StreamProblem = {
  readonly type: 'SKIPPED' | 'GAP' | 'UNREADABLE' | 'INCOMPLETE'
  readonly octets: number
  readonly problem: string
}
/** `frame` is the packet with which the last octet of it came. */
export type Found = { readonly frame: number } & ({ readonly message: BgpMessage } | { readonly trouble: StreamProblem })

const marker = Buffer.alloc(16, 0xff)

/** The messages of a stream in order, and where there are none. */
export function messagesOf({ runs, missing, lastFrame }: Pick<Stream, 'runs' | 'missing' | 'lastFrame'>): readonly Found[] {
  const found = runs.flatMap((run, i) => {
    const cutOff = missing > 0 || i + 1 < runs.length // the gap behind it is reported by itself
    const inside = messagesIn(run).filter((one) => !(cutOff && 'trouble' in one && one.trouble.type === 'INCOMPLETE'))
    return run.missing > 0 ? [gap(run.missing, run.arrivals[0]?.frame ?? 0), ...inside] : inside
  })
  return missing > 0 ? [...found, gap(missing, lastFrame)] : found
}

const gap = (octets: number, frame: number): Found => ({
  frame,
  trouble: { type: 'GAP', octets, problem: `${octets} octets are not in the capture: packets missing, or cut by its snap length` },
})

function messagesIn(run: Run): readonly Found[] {
  const frameOf = arrivalsOf(run)
  const found: Found[] = []
  let at = run.whole ? 0 : nextHeader(run.octets, 0)
  if (at > 0 && run.missing === 0) found.push({ frame: frameOf(at), trouble: skipped(at) })
  while (at < run.octets.length) {
    const next = framing(run.octets.subarray(at), lengths.extended)
    const begin = at
    if ('message' in next) {
      at = run.octets.length - next.rest.length
      found.push({ frame: frameOf(at), message: next.message })
    } else {
      at = 'malformed' in next ? nextHeader(run.octets, at + 1) : run.octets.length
      const name = 'malformed' in next ? next.malformed.name : undefined
      found.push({ frame: frameOf(at), trouble: name === undefined ? incomplete(at - begin) : unreadable(at - begin, name) })
    }
  }
  return found
}

/** A predicate for positions that must be asked in growing order. */
function arrivalsOf({ arrivals }: Run): (at: number) => number {
  let i = 0
  return (at) => {
    while (i + 1 < arrivals.length && (arrivals[i]?.end ?? 0) < at) i++
    return arrivals[i]?.frame ?? 0
  }
}

/** Where the next octets stand that could be a header: the marker with a length and a type that may follow it. */
function nextHeader(octets: Uint8Array, from: number): number {
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.length)
  for (let at = buffer.indexOf(marker, from); at >= 0; at = buffer.indexOf(marker, at + 1)) {
    if (!('malformed' in framing(octets.subarray(at), lengths.extended))) return at
  }
  return octets.length
}

const skipped = (octets: number): StreamProblem => ({
  type: 'SKIPPED',
  octets,
  problem: `${octets} octets of a message that began before the capture`,
})

const incomplete = (octets: number): StreamProblem => ({
  type: 'INCOMPLETE',
  octets,
  problem: `${octets} octet${octets === 1 ? '' : 's'} at the end ${octets === 1 ? 'is' : 'are'} no whole message`,
})

function unreadable(octets: number, name: keyof typeof notifications): StreamProblem {
  const { code, subcode } = notifications[name]
  return { type: 'UNREADABLE', octets, problem: `${octets} octets are no message: ${nameOf(code, subcode)}` }
}
