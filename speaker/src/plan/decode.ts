import type {
  AnnouncementPlanSpec,
  AnnouncementSliceSpec,
  L2Entry,
  Partner,
  PlannedRoute,
  PlannedSession,
  RouteSetSpec,
} from '@loadstone/plan'
import { announcementPlanSpec, announcementSliceSpec, type Contract, routeSetSpec, salvage } from '@loadstone/plan/contracts'

/**
 * An object's content, and why parts of it were refused. An object with refusals adds and changes, but removes nothing: what it no longer
 * shows may be exactly the unreadable part. `content` is absent only if nothing readable was ever seen.
 */
export type Parsed<T> = { readonly content?: T; readonly refusals: readonly string[] }

/** The plan of this node; one that names another node is refused whole. `last` is the content that was good before. */
export function parsePlan(spec: unknown, node: string, last?: AnnouncementPlanSpec): Parsed<AnnouncementPlanSpec> {
  const keys = { sessions: peerOf, routeSets: itself, slices: itself, excludeInterfaces: itself, partners: nodeOf }
  return misplaced('plan', spec, node, last) ?? read(announcementPlanSpec, keys, spec, last)
}

export function parseSlice(spec: unknown, node: string, last?: AnnouncementSliceSpec): Parsed<AnnouncementSliceSpec> {
  return misplaced('slice', spec, node, last) ?? read(announcementSliceSpec, { l2: addressOf, routes: routeKey }, spec, last)
}

export function parseRouteSet(spec: unknown, last?: RouteSetSpec): Parsed<RouteSetSpec> {
  return read(routeSetSpec, { routes: routeKey }, spec, last)
}

const itself = (value: string): string => value
const nodeOf = ({ node }: Partner): string => node
const peerOf = ({ peer }: PlannedSession): string => peer
const addressOf = ({ address }: L2Entry): string => address
const routeKey = ({ prefix, peers }: PlannedRoute): string => `${prefix} ${peers?.join() ?? ''}`

function misplaced<T>(what: string, spec: unknown, node: string, last: T | undefined): Parsed<T> | undefined {
  const named = (spec as { readonly node?: unknown } | null | undefined)?.node
  if (typeof named !== 'string' || named === node) return undefined
  return keeping(last, `spec.node: the ${what} is for ${named}, this node is ${node}`)
}

const keeping = <T>(last: T | undefined, refusal: string): Parsed<T> => ({
  ...(last === undefined ? {} : { content: last }),
  refusals: [refusal],
})

/** The identity of an element, for each list. */
type Keys<T> = { readonly [K in keyof T as T[K] extends readonly unknown[] ? K : never]: KeyOf<T[K]> }
type KeyOf<L> = L extends readonly (infer E)[] ? (element: E) => string : never

/** Parses a spec. A fault outside its lists refuses the whole; in a list, former elements that are not replaced stay. */
function read<T extends object>(contract: Contract<T>, keys: Keys<T>, spec: unknown, last: T | undefined): Parsed<T> {
  const { sound, faults } = salvage(contract, spec, 'spec')
  const outside = faults.find(({ field }) => field === undefined || !(field in keys))
  if (outside !== undefined) return keeping(last, outside.text)
  const content = { ...sound } as T
  for (const field of new Set(faults.flatMap(({ field }) => field ?? []))) {
    const key = (keys as Readonly<Record<string, (element: unknown) => string>>)[field] ?? String
    content[field] = withKept(content[field] as readonly unknown[], last?.[field] as readonly unknown[] | undefined, key) as T[typeof field]
  }
  return { content, refusals: faults.map(({ text }) => text) }
}

function withKept<E>(good: readonly E[], last: readonly E[] = [], key: (element: E) => string): readonly E[] {
  const replaced = new Set(good.map(key))
  return [...good, ...last.filter((element) => !replaced.has(key(element)))]
}
