import type { Ip } from '@loadstone/ip'
import { byStanding, type CandidateMap } from '../../elect/candidate'
import { electOwner, leaders, type Rules } from '../../elect/elect'

/** What one pass tells the next about addresses that change their owner. A leader that just began has none, and moves nothing at first. */
export type MoveMemory = {
  /** When this leader's first pass was. */
  readonly begunSeconds: number
  readonly lastMoveSeconds: number
  /** The address that was moved last, for a preference or for balance. */
  readonly moving: Ip | undefined
  /** When each address changed its owner, for whatever reason, while that is recent. */
  readonly changed: ReadonlyMap<Ip, number>
  /** When each address was placed for the first time, while that is recent. */
  readonly placed: ReadonlyMap<Ip, number>
  /** Since when each address is being handed over. */
  readonly handovers: ReadonlyMap<Ip, number>
}

/** An address that changed its owner stays there for so long, unless that node fails; one that is new, too, unless a preference asks. */
const recentSeconds = 300
/** Between two moves that a preference asks for: somebody waits for them. */
const wishSeconds = 1
/** Between two moves for balance, which nobody waits for and each of which resets connections. */
const balanceSeconds = 5
/** A new leader does not know what moved lately, nor which nodes are about to come up. */
const quietSeconds = { wish: 60, balance: recentSeconds }
/** How much more than its share a node may own. */
export const imbalance = 1.25

export const firstMoves = (nowSeconds: number): MoveMemory => ({
  begunSeconds: nowSeconds,
  lastMoveSeconds: Number.NEGATIVE_INFINITY,
  moving: undefined,
  changed: new Map(),
  placed: new Map(),
  handovers: new Map(),
})

/** An address with its owner, as it may move. */
type Movable = {
  readonly address: Ip
  /** Decides the election. */
  readonly electedBy: Ip
  readonly owner: string
  readonly eligible: CandidateMap
  readonly hasPreferences: boolean
}

type Move = { readonly address: Ip; readonly to: string; readonly dueSeconds: number }

type MoveInput = {
  readonly memory: MoveMemory
  readonly nowSeconds: number
  readonly rules: Rules & { readonly rebalance: boolean }
  readonly load: ReadonlyMap<string, number>
}

/**
 * The next address to move, and when: first one whose owner is less preferred than another node, then one of a node that owns more than its
 * share. Undefined if all is well. Addresses that changed their owner lately come last.
 */
export function nextMove(movable: readonly Movable[], input: MoveInput): Move | undefined {
  const moves = [wishedMove(movable, input), input.rules.rebalance ? balancingMove(movable, input) : undefined]
  return moves.reduce((soonest, move) => {
    if (soonest === undefined || move === undefined) return soonest ?? move
    return move.dueSeconds < soonest.dueSeconds ? move : soonest
  })
}

const dueSeconds = ({ memory }: MoveInput, address: Ip, kind: keyof typeof quietSeconds): number =>
  Math.max(
    memory.begunSeconds + quietSeconds[kind],
    memory.lastMoveSeconds + (kind === 'wish' ? wishSeconds : balanceSeconds),
    ...[memory.changed, ...(kind === 'balance' ? [memory.placed] : [])].map(
      (times) => (times.get(address) ?? Number.NEGATIVE_INFINITY) + recentSeconds,
    ),
  )

/** Of what may move the first that may do so soonest. */
function soonestOf<T extends Movable>(movable: Iterable<T>, due: (one: T) => number, nowSeconds: number): T | undefined {
  let [found, first]: [T | undefined, number] = [undefined, Number.POSITIVE_INFINITY]
  for (const one of movable) {
    const at = due(one)
    if (at < first) [found, first] = [one, at]
    if (first <= nowSeconds) break
  }
  return found
}

function wishedMove(movable: readonly Movable[], input: MoveInput): Move | undefined {
  const wished = movable.filter((one) => one.hasPreferences && isLessPreferred(one))
  const one = soonestOf(wished, ({ address }) => dueSeconds(input, address, 'wish'), input.nowSeconds)
  if (one === undefined) return undefined
  const to = electOwner({ address: one.electedBy, eligible: one.eligible }, input.rules, input.load)
  return to && { address: one.address, to: to.node, dueSeconds: dueSeconds(input, one.address, 'wish') }
}

