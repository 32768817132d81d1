import type { AnnouncementPlanSpec, AnnouncementSliceSpec, PlannedRoute, PlannedSession, RouteSetSpec } from '@loadstone/plan'
import type { Parsed } from './decode'

/** An object's last good content. `version` is the version it was read from; absent when it came from the saved plan. */
export type LastGood<T> = Parsed<T> & { readonly generation: number; readonly version?: string }
/** The plan and the objects it lists, which survive a restart of the process. */
export type LastGoodPlan = {
  readonly plan?: LastGood<AnnouncementPlanSpec>
  readonly slices: ReadonlyMap<string, LastGood<AnnouncementSliceSpec>>
  readonly routeSets: ReadonlyMap<string, LastGood<RouteSetSpec>>
}

export const sessionsOf = (lastGood: LastGoodPlan): readonly PlannedSession[] => lastGood.plan?.content?.sessions ?? []

/** Slices and route sets that the plan lists and that were never read. */
export function unknownOf({ plan, slices, routeSets }: LastGoodPlan): readonly string[] {
  const { slices: mine = [], routeSets: shared = [] } = plan?.content ?? {}
  return [
    ...mine.filter((name) => slices.get(name)?.content === undefined).map((name) => `AnnouncementSlice ${name}`),
    ...shared.filter((name) => routeSets.get(name)?.content === undefined).map((name) => `RouteSet ${name}`),
  ].sort()
}

/** Every refusal, with the name of its object. */
export function refusalsOf({ plan, slices, routeSets }: LastGoodPlan): readonly string[] {
  const named = (kind: string, known: ReadonlyMap<string, LastGood<unknown>>): readonly string[] =>
    [...known].flatMap(([name, { refusals }]) => refusals.map((refusal) => `${kind} ${name}: ${refusal}`))
  return [
    ...(plan?.refusals ?? []).map((refusal) => `AnnouncementPlan: ${refusal}`),
    ...named('AnnouncementSlice', slices),
    ...named('RouteSet', routeSets),
  ]
}

/** Every route of the plan, in this node's slices and in shared route sets. */
export function routesOf({ slices, routeSets }: LastGoodPlan): readonly PlannedRoute[] {
  return [...slices.values(), ...routeSets.values()].flatMap(({ content }) => content?.routes ?? [])
}
