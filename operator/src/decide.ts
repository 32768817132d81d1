import { allocate } from './allocate/allocate'
import type { Allocation } from './allocate/outcome'
import { withPoolFaults } from './allocate/pool-faults'
import type { Config } from './config/config'
import { formerPools } from './config/former-pools'
import { resolve } from './config/resolve'
import type { HeldServices } from './model/pass-input'
import { type GraceInput, nextRelease, type ReleaseTimes } from './model/pass-input'
import type { OperatorSettings } from './model/settings'
import type { PodOwner } from './model/status-object'
import type { World } from './model/world'
import type { MoveMemory } from './plan/l2/movement'
import { type Plan, plan } from './plan/plan'
import { type Doubts, doubts, nextDoubt } from './plan/reports/doubts'
import { type Lagging, lagging, nextStale } from './plan/reports/node-report'
import { type Contests, contests, nextTurn } from './publish/contested'
import { type Decided, publish, publishFrozen } from './publish/publish'
import { unsettledNodes } from './publish/status-objects'
import type { Publication } from './publish/write'

/** What one pass leaves to the next. A leader that just began has none, and then everything else is in the API. */
export type PassMemory = {
  /** What was last good stays in force. */
  readonly config: Config
  readonly leaving: ReleaseTimes
  readonly given: GraceInput['given']
  readonly contested: Contests
  readonly renewals: Plan['renewals'] | undefined
  readonly doubts: Doubts
  readonly nodeDoubts: Doubts
  readonly behind: Lagging
  /** Of L2 addresses that move; undefined before the first pass. */
  readonly moves: MoveMemory | undefined
}

/** What a pass needs besides the world. The time decides nothing but terms and how conditions are dated. */
type PassInput = {
  readonly settings: OperatorSettings
  /** What the last pass left behind; undefined for the first one. */
  readonly previous: PassMemory | undefined
  readonly held: HeldServices
  /** Why a kind cannot be read any more; then nothing is decided. */
  readonly frozen: string | undefined
  readonly nowSeconds: number
  /** The time of `nowSeconds` in RFC 3339. */
  readonly now: string
}

export type Decision = {
  readonly config: Config
  /** For the next pass. */
  readonly memory: PassMemory
  readonly publication: Publication
  readonly decided: Decided | undefined
  /** Seconds until the next pass is due without any change; undefined if none is. */
  readonly requeueAfterSeconds: number | undefined
}

/** One pass: allocate, plan, publish. Pure: the same world gives the same writes. */
export function decide(world: World, input: PassInput): Decision {
  const { settings, previous = firstPass, held, frozen, nowSeconds, now } = input
  const resolved = resolve(world, previous.config)
  if (frozen !== undefined) return undecided(world, resolved, { ...input, previous, frozen })
  const config = { ...resolved, former: formerPools(resolved, previous.config, nowSeconds) }
  const grace = { nowSeconds, leaving: previous.leaving, given: previous.given }
  const allocation = withPoolFaults(allocate(world, config, grace, held), config, world)
  const behind = lagging(world, previous.behind, nowSeconds)
  const planned = plan(world, config, allocation, { settings, nowSeconds, renewals: previous.renewals, moves: previous.moves, behind })
  const doubted = doubts(planned.announced, previous.doubts, nowSeconds)
  const nodeDoubts = doubts(unsettledNodes(planned), previous.nodeDoubts, nowSeconds)
  const decided = { world, config, allocation, plan: planned }
  const contested = contests(world.services, previous.contested, nowSeconds)
  const memory = {
    config,
    leaving: allocation.leaving,
    given: givenBy(allocation),
    contested,
    renewals: planned.renewals,
    moves: planned.moves,
    doubts: doubted,
    nodeDoubts,
    behind,
  }
  return {
    config,
    memory,
    publication: publish(decided, { ...memory, held: held.held, now, nowSeconds, before: previous.contested, self: selfOf(settings) }),
    decided,
    requeueAfterSeconds: soonest(
      planned.nextSeconds,
      nextRelease(allocation.leaving, nowSeconds),
      nextTurn(world.services, contested, nowSeconds),
      nextDoubt(doubted, nowSeconds),
      settings.serviceBgpStatus ? nextDoubt(nodeDoubts, nowSeconds) : undefined,
      nextStale(behind, nowSeconds),
    ),
  }
}

type UndecidedInput = Pick<PassInput, 'now'> & { readonly previous: PassMemory | typeof firstPass; readonly frozen: string }

/** Nothing is decided while a kind cannot be read: only the conditions that say so are written. */
function undecided(world: World, resolved: Config, { now, previous, frozen }: UndecidedInput): Decision {
  const config = previous.config ?? resolved
  const publication = publishFrozen(world, resolved, frozen, now)
  return { config, memory: { ...previous, config }, publication, decided: undefined, requeueAfterSeconds: undefined }
}

const firstPass = {
  config: undefined,
  leaving: new Map<never, never>(),
  given: new Map<never, never>(),
  contested: new Map<never, never>(),
  renewals: undefined,
  doubts: new Map<never, never>(),
  nodeDoubts: new Map<never, never>(),
  behind: new Map<never, never>(),
  moves: undefined,
} as const

const selfOf = ({ podName: name, podUid: uid }: OperatorSettings): PodOwner | undefined => (uid === undefined ? undefined : { name, uid })

const givenBy = ({ outcomes }: Allocation): GraceInput['given'] =>
  new Map([...outcomes].flatMap(([key, outcome]) => (outcome.kind === 'assigned' ? [[key, outcome.ips]] : [])))

function soonest(...waits: readonly (number | undefined)[]): number | undefined {
  const known = waits.filter((wait) => wait !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}
