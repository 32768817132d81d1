import { isDeepStrictEqual } from 'node:util'
import { liveSessionFields, type PlannedSession } from '@loadstone/plan'
import type { SessionStatus } from '@loadstone/plan/status'
import type { World } from '../../model/world'

/**
 * Sessions that were told to begin anew and are awaited. By node, the `since` that the session had before; undefined where an operator
 * that has just begun found the session down, and so cannot know why.
 */
type Renewal = { readonly awaited: ReadonlyMap<string, string | undefined>; readonly untilSeconds: number }

/** What one pass leaves to the next, by BGPPeer. */
export type Renewals = ReadonlyMap<string, Renewal>

/** How long the renewed sessions of a BGPPeer are awaited before the next ones' turn comes. */
const awaitSeconds = 30
/** Of the established sessions of a BGPPeer, one of so many is renewed at a time; at least one is. */
const share = 10

type SessionsByNode = ReadonlyMap<string, readonly PlannedSession[]>

type PacedSessions = {
  readonly sessions: SessionsByNode
  readonly renewals: Renewals
  /** Sessions still wait for a time that comes by itself. */
  readonly waiting: boolean
}

type Input = {
  readonly world: Pick<World, 'plans' | 'speakers'>
  /** Undefined in the first pass of an operator. */
  readonly before: Renewals | undefined
  readonly nowSeconds: number
}

/** The session of one node, as wanted and published, and as its speaker reports it. */
type NodeSession = {
  readonly node: string
  readonly peer: string
  readonly isPublished: boolean
  /** What is published has to be renewed to become what is wanted. */
  readonly changed: boolean
  readonly status: SessionStatus | undefined
  /** The status is that of the published plan. */
  readonly fresh: boolean
}

/**
 * Lets sessions that a change renews be renewed node by node: what is published stays, but for what a running session takes, until the
 * sessions renewed before are established again. The last established session with a router waits for as long as a renewed one is down,
 * and of one node's sessions only one is renewed at a time. A session that is not established changes at once.
 */
export function paced(wanted: SessionsByNode, { world, before, nowSeconds }: Input): PacedSessions {
  const peers = groupByPeer(wanted, world)
  const awaited = new Map([...peers].map(([peer, sessions]) => [peer, stillAwaited(sessions, before, before?.get(peer), nowSeconds)]))
  const busy = new Set([...awaited.values()].flatMap((one) => (one.untilSeconds > nowSeconds ? [...one.awaited.keys()] : [])))
  const held = new Map<string, Set<string>>()
  const renewals = new Map<string, Renewal>()
  for (const [peer, sessions] of peers) {
    const renewal = next(sessions, awaited.get(peer) ?? nobody, busy, nowSeconds)
    const waiting = sessions.filter((session) => isPending(session) && !renewal.awaited.has(session.node))
    for (const { node } of waiting) held.set(node, (held.get(node) ?? new Set()).add(peer))
    for (const node of renewal.awaited.keys()) if (renewal.untilSeconds > nowSeconds) busy.add(node)
    if (renewal.awaited.size > 0) renewals.set(peer, renewal)
  }
  return {
    sessions: new Map(
      [...wanted].map(([node, sessions]) => [node, withHeld(sessions, held.get(node), world.plans.get(node)?.spec.sessions)]),
    ),
    renewals,
    waiting: held.size > 0 && [...renewals.values()].some(({ untilSeconds }) => untilSeconds > nowSeconds),
  }
}

const nobody: Renewal = { awaited: new Map(), untilSeconds: 0 }

function groupByPeer(wanted: SessionsByNode, world: Input['world']): ReadonlyMap<string, readonly NodeSession[]> {
  const peers = new Map<string, NodeSession[]>()
  for (const [node, sessions] of wanted) {
    for (const session of nodeSessions(node, sessions, world)) {
      const known = peers.get(session.peer)
      if (known === undefined) peers.set(session.peer, [session])
      else known.push(session)
    }
  }
  return peers
}

/** A node whose speaker does not run has no session that is established, whatever it said last. */
function nodeSessions(node: string, wanted: readonly PlannedSession[], { plans, speakers }: Input['world']): readonly NodeSession[] {
  const plan = plans.get(node)
  const runs = speakers.get(node)?.some(({ ready }) => ready) === true
  const published = new Map(plan?.spec.sessions.map((session) => [session.peer, session]))
  const statuses = new Map(plan?.status?.sessions.map((status) => [status.peer, status]))
  const fresh = (plan?.status?.observedGeneration ?? 0) >= (plan?.meta.generation ?? 0)
  return wanted.map((session) => {
    const { peer } = session
    const before = published.get(peer)
    const status = runs ? statuses.get(peer) : undefined
    return { node, peer, isPublished: before !== undefined, changed: before !== undefined && differ(before, session), status, fresh }
  })
}

