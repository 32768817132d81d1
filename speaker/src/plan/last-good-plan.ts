import type { AnnouncementPlanSpec, AnnouncementSliceSpec, PlannedRoute, PlannedSession, RouteSetSpec } from '@loadstone/plan'
import type { Parsed } from './decode'

/** An object's last good content. `seen` is the version it was read from; absent when it came from the saved plan. */
export type LastGood<T> = Parsed<T> & { readonly generation: number; readonly version?: string }
/** What survives a restart of the process. */
export type LastGoodPlan = {
  readonly plan?: LastGood<AnnouncementPlanSpec>
  readonly slices: ReadonlyMap<string, LastGood<AnnouncementSliceSpec>>
  readonly routeSets: ReadonlyMap<string, LastGood<RouteSetSpec>>
}

export const sessionsOf = (lastGood: LastGoodPlan): readonly PlannedSession[] => lastGood.plan?.content?.sessions ?? []

/** Sets and slices that the plan lists and of which nothing is known. */
export function unknownOf({ plan, slices, routeSets }: LastGoodPlan): readonly string[] {
  const { slices: mine = [], routeSets: shared = [] } = plan?.content ?? {}
  return [
    ...mine.filter((name) => slices.get(name)?.content === undefined).map((name) => `AnnouncementSlice ${name}`),
    ...shared.filter((name) => routeSets.get(name)?.content === undefined).map((name) => `RouteSet ${name}`),
  ].sort()
}

/** What could not be read, each with the object it stands in. */
export function refusalsOf({ plan, slices, routeSets }: LastGoodPlan): readonly string[] {
  const named = (kind: string, known: ReadonlyMap<string, LastGood<unknown>>): readonly string[] =>
    [...known].flatMap(([name, { refusals }]) => refusals.map((refusal) => `${kind} ${name}: ${refusal}`))
  return [
    ...(plan?.refusals ?? []).map((refusal) => `AnnouncementPlan: ${refusal}`),
    ...named('AnnouncementSlice', slices),
    ...named('RouteSet', routeSets),
  ]
}

/** Every route that the plan lists, in this node's slices and in shared sets. */
export function routesOf({ slices, routeSets }: LastGoodPlan): readonly PlannedRoute[] {
  return [...slices.values(), ...routeSets.values()].flatMap(({ content }) => content?.routes ?? [])
}
