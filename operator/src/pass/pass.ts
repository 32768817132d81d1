import type { Millis } from '@loadstone/clock'
import type { ServiceKey } from '@loadstone/plan'
import type { Decision } from '../decide'
import type { HeldServices } from '../model/pass-input'
import type { World } from '../model/world'
import type { ServiceWrite, Write, WriteResult } from '../publish/write'
import { heldBack } from './held-back'
import type { Holds } from './holds'
import { reportsOf } from './resting-reports'
import { nextWrites } from './service-order'

/** How the writes of one step ended. `pending`: still in flight, and nobody waits for it any longer. */
export type Results = ReadonlyMap<Write, WriteResult | 'pending'>

/** What a pass came to: what was decided last, the reports on it, and the writes that wait for others, did not succeed or are in flight. */
export type PassOutcome = {
  readonly decision: Decision
  readonly writes: number
  readonly reports: readonly Write[]
  readonly unwritten: readonly Write[]
}

type PassSteps = {
  /** The world as it is now, with all writes that have ended. */
  readonly observe: () => World
  /** Decides on it. `previous` is the decision of this pass that is being revised. */
  readonly decide: (world: World, held: HeldServices, previous: Decision | undefined) => Decision
  readonly holds: Holds
  readonly nowMillis: () => Millis
}

/** Rounds in which Services are decided anew at once; after that, those that still change under our hands wait for the next pass. */
const mostRounds = 8

/**
 * One pass, as steps: it yields writes to perform side by side and is told how each ended. Addresses come first. If one could not be
 * written, everything is decided anew with that Service as its status says, so that plans and reports rest on what was written. A fault
 * of one object holds back what depends on it and nothing else. Returns undefined if the writes were abandoned.
 */
export function* passOf(steps: PassSteps): Generator<readonly Write[], PassOutcome | undefined, Results> {
  const { observe, decide, holds, nowMillis } = steps
  const left = new Set<ServiceKey>()
  const failed = new Map<ServiceKey, Write>()
  const begunMillis = nowMillis()
  let decision: Decision | undefined
  let writes = 0
  for (let round = 0; ; round++) {
    const world = observe()
    const { held, promised } = holds.services(world, nowMillis())
    decision = decide(world, { held: new Set([...held, ...left]), promised }, decision)
    const moved = yield* moveAddresses(decision, world)
    if (moved === undefined) return undefined
    writes += moved.writes
    for (const write of moved.failed) failed.set(keyOf(write), write)
    if (moved.all) break
    if (round >= mostRounds) for (const write of [...moved.failed, ...moved.interim]) left.add(keyOf(write))
  }
  const published = yield* publishObjects(decision, steps)
  if (published === undefined) return undefined
  holds.forget(begunMillis)
  const unwritten = [...failed.values(), ...published.unwritten]
  const { reports } = decision.publication
  const due = decision.decided === undefined ? reports : reportsOf(reports, unwritten, decision.decided)
  return { decision, writes: writes + published.writes, reports: due.filter((write) => !holds.isHeld(write, nowMillis())), unwritten }
}

type Moved = {
  readonly all: boolean
  readonly writes: number
  readonly failed: readonly ServiceWrite[]
  readonly interim: readonly ServiceWrite[]
}

const keyOf = ({ service: { namespace, name } }: ServiceWrite): ServiceKey => `${namespace}/${name}`

/** Writes the addresses, each as soon as nobody else has it any more. Ends at the first step that was not written whole. */
function* moveAddresses({ publication }: Decision, world: World): Generator<readonly Write[], Moved | undefined, Results> {
  const services = new Map(world.services.map((service) => [service.key, service]))
  let rest = publication.services
  for (let writes = 0; ; ) {
    const { now, later } = nextWrites(rest, services)
    if (now.length === 0) return { all: true, writes, failed: [], interim: [] }
    const results = yield now
    if (isAbandoned(results)) return undefined
    writes += now.length
    const failed = now.filter((write) => !isDone(results.get(write)))
    const interim = now.filter((write) => !rest.includes(write))
    if (failed.length + interim.length > 0) return { all: false, writes, failed, interim }
    rest = later
  }
}

type Published = { readonly writes: number; readonly unwritten: readonly Write[] }

function* publishObjects(
  { publication, decided }: Decision,
  { holds, nowMillis }: PassSteps,
): Generator<readonly Write[], Published | undefined, Results> {
  const unwritten: Write[] = []
  let writes = 0
  if (decided === undefined) return { writes, unwritten }
  for (const phase of publication.objects) {
    const back = heldBack(phase, unwritten, decided)
    const due = phase.filter((write) => !back.has(write) && !holds.isHeld(write, nowMillis()))
    const results: Results = due.length === 0 ? new Map() : yield due
    if (isAbandoned(results)) return undefined
    writes += due.length
    unwritten.push(...phase.filter((write) => !isDone(results.get(write))))
  }
  return { writes, unwritten }
}

const isDone = (result: WriteResult | 'pending' | undefined): boolean => result === 'written' || result === 'gone'

const isAbandoned = (results: Results): boolean => [...results.values()].includes('abandoned')
