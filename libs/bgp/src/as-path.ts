import type { Segment } from './values'

/** RFC 6793 §4.2.3: stands for an AS that needs four octets where two must do. */
export const asTrans = 23_456

const confederation = (segment: Segment): boolean => segment.kind === 'confed-sequence' || segment.kind === 'confed-set'

/** RFC 4271 §9.1.2.2 a) and RFC 5065 §5.3: a set counts one, a confederation nothing. */
export const pathLength = (path: readonly Segment[]): number =>
  path.reduce((sum, segment) => sum + (confederation(segment) ? 0 : segment.kind === 'set' ? 1 : segment.ases.length), 0)

/** The path we send with what we originate: empty inside our AS, our AS to others (RFC 4271 §5.1.2). */
export const originated = (localAs: number, internal: boolean): readonly Segment[] =>
  internal ? [] : [{ kind: 'sequence', ases: [localAs] }]

/** RFC 6793 §4.2.3: the true path, told by a two-octet peer in AS4_PATH, after the part that only AS_PATH knows. */
export function mergeAs4(path: readonly Segment[], as4: readonly Segment[]): readonly Segment[] {
  const proper = as4.filter((segment) => !confederation(segment))
  const missing = pathLength(path) - pathLength(proper)
  return missing < 0 ? path : [...leading(path, missing), ...proper]
}

/** As many segments from the front as count `length`, the last one cut where needed. */
function leading(path: readonly Segment[], length: number): readonly Segment[] {
  const front: Segment[] = []
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
export function pathText(path: readonly Segment[]): string {
  const brackets = { sequence: ['', ''], set: ['{', '}'], 'confed-sequence': ['(', ')'], 'confed-set': ['[', ']'] } as const
  return path.map(({ kind, ases }) => `${brackets[kind][0]}${ases.join(' ')}${brackets[kind][1]}`).join(' ')
}
