/** A node that may answer for an address. */
export type Candidate = {
  readonly node: string
  /** Its hash, computed once per pass. */
  readonly hash: number
  /** Ready nodes rank before all others, whatever their score and weight. */
  readonly ready: boolean
  /** Sum of the weights of the preferences it matches. */
  readonly score: number
  readonly zone: string
}

/** Candidates by node. A map is one; what is expensive to list may be worked out when it is asked for. */
export type CandidateMap = {
  has(node: string): boolean
  get(node: string): Candidate | undefined
  readonly size: number
  values(): Iterable<Candidate>
}

/** Orders by readiness, then by score. */
export const byStanding = (a: Candidate, b: Candidate): number => Number(b.ready) - Number(a.ready) || b.score - a.score

/** The candidates whose nodes are among the named ones, listed only when that is asked for. */
export function among(all: CandidateMap, nodes: ReadonlySet<string>): CandidateMap {
  let listed: ReadonlyMap<string, Candidate> | undefined
  const list = (): ReadonlyMap<string, Candidate> => {
    listed ??= new Map([...nodes].flatMap((node) => [all.get(node) ?? []].flat().map((one): [string, Candidate] => [node, one])))
    return listed
  }
  return {
    has: (node) => nodes.has(node) && all.has(node),
    get: (node) => (nodes.has(node) ? all.get(node) : undefined),
    get size() {
      return list().size
    },
    values: () => list().values(),
  }
}
