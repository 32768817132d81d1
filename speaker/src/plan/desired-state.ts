import type { Millis } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import type { L2Entry } from '@loadstone/plan'
import { type Advertised, byHealth, type Rib, ribs, without } from './adj-ribs-out'
import { type Parsed, parsePlan, parseRouteSet, parseSlice } from './decode'
import { type Known, type Memory, routesOf, sessionsOf, unknownOf } from './memory'
import { earliest, type Held, hold, wakeAt } from './withdrawal-delay'

/** An object as the watch shows it. */
export type SeenObject = {
  readonly uid: string
  readonly generation: number
  /** Changes whenever spec may have. */
  readonly version: string
  readonly spec: unknown
}
export type Seen = {
  /** Each of the three kinds has been listed whole. */
  readonly complete: boolean
  /** Absence of the plan means something only while its watch is in order. */
  readonly planWatched: boolean
  /** Why one of the watches is not in order. */
  readonly trouble: string | undefined
  /** The plan's status as it was first seen: what an earlier process wrote. */
  readonly firstStatus: unknown
  readonly plan?: SeenObject
  readonly slices: ReadonlyMap<string, SeenObject>
  readonly routeSets: ReadonlyMap<string, SeenObject>
  /** Health ports of this node that say that their Service has no pods here. */
  readonly silentPorts?: ReadonlySet<number>
}

/** The truth to carry out. */
export type Truth = {
  readonly memory: Memory
  /** Since when an orderly watch has shown no plan. */
  readonly planGoneSince: Millis | undefined
  readonly entries: ReadonlyMap<Ip, Held<L2Entry>>
  /** By peer, then by prefix. */
  readonly ribs: ReadonlyMap<string, ReadonlyMap<string, Held<Advertised>>>
  /** When time alone changes it. */
  readonly wakeAt: Millis | undefined
}

/** docs/design.md §1: a deleted plan is not an empty plan. */
export const deletedPlanMillis = 30_000

export const nothingYet: Truth = {
  memory: { slices: new Map(), routeSets: new Map() },
  planGoneSince: undefined,
  entries: new Map(),
  ribs: new Map(),
  wakeAt: undefined,
}

/**
 * From what was carried out and what is seen to what is to be carried out. It announces at once and holds withdrawals
 * (docs/design.md §1); and while part of what the plan lists is unknown or unreadable, it takes nothing away, because the missing
 * part may hold exactly that. Routes of silent health ports go at once, whatever is not known: they have no pods on this node.
 */
export function assemble(previous: Truth, seen: Seen, node: string, now: Millis): Truth {
  const planGoneSince = seen.plan === undefined && seen.planWatched ? (previous.planGoneSince ?? now) : undefined
  const planEnds = planGoneSince === undefined ? undefined : planGoneSince + deletedPlanMillis
  const memory = planEnds !== undefined && now >= planEnds ? nothingYet.memory : remember(previous.memory, seen, node)
  const keep = isComplete(memory) ? () => false : () => true
  const entries = hold(previous.entries, entriesOf(memory), now, keep)
  const told = held(previous.ribs, memory, seen.silentPorts, (before, rib) => hold(before, rib, now, keep))
  return { memory, planGoneSince, entries, ribs: told, wakeAt: earliest(now, planEnds, wakeAt(entries, ...told.values())) }
}

type HeldRib = ReadonlyMap<string, Held<Advertised>>

/** What each session tells, held as `holding` says. */
function held(
  previous: ReadonlyMap<string, HeldRib>,
  memory: Memory,
  silent: ReadonlySet<number> = new Set(),
  holding: (before: HeldRib, rib: Rib) => HeldRib,
): ReadonlyMap<string, HeldRib> {
  const { standing, fallen } = byHealth(routesOf(memory), silent)
  const told = [...ribs(sessionsOf(memory), standing)]
  return new Map(told.map(([peer, rib]) => [peer, holding(without(previous.get(peer) ?? new Map<string, never>(), fallen), rib)]))
}

/** Refusals in the plan itself need no such care: its own lists keep what was in them (decode.ts). */
const isComplete = (memory: Memory): boolean =>
  unknownOf(memory).length === 0 && [...memory.slices.values(), ...memory.routeSets.values()].every(({ refusals }) => refusals.length === 0)

function remember(memory: Memory, seen: Seen, node: string): Memory {
  const plan = known(memory.plan, seen.plan, (spec, last) => parsePlan(spec, node, last))
  const names = plan?.content
  const slices = listed(names?.slices ?? [], memory.slices, seen.slices, (spec, last) => parseSlice(spec, node, last))
  const routeSets = listed(names?.routeSets ?? [], memory.routeSets, seen.routeSets, parseRouteSet)
  const same = plan === memory.plan && slices === memory.slices && routeSets === memory.routeSets
  return same ? memory : { ...(plan === undefined ? {} : { plan }), slices, routeSets }
}

type Parse<T> = (spec: unknown, last?: T) => Parsed<T>

/** Sorted by name, so that neither the plan's order nor a watch's decides anything. The same map while nothing in it changed. */
function listed<T>(
  names: readonly string[],
  memory: ReadonlyMap<string, Known<T>>,
  seen: ReadonlyMap<string, SeenObject>,
  parse: Parse<T>,
): ReadonlyMap<string, Known<T>> {
  const found = new Map<string, Known<T>>()
  for (const name of [...names].sort()) {
    const object = known(memory.get(name), seen.get(name), parse)
    if (object !== undefined) found.set(name, object)
  }
  const same = found.size === memory.size && [...found].every(([name, object]) => memory.get(name) === object)
  return same ? memory : found
}

function known<T>(last: Known<T> | undefined, object: SeenObject | undefined, parse: Parse<T>): Known<T> | undefined {
  if (object === undefined || object.version === last?.seen) return last
  return { ...parse(object.spec, last?.content), generation: object.generation, seen: object.version }
}

/** An address that two slices hold while it moves is taken from the later decision, its higher term. */
function entriesOf({ slices }: Memory): ReadonlyMap<Ip, L2Entry> {
  const entries = new Map<Ip, L2Entry>()
  for (const entry of [...slices.values()].flatMap(({ content }) => content?.l2 ?? [])) {
    const same = entries.get(entry.address)
    if (same === undefined || entry.term > same.term) entries.set(entry.address, entry)
  }
  return entries
}

export const nothingSeen: Seen = {
  complete: false,
  planWatched: false,
  trouble: undefined,
  firstStatus: undefined,
  slices: new Map(),
  routeSets: new Map(),
}
