import { type Codec, convert, many, refine, struct, u8, type ValueOf } from '@loadstone/wire'
import { ipv4 } from '../family'

/** RFC 6793 §4.2.1, §4.2.2: stands for an AS that needs four octets where two must do. */
export const asTrans = 23_456

/** RFC 4271 §4.3 b) and RFC 5065 §3. A set stands for all its members without order. */
const segmentTypes = { set: 1, sequence: 2, 'confed-sequence': 3, 'confed-set': 4 } as const
export type AsPathSegment = { readonly kind: keyof typeof segmentTypes; readonly ases: readonly number[] }

const kinds = Object.keys(segmentTypes) as (keyof typeof segmentTypes)[]
const segmentKind = convert(
  u8,
  (octet) => kinds.find((kind) => segmentTypes[kind] === octet),
  (kind: keyof typeof segmentTypes) => segmentTypes[kind],
)

/** A count, then so many AS numbers; RFC 7606 §7.2 counts a segment of none as malformed. */
const counted = (as: Codec<number>): Codec<readonly number[]> => ({
  decode: (from, field) => {
    const count = nonZero.decode(from, `${field}.count`)
    return Array.from({ length: count }, (_, i) => as.decode(from, `${field}[${i}]`))
  },
  encode: (to, ases, field) => {
    nonZero.encode(to, ases.length, `${field}.count`)
    for (const [i, value] of ases.entries()) as.encode(to, value, `${field}[${i}]`)
  },
})
const nonZero = refine(u8, (count) => (count === 0 ? 'no AS in the segment' : undefined))

/** AS_PATH in the width the session agreed on, RFC 6793 §4. */
export const asPath = (as: Codec<number>): Codec<readonly AsPathSegment[]> => many(struct({ kind: segmentKind, ases: counted(as) }))
export const aggregator = (as: Codec<number>): Codec<Aggregator> => struct({ as, speaker: ipv4 })
export type Aggregator = { readonly as: number; readonly speaker: ValueOf<typeof ipv4> }

const confederation = (segment: AsPathSegment): boolean => segment.kind === 'confed-sequence' || segment.kind === 'confed-set'

/** RFC 4271 §9.1.2.2 a) and RFC 5065 §5.3: a set counts one, a confederation nothing. */
export const pathLength = (path: readonly AsPathSegment[]): number =>
  path.reduce((sum, segment) => sum + (confederation(segment) ? 0 : segment.kind === 'set' ? 1 : segment.ases.length), 0)

/** The path we send with what we originate: empty inside our AS, our AS to others, `prepended` times more (RFC 4271 §5.1.2). */
export const originated = (localAs: number, internal: boolean, prepended = 0): readonly AsPathSegment[] =>
  internal ? [] : [{ kind: 'sequence', ases: Array<number>(prepended + 1).fill(localAs) }]

/** RFC 4271 §4.3 b): a segment counts its ASes in one octet, and one of them is our AS without any prepending. */
export const mostPrepended = 254

/** RFC 6793 §4.2.3: the true path, told by a two-octet peer in AS4_PATH, after the part that only AS_PATH knows. */
export function mergeAs4(path: readonly AsPathSegment[], as4: readonly AsPathSegment[]): readonly AsPathSegment[] {
  const proper = as4.filter((segment) => !confederation(segment))
  const missing = pathLength(path) - pathLength(proper)
  return missing < 0 ? path : [...leading(path, missing), ...proper]
}

/** The first segments whose path length is `length`, the last one cut where needed. */
function leading(path: readonly AsPathSegment[], length: number): readonly AsPathSegment[] {
  const front: AsPathSegment[] = []
  let left = length
  for (const segment of path) {
    const counts = pathLength([segment])
    if (counts > left && left <= 0) break
    const ases = segment.kind === 'sequence' ? segment.ases.slice(0, left) : segment.ases
    front.push({ ...segment, ases })
    left -= counts
  }
  return front
}

/** As routers print it: `65001 65002 {65010 65011}`. */
export function pathText(path: readonly AsPathSegment[]): string {
  const brackets = { sequence: ['', ''], set: ['{', '}'], 'confed-sequence': ['(', ')'], 'confed-set': ['[', ']'] } as const
  return path.map(({ kind, ases }) => `${brackets[kind][0]}${ases.join(' ')}${brackets[kind][1]}`).join(' ')
}
