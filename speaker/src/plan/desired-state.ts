import type { Millis } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import type { L2Entry } from '@loadstone/plan'
import { type Advertised, type AdvertisedPrefixes, adjRibsOut, byHealth, without } from './adj-ribs-out'
import { type Parsed, parsePlan, parseRouteSet, parseSlice } from './decode'
import { type LastGood, type LastGoodPlan, routesOf, sessionsOf, unknownOf } from './last-good-plan'
import { type Announced, delayWithdrawals, earliest, wakeAt } from './withdrawal-delay'

/** An object as its watch shows it. */
export type ObservedObject = {
  readonly uid: string
  readonly generation: number
  /** Changes whenever spec may have changed. */
  readonly version: string
  readonly spec: unknown
}
export type Observed = {
  /** Each of the three kinds has been listed completely. */
  readonly complete: boolean
  /** Whether the watch of the plan is live. A missing plan counts as deleted only while it is. */
  readonly planWatched: boolean
  /** Why one of the watches is not live. */
  readonly trouble: string | undefined
  /** The plan's status as first seen, which an earlier process wrote. */
  readonly firstStatus: unknown
  readonly plan?: ObservedObject
  readonly slices: ReadonlyMap<string, ObservedObject>
  readonly routeSets: ReadonlyMap<string, ObservedObject>
  /** Health check ports whose Service has no pods on this node. */
  readonly silentPorts?: ReadonlySet<number>
}

/** What the node is to announce. */
export type DesiredState = {
  readonly lastGood: LastGoodPlan
  /** Since when a live watch has shown no plan. */
  readonly planGoneSince: Millis | undefined
  readonly entries: ReadonlyMap<Ip, Announced<L2Entry>>
  /** By peer, then by prefix. */
  readonly adjRibsOut: ReadonlyMap<string, ReadonlyMap<string, Announced<Advertised>>>
  /** When time alone changes the desired state. */
  readonly wakeAt: Millis | undefined
}

/** docs/design.md §1: a deleted plan is not an empty plan. */
export const deletedPlanMillis = 30_000

export const nothingDesired: DesiredState = {
  lastGood: { slices: new Map(), routeSets: new Map() },
  planGoneSince: undefined,
  entries: new Map(),
  adjRibsOut: new Map(),
  wakeAt: undefined,
}

/**
 * Computes the next desired state from the previous one and the observed objects. Announcements begin at once, withdrawals are delayed
 * (docs/design.md §1). While an object that the plan lists is unknown or unreadable, nothing is withdrawn: the missing part may be the
 * reason for it. Routes of silent health check ports are the exception: they have no pods on this node.
 */
export function desiredState(previous: DesiredState, seen: Observed, node: string, now: Millis): DesiredState {
  const planGoneSince = seen.plan === undefined && seen.planWatched ? (previous.planGoneSince ?? now) : undefined
  const planEnds = planGoneSince === undefined ? undefined : planGoneSince + deletedPlanMillis
  const lastGood = planEnds !== undefined && now >= planEnds ? nothingDesired.lastGood : updated(previous.lastGood, seen, node)
  const keep = isComplete(lastGood) ? () => false : () => true
  const entries = delayWithdrawals(previous.entries, entriesOf(lastGood), now, keep)
  const adjRibs = announcedRibs(previous.adjRibsOut, lastGood, seen.silentPorts, (before, rib) => delayWithdrawals(before, rib, now, keep))
  return { lastGood, planGoneSince, entries, adjRibsOut: adjRibs, wakeAt: earliest(now, planEnds, wakeAt(entries, ...adjRibs.values())) }
}

type AnnouncedRib = ReadonlyMap<string, Announced<Advertised>>

/** The routes of each session, with withdrawals delayed by `holding`. */
function announcedRibs(
  previous: ReadonlyMap<string, AnnouncedRib>,
  lastGood: LastGoodPlan,
  silent: ReadonlySet<number> = new Set(),
  holding: (before: AnnouncedRib, rib: AdvertisedPrefixes) => AnnouncedRib,
): ReadonlyMap<string, AnnouncedRib> {
  const { announced, withdrawn } = byHealth(routesOf(lastGood), silent)
  const ribs = [...adjRibsOut(sessionsOf(lastGood), announced)]
  return new Map(ribs.map(([peer, rib]) => [peer, holding(without(previous.get(peer) ?? new Map<string, never>(), withdrawn), rib)]))
}

/** Whether every listed object is known and readable. Refusals of the plan itself do not count: its lists keep former elements (decode.ts). */
const isComplete = (lastGood: LastGoodPlan): boolean =>
  unknownOf(lastGood).length === 0 &&
  [...lastGood.slices.values(), ...lastGood.routeSets.values()].every(({ refusals }) => refusals.length === 0)

function updated(lastGood: LastGoodPlan, seen: Observed, node: string): LastGoodPlan {
  const plan = updatedObject(lastGood.plan, seen.plan, (spec, last) => parsePlan(spec, node, last))
  const names = plan?.content
  const slices = updatedObjects(names?.slices ?? [], lastGood.slices, seen.slices, (spec, last) => parseSlice(spec, node, last))
  const routeSets = updatedObjects(names?.routeSets ?? [], lastGood.routeSets, seen.routeSets, parseRouteSet)
  const same = plan === lastGood.plan && slices === lastGood.slices && routeSets === lastGood.routeSets
  return same ? lastGood : { ...(plan === undefined ? {} : { plan }), slices, routeSets }
}

type Parse<T> = (spec: unknown, last?: T) => Parsed<T>

/** The listed objects, sorted by name so that no order of arrival decides anything. The same map while nothing in it changed. */
function updatedObjects<T>(
  names: readonly string[],
  lastGood: ReadonlyMap<string, LastGood<T>>,
  seen: ReadonlyMap<string, ObservedObject>,
  parse: Parse<T>,
): ReadonlyMap<string, LastGood<T>> {
  const found = new Map<string, LastGood<T>>()
  for (const name of [...names].sort()) {
    const object = updatedObject(lastGood.get(name), seen.get(name), parse)
    if (object !== undefined) found.set(name, object)
  }
  const same = found.size === lastGood.size && [...found].every(([name, object]) => lastGood.get(name) === object)
  return same ? lastGood : found
}

function updatedObject<T>(last: LastGood<T> | undefined, object: ObservedObject | undefined, parse: Parse<T>): LastGood<T> | undefined {
  if (object === undefined || object.version === last?.version) return last
  return { ...parse(object.spec, last?.content), generation: object.generation, version: object.version }
}

/** L2 entries by address. While an address moves, two slices may hold it: the entry with the higher term is the later decision. */
function entriesOf({ slices }: LastGoodPlan): ReadonlyMap<Ip, L2Entry> {
  const entries = new Map<Ip, L2Entry>()
  for (const entry of [...slices.values()].flatMap(({ content }) => content?.l2 ?? [])) {
    const same = entries.get(entry.address)
    if (same === undefined || entry.term > same.term) entries.set(entry.address, entry)
  }
  return entries
}

export const nothingObserved: Observed = {
  complete: false,
  planWatched: false,
  trouble: undefined,
  firstStatus: undefined,
  slices: new Map(),
  routeSets: new Map(),
}
