import type { TcpSegment } from './segment'

/** Octets of a stream that the capture has without a gap. */
export type Run = {
  /** So many octets are missing before it. */
  readonly missing: number
  /** It begins where the stream begins. */
  readonly whole: boolean
  readonly octets: Uint8Array
  /** All octets up to `end` are there once this frame has come. In order. */
  readonly arrivals: readonly { readonly end: number; readonly frame: number }[]
}

/** The octets that one end of a connection sent. */
export type Stream = {
  readonly from: string
  readonly to: string
  readonly runs: readonly Run[]
  /** So many octets are missing behind the last run. */
  readonly missing: number
  readonly lastFrame: number
}

/** A connection: the streams of both ends, or of the one that was captured. */
export type CapturedConnection = readonly Stream[]

/** The connections to or from a port, in the order they were captured. A SYN that is no repetition begins another between the same ends. */
export function connectionsOf(segments: readonly TcpSegment[], port: number): readonly CapturedConnection[] {
  const [all, current] = [[] as Map<string, TcpSegment[]>[], new Map<string, Map<string, TcpSegment[]>>()]
  for (const segment of segments) {
    if (!segment.ports.includes(port)) continue
    const ends = [segment.from, segment.to].toSorted().join(' ')
    let connection = current.get(ends)
    if (connection === undefined || beginsAnother(segment, connection.get(segment.from))) {
      connection = new Map()
      current.set(ends, connection)
      all.push(connection)
    }
    const said = connection.get(segment.from)
    if (said === undefined) connection.set(segment.from, [segment])
    else said.push(segment)
  }
  return all.map((connection) => [...connection.values()].map(streamOf))
}

const beginsAnother = (segment: TcpSegment, before: readonly TcpSegment[] | undefined): boolean =>
  segment.syn && before !== undefined && !before.some(({ syn, sequence }) => syn && sequence === segment.sequence)

type Placed = { readonly at: number; readonly segment: TcpSegment }

/** Positions in the stream, counted from the first segment: sequence numbers are modulo 2³², and SYN takes one (RFC 9293 §3.4). */
function placed(segments: readonly TcpSegment[]): readonly Placed[] {
  let [at, last] = [0, undefined as number | undefined]
  return segments.map((segment) => {
    const sequence = segment.sequence + Number(segment.syn)
    at += (sequence - (last ?? sequence)) | 0
    last = sequence
    return { at, segment }
  })
}

/** Sorts segments by position. Repeated octets count once. */
function streamOf(segments: readonly TcpSegment[]): Stream {
  const [{ from, to }] = segments as readonly [TcpSegment]
  const parts = placed(segments.filter(({ syn, size }) => syn || size > 0)).toSorted((a, b) => a.at - b.at)
  const start = parts[0]?.at ?? 0
  const runs = [emptyRun(0, parts[0]?.segment.syn ?? false)]
  let next = start
  for (const { at, segment } of parts.filter(({ segment: { payload } }) => payload.length > 0)) {
    if (at > next) runs.push(emptyRun(at - next, false))
    next = Math.max(next, at)
    const fresh = segment.payload.subarray(next - at)
    add(runs.at(-1) as Growing, fresh, segment.frame)
    next += fresh.length
  }
  const end = parts.reduce((most, { at, segment }) => Math.max(most, at + segment.size), start)
  const lastFrame = segments.reduce((most, { frame }) => Math.max(most, frame), 0)
  return { from, to, runs: runs.filter(({ length }) => length > 0).map(finished), missing: end - next, lastFrame }
}

type Growing = Omit<Run, 'octets' | 'arrivals'> & {
  length: number
  readonly pieces: Uint8Array[]
  readonly arrivals: Run['arrivals'][number][]
}

const emptyRun = (missing: number, whole: boolean): Growing => ({ missing, whole, length: 0, pieces: [], arrivals: [] })

function add(run: Growing, piece: Uint8Array, frame: number): void {
  if (piece.length === 0) return
  run.pieces.push(piece)
  run.length += piece.length
  run.arrivals.push({ end: run.length, frame: Math.max(frame, run.arrivals.at(-1)?.frame ?? 0) })
}

const finished = ({ missing, whole, pieces, arrivals }: Growing): Run => ({ missing, whole, octets: Buffer.concat(pieces), arrivals })
