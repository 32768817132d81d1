import { nodeLabel, nodeLabelKey, routesLabelKey } from '@loadstone/plan'
import type { Published, PublishedPlan, World } from '../model/world'
import type { Plan } from '../plan/plan'
import { sameJson } from './same-json'
import type { ApplyWrite, DeleteWrite, PlanObject, Write } from './write'

type ObjectWrites = {
  /** Slices and RouteSets that gain something. */
  readonly gains: readonly Write[]
  readonly plans: readonly Write[]
  /** Objects that only lose something, and final contents of objects that were written with an interim one. */
  readonly shrinks: readonly Write[]
  readonly deletions: readonly Write[]
}

type PublishedObject = Published<unknown>
type DesiredObject = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly final: PlanObject
  readonly interim: PlanObject
}

/** Writes that turn the published objects into the plan, in an order in which no speaker lacks a route (docs/design.md §1). */
export function objectWrites(world: World, plan: Plan): ObjectWrites {
  const wanted = wantedObjects(plan)
  const known = new Map<string, PublishedObject>([
    ...world.slices.map((item): [string, PublishedObject] => [`AnnouncementSlice/${item.meta.name}`, item]),
    ...world.routeSets.map((item): [string, PublishedObject] => [`RouteSet/${item.meta.name}`, item]),
  ])
  const steps = wanted.map((object) => stepsOf(object, known.get(`${object.final.kind}/${object.name}`)))
  return {
    gains: steps.flatMap(({ gain }) => gain ?? []),
    plans: [...plan.plans].flatMap(([name, spec]) => planWrite(name, { kind: 'AnnouncementPlan', spec }, world.plans.get(name))),
    shrinks: steps.flatMap(({ shrink }) => shrink ?? []),
    deletions: deletions(world, plan, new Set(wanted.map(({ final, name }) => `${final.kind}/${name}`))),
  }
}

function wantedObjects({ slices, routeSets }: Plan): readonly DesiredObject[] {
  return [
    ...routeSets.map(
      ({ name, spec, interim }): DesiredObject => ({
        name,
        labels: { [routesLabelKey]: 'shared' },
        final: { kind: 'RouteSet', spec },
        interim: { kind: 'RouteSet', spec: interim },
      }),
    ),
    ...slices.map(
      ({ name, spec, interim }): DesiredObject => ({
        name,
        labels: { [nodeLabelKey]: nodeLabel(spec.node) },
        final: { kind: 'AnnouncementSlice', spec },
        interim: { kind: 'AnnouncementSlice', spec: interim },
      }),
    ),
  ]
}

function stepsOf(
  { name, labels, final, interim }: DesiredObject,
  known: PublishedObject | undefined,
): { readonly gain?: Write; readonly shrink?: Write } {
  const apply = (object: PlanObject): ApplyWrite => ({ do: 'apply', name, labels, object })
  const isKnown = known !== undefined && hasLabels(known, labels)
  if (isKnown && sameJson(known.raw, final.spec)) return {}
  if (isKnown && isSubset(final, known.raw)) return { shrink: apply(final) }
  const gain = isKnown && sameJson(known.raw, interim.spec) ? {} : { gain: apply(interim) }
  return sameJson(interim.spec, final.spec) ? gain : { ...gain, shrink: apply(final) }
}

const hasLabels = ({ meta }: PublishedObject, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(labels).every(([key, value]) => meta.labels.get(key) === value)

/** Whether the published object contains all items of the new one, unchanged. */
function isSubset({ kind, spec }: PlanObject, raw: PublishedObject['raw']): boolean {
  if (kind === 'AnnouncementPlan') return false
  const published = kind === 'RouteSet' ? [raw['routes']] : [raw['l2'], raw['routes']]
  const lists: readonly (readonly unknown[])[] = kind === 'RouteSet' ? [spec.routes] : [spec.l2, spec.routes]
  return lists.every((items, i) => {
    const before = published[i]
    const texts = new Set(Array.isArray(before) ? before.map(canonical) : [])
    return items.every((item) => texts.has(canonical(item)))
  })
}

/** JSON with sorted keys, because the API server changes their order. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  ) ?? ''

const planWrite = (name: string, object: PlanObject, known: PublishedPlan | undefined): readonly Write[] =>
  known !== undefined && sameJson(known.raw, object.spec) ? [] : [{ do: 'apply', name, labels: {}, object }]

/** Deletions of objects outside the plan that no speaker reads any more. */
function deletions(world: World, plan: Plan, wanted: ReadonlySet<string>): readonly DeleteWrite[] {
  const deletionOf = (kind: DeleteWrite['kind'], { meta }: PublishedObject): DeleteWrite => ({
    do: 'delete',
    kind,
    name: meta.name,
    uid: meta.uid,
  })
  return [
    ...[...world.plans.values()].filter(({ meta }) => !plan.plans.has(meta.name)).map((item) => deletionOf('AnnouncementPlan', item)),
    ...world.routeSets
      .filter(({ meta }) => !wanted.has(`RouteSet/${meta.name}`) && isReleased(meta.name, 'routeSets', [...world.plans.values()], world))
      .map((item) => deletionOf('RouteSet', item)),
    ...world.slices
      .filter(
        ({ meta, spec }) =>
          !wanted.has(`AnnouncementSlice/${meta.name}`) && isReleased(meta.name, 'slices', readersOf(spec.node, world), world),
      )
      .map((item) => deletionOf('AnnouncementSlice', item)),
  ]
}

const readersOf = (node: string, { plans }: World): readonly PublishedPlan[] => {
  const plan = plans.get(node)
  return plan === undefined ? [] : [plan]
}

/** Whether no plan lists the object, and each running speaker has read its plan since or does not observe the object. */
function isReleased(name: string, field: 'routeSets' | 'slices', plans: readonly PublishedPlan[], { speakers }: World): boolean {
  return plans.every(({ meta, raw, status }) => {
    const listed = raw[field]
    if (Array.isArray(listed) && listed.includes(name)) return false
    const runs = (speakers.get(meta.name) ?? []).some(({ ready }) => ready)
    if (status === undefined || !runs || status.observedGeneration >= meta.generation) return true
    return !(field === 'routeSets' ? status.observedRouteSets : status.observedSlices).includes(name)
  })
}