const live: ReadonlySet<string> = new Set(liveSessionFields)

/** Whether two sessions differ in what is in force only after a new OPEN. Field by field, since it runs for every session of every node. */
function differ(a: PlannedSession, b: PlannedSession): boolean {
  const [left, right] = [a, b] as readonly Readonly<Record<string, unknown>>[]
  const differs = (field: string): boolean => !live.has(field) && !same(left?.[field], right?.[field])
  return Object.keys(a).some(differs) || Object.keys(b).some((field) => !(field in a) && differs(field))
}

const same = (a: unknown, b: unknown): boolean => a === b || (typeof a === 'object' && isDeepStrictEqual(a, b))

const isEstablished = ({ status }: Pick<NodeSession, 'status'>): boolean => status?.state === 'Established'
/** It runs with its router by settings that are to change. */
const isPending = (session: Pick<NodeSession, 'status' | 'changed'>): boolean => session.changed && isEstablished(session)

/** The renewals of the last pass without those that came back; in a first pass, sessions that may be someone's renewals. */
function stillAwaited(
  sessions: readonly NodeSession[],
  before: Renewals | undefined,
  known: Renewal | undefined,
  nowSeconds: number,
): Renewal {
  if (before === undefined) {
    const down = sessions.filter((one) => one.isPublished && !one.changed && !(one.fresh && isEstablished(one)))
    return { awaited: new Map(down.map(({ node }) => [node, undefined])), untilSeconds: nowSeconds + awaitSeconds }
  }
  const { awaited, untilSeconds } = known ?? nobody
  const left = sessions.flatMap((one): [string, string | undefined][] => {
    if (!awaited.has(one.node)) return []
    const since = awaited.get(one.node)
    const late = untilSeconds <= nowSeconds
    // One that never went down was not renewed after all, such as by a Secret whose password is the same.
    const back = isEstablished(one) && (since === undefined || late ? one.fresh : one.status?.since !== since)
    return back || (since === undefined && late) ? [] : [[one.node, since]]
  })
  return { awaited: new Map(left), untilSeconds }
}

/** The same renewals, or with the next sessions whose turn it is. */
function next(sessions: readonly NodeSession[], renewal: Renewal, busy: ReadonlySet<string>, nowSeconds: number): Renewal {
  const { awaited, untilSeconds } = renewal
  if (awaited.size > 0 && untilSeconds > nowSeconds) return renewal
  const established = sessions.filter(isEstablished)
  const pending = established.filter((one) => one.changed && !busy.has(one.node) && !awaited.has(one.node))
  // While one that was renewed is down, whatever was changed may be why, and the last path stays.
  const spare = awaited.size > 0 ? established.length - 1 : established.length
  const chosen = pending.slice(0, Math.min(Math.max(1, Math.floor(established.length / share)), Math.max(0, spare)))
  if (chosen.length === 0) return renewal
  const more = chosen.map(({ node, status }) => [node, status?.since ?? ''] as const)
  return { awaited: new Map([...awaited, ...more]), untilSeconds: nowSeconds + awaitSeconds }
}

/** A held session is published as it was, with what a running session takes. */
function withHeld(
  wanted: readonly PlannedSession[],
  held: ReadonlySet<string> | undefined,
  published: readonly PlannedSession[] = [],
): readonly PlannedSession[] {
  if (held === undefined) return wanted
  return wanted.map((session) => {
    const before = held.has(session.peer) ? published.find(({ peer }) => peer === session.peer) : undefined
    return before === undefined ? session : withLiveFields(before, session)
  })
}

function withLiveFields(before: PlannedSession, { connectSeconds, keepaliveSeconds, bfd }: PlannedSession): PlannedSession {
  const { bfd: _, ...kept } = before
  // No session may be left with a longer keepalive than hold time: the old one stays until the new hold time does.
  const keepalive = keepaliveSeconds <= before.holdSeconds ? keepaliveSeconds : before.keepaliveSeconds
  return { ...kept, connectSeconds, keepaliveSeconds: keepalive, ...(bfd === undefined ? {} : { bfd }) }
}