function isLessPreferred({ owner, eligible }: Movable): boolean {
  const [first] = leaders(eligible)
  const own = eligible.get(owner)
  return first !== undefined && own !== undefined && first.ready && own.ready && own.score < first.score
}

type Overload = Movable & { readonly bound: number; readonly surplus: number }

/** From the node that owns most beyond its share, to a node of the same rank below it: one always is, since the share exceeds the mean. */
function balancingMove(movable: readonly Movable[], input: MoveInput): Move | undefined {
  if (input.rules.placement === 'metallb') return undefined
  const owned = (node: string): number => input.load.get(node) ?? 0
  const boundOf = bounds(owned)
  const overloaded = movable.flatMap((one): Overload[] => {
    const load = owned(one.owner)
    const bound = load < 2 ? load : boundOf(one.eligible)
    return load > bound && isLeader(one) ? [{ ...one, bound, surplus: load - bound }] : []
  })
  const sorted = overloaded.sort((a, b) => b.surplus - a.surplus)
  const one = soonestOf(sorted, ({ address }) => dueSeconds(input, address, 'balance'), input.nowSeconds)
  if (one === undefined) return undefined
  const to = electOwner({ address: one.electedBy, eligible: one.eligible }, { placement: 'balanced', bound: one.bound }, input.load)
  return to && { address: one.address, to: to.node, dueSeconds: dueSeconds(input, one.address, 'balance') }
}

function isLeader({ owner, eligible }: Movable): boolean {
  const [first] = leaders(eligible)
  const own = eligible.get(owner)
  return first?.ready === true && own !== undefined && byStanding(own, first) === 0
}

/** How many addresses a node may own among those of its rank, worked out once for each set of nodes. */
function bounds(owned: (node: string) => number): (eligible: CandidateMap) => number {
  const known = new Map<CandidateMap, number>()
  return (eligible) => {
    const found = known.get(eligible)
    if (found !== undefined) return found
    const among = leaders(eligible)
    const total = among.reduce((sum, { node }) => sum + owned(node), 0)
    const bound = Math.ceil((imbalance * total) / Math.max(1, among.length))
    known.set(eligible, bound)
    return bound
  }
}

/** Whether the next move has to wait: until it is due, and until the last one is complete. */
export const mayMoveNow = (
  { dueSeconds: due }: Pick<Move, 'dueSeconds'>,
  { nowSeconds, memory }: MoveInput,
  handedOver: boolean,
): boolean => due <= nowSeconds && (memory.moving === undefined || handedOver)

type Changes = {
  readonly nowSeconds: number
  /** The address that this pass moves for a preference or for balance. */
  readonly moved: Ip | undefined
  /** Addresses that have another owner than was published. */
  readonly changed: ReadonlySet<Ip>
  /** Addresses that were not published. */
  readonly placed: ReadonlySet<Ip>
  readonly handingOver: readonly Ip[]
}

/** What the next pass needs to know. */
export function remembered(memory: MoveMemory, { nowSeconds, moved, changed, placed, handingOver }: Changes): MoveMemory {
  return {
    begunSeconds: Math.min(memory.begunSeconds, nowSeconds),
    lastMoveSeconds: moved === undefined ? Math.min(memory.lastMoveSeconds, nowSeconds) : nowSeconds,
    moving: moved ?? (memory.moving !== undefined && handingOver.includes(memory.moving) ? memory.moving : undefined),
    changed: recent(memory.changed, changed, nowSeconds),
    placed: recent(memory.placed, placed, nowSeconds),
    handovers: new Map(handingOver.map((ip) => [ip, changed.has(ip) ? nowSeconds : (memory.handovers.get(ip) ?? nowSeconds)])),
  }
}

/** Times that are recent still, with those of now. A clock that was set back makes none of them last longer. */
function recent(before: ReadonlyMap<Ip, number>, now: ReadonlySet<Ip>, nowSeconds: number): ReadonlyMap<Ip, number> {
  const times = new Map<Ip, number>()
  for (const [ip, at] of before) if (nowSeconds - at < recentSeconds) times.set(ip, Math.min(at, nowSeconds))
  for (const ip of now) times.set(ip, nowSeconds)
  return times
}
