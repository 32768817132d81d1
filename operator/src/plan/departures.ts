import type { Leaving, PlannedSession } from '@loadstone/plan'
import { compare } from '../model/json'
import { type Note, note } from '../model/reasons'
import type { BgpPlan } from './bgp/plan-bgp'
import type { L2Plan } from './l2/plan-l2'
import type { NodeView } from './nodes/node-view'

export type Departures = {
  /** Nodes that the plan tells to leave. */
  readonly leaving: ReadonlyMap<string, Leaving>
  /** Nodes that should leave but are not told to, and why. */
  readonly staying: ReadonlyMap<string, Note>
}

type Paths = {
  readonly l2: Pick<L2Plan, 'placements'>
  readonly bgp: Pick<BgpPlan, 'shared' | 'own'>
  readonly sessions: ReadonlyMap<string, readonly PlannedSession[]>
}

/**
 * Decides which nodes leave. The last path stays (docs/design.md §3): a node that announces something which only leaving nodes
 * announce is not told to leave, until another node announces it or no Service needs it. A node out of service is off and leaves.
 */
export function departures(views: ReadonlyMap<string, NodeView>, paths: Paths): Departures {
  const requests = new Map([...views].flatMap(([name, { leaving }]) => (leaving === undefined ? [] : [[name, leaving] as const])))
  const needed = [...requests.values()].some((why) => why !== 'out-of-service') ? lastPaths(views, paths) : new Map<string, string[]>()
  const leaving = new Map<string, Leaving>()
  const staying = new Map<string, Note>()
  for (const [name, why] of requests) {
    const alone = why === 'out-of-service' ? undefined : needed.get(name)
    if (alone === undefined) leaving.set(name, why)
    else staying.set(name, note('LastPath', lastPath(why, alone)))
  }
  return { leaving, staying }
}

const shown = 3
const asked = {
  drain: 'The annotation loadstone.dev/drain asks it to leave',
  shutdown: 'It is shutting down',
  'out-of-service': '',
} as const

function lastPath(why: Leaving, alone: readonly string[]): string {
  const addresses = [...new Set(alone)].sort(compare)
  const more = addresses.length > shown ? ` and ${addresses.length - shown} more` : ''
  return `${asked[why]}, but no node that stays announces ${addresses.slice(0, shown).join(', ')}${more}. It goes on until one does.`
}

/** By node, the addresses and prefixes without a path if all nodes left that should. */
function lastPaths(views: ReadonlyMap<string, NodeView>, { l2, bgp, sessions }: Paths): ReadonlyMap<string, string[]> {
  const remains = (name: string): boolean => {
    const view = views.get(name)
    return view !== undefined && view.leaving === undefined && view.excluded === undefined && view.unavailable === undefined && view.ready
  }
  const connected = (name: string): boolean => (sessions.get(name)?.length ?? 0) > 0
  const routes: Carried[] = [
    ...[...bgp.shared.values()].map((set) => ({ prefixes: set.routes.keys(), nodes: [...set.nodes].filter(connected) })),
    ...[...bgp.own].map(([name, own]) => ({ prefixes: own.keys(), nodes: [name].filter(connected) })),
  ]
  const needed = new Map<string, string[]>()
  const need = (what: string, nodes: readonly string[]): void => {
    for (const name of nodes) needed.set(name, [...(needed.get(name) ?? []), what])
  }
  for (const [prefix, nodes] of orphans(routes, remains)) need(prefix, nodes)
  for (const { address, candidates } of l2.placements) if (!candidates.some(remains)) need(address, candidates)
  return needed
}

type Carried = { readonly prefixes: Iterable<string>; readonly nodes: readonly string[] }

/** Prefixes that no remaining node announces, with the nodes that do. Nodes are checked once per set, not per prefix. */
function orphans(routes: readonly Carried[], remains: (name: string) => boolean): ReadonlyMap<string, readonly string[]> {
  const safe = new Set<string>()
  const doubtful = new Map<string, string[]>()
  for (const { prefixes, nodes } of routes) {
    const lasting = nodes.some(remains)
    for (const prefix of prefixes) {
      if (lasting) safe.add(prefix)
      else doubtful.set(prefix, [...(doubtful.get(prefix) ?? []), ...nodes])
    }
  }
  return new Map([...doubtful].filter(([prefix]) => !safe.has(prefix)))
}
