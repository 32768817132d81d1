import type { AnnouncementPlanStatus, SessionStatus } from '@loadstone/plan/status'
import type { World } from '../../model/world'
import type { NodeView } from '../nodes/node-view'

/** What the speaker of a node reports, or why nothing is known of it. `dead`: the node itself is gone or NotReady. */
type NodeReport =
  | { readonly status: AnnouncementPlanStatus; readonly sessions: ReadonlyMap<string, SessionStatus> }
  | { readonly silence: string; readonly dead: boolean }

export type NodeReports = ReadonlyMap<string, NodeReport>

/** By node whose speaker has not read its present plan: which generation it has read, and since when it is at that one. */
export type Lagging = ReadonlyMap<string, { readonly generation: number; readonly sinceSeconds: number }>

/**
 * A report carries no time, because one that says nothing new is not written. It counts as stale when its plan has been another one for
 * so long. A speaker reads its plan within a second.
 */
const staleSeconds = 30

/** What one pass tells the next. A speaker that reads on, though plans change faster than it reports, is not behind for long. */
export function lagging({ plans }: Pick<World, 'plans'>, previous: Lagging, nowSeconds: number): Lagging {
  const found = new Map<string, { generation: number; sinceSeconds: number }>()
  for (const [node, { meta, status }] of plans) {
    if (status === undefined || status.observedGeneration >= meta.generation) continue
    const generation = status.observedGeneration
    const before = previous.get(node)
    found.set(node, before?.generation === generation ? before : { generation, sinceSeconds: nowSeconds })
  }
  return found
}

/** Seconds until the next report counts as stale; undefined if none will. */
export function nextStale(behind: Lagging, nowSeconds: number): number | undefined {
  const waits = [...behind.values()].map(({ sinceSeconds }) => sinceSeconds + staleSeconds - nowSeconds).filter((wait) => wait > 0)
  return waits.length === 0 ? undefined : Math.min(...waits)
}

const isStale = (name: string, { behind, nowSeconds }: ReportsInput): boolean =>
  nowSeconds >= (behind.get(name)?.sinceSeconds ?? nowSeconds) + staleSeconds

type ReportsInput = { readonly behind: Lagging; readonly nowSeconds: number }

/** The report of each node. It counts while its node is Ready, a speaker there is ready, and that speaker reads its plan. */
export function nodeReports(
  world: Pick<World, 'plans' | 'speakers'>,
  views: ReadonlyMap<string, Pick<NodeView, 'node' | 'ready'>>,
  input: ReportsInput,
): NodeReports {
  const names = new Set([...views.keys(), ...world.plans.keys()])
  return new Map([...names].map((name) => [name, reportOf(name, world, views.get(name), isStale(name, input))]))
}

function reportOf(
  name: string,
  { plans, speakers }: Pick<World, 'plans' | 'speakers'>,
  view: Pick<NodeView, 'node' | 'ready'> | undefined,
  stale: boolean,
): NodeReport {
  if (view === undefined) return noNode
  if (!view.node.ready) return { silence: 'the node is NotReady', dead: !view.ready }
  if (!(speakers.get(name) ?? []).some(({ ready }) => ready)) return { silence: 'no speaker is ready there', dead: false }
  const status = plans.get(name)?.status
  if (status === undefined) return { silence: 'its speaker has not reported yet', dead: false }
  if (stale) return { silence: 'its speaker does not read its plan', dead: false }
  return { status, sessions: new Map(status.sessions.map((session) => [session.peer, session])) }
}

/** Of a node that does not exist. */
export const noNode: NodeReport = { silence: 'there is no such node', dead: true }
