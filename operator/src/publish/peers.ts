import { type ConditionStatus, type SessionStatus, shorten } from '@loadstone/plan/status'
import type { Config } from '../config/config'
import { filled, record } from '../model/json'
import { type Note, note } from '../model/reasons'
import type { Plan } from '../plan/plan'
import { noNode } from '../plan/reports/node-report'

/** The session of one node, as planned and as its speaker sees it. `silence`: why nothing is known of the speaker. */
type PeerSession = {
  readonly node: string
  readonly watched: boolean
  readonly status: SessionStatus | undefined
  readonly silence: string | undefined
}

export type PeerReport = {
  readonly counters: { readonly sessionsExpected: number; readonly sessionsUp: number }
  readonly established: { readonly status: ConditionStatus; readonly note: Note }
}

/** State of the sessions of each BGPPeer, by its name. */
export function peerReports(
  { verdicts }: Pick<Config, 'verdicts'>,
  plan: Pick<Plan, 'plans' | 'reports'>,
): ReadonlyMap<string, PeerReport> {
  const peers = verdicts.filter(({ object }) => object.kind === 'BGPPeer')
  const sessionsOf = new Map(peers.map(({ object }): [string, PeerSession[]] => [object.meta.name, []]))
  for (const [node, { sessions }] of plan.plans) {
    const report = plan.reports.get(node) ?? noNode
    const silence = 'status' in report ? undefined : report.silence
    for (const { peer, bfd } of sessions) {
      const status = 'status' in report ? report.sessions.get(peer) : undefined
      sessionsOf.get(peer)?.push({ node, watched: bfd !== undefined, status, silence })
    }
  }
  return new Map([...sessionsOf].map(([peer, sessions]) => [peer, reportOf(sessions)]))
}

function reportOf(sessions: readonly PeerSession[]): PeerReport {
  const down = sessions.filter(({ status }) => status?.state !== 'Established')
  const counters = { sessionsExpected: sessions.length, sessionsUp: sessions.length - down.length }
  if (sessions.length === 0) return { counters, established: { status: 'False', note: note('NoSessions', nowhere) } }
  const message = [`${nodes(counters.sessionsUp, sessions.length)}.`, ...list(down, sessionTrouble), ...bfdWords(sessions)].join(' ')
  const [status, reason] = stateOf(down)
  return { counters, established: { status, note: note(reason, `Established on ${message}`) } }
}

/** What is not known is neither up nor down; one that is down by its speaker's word decides. */
function stateOf(down: readonly PeerSession[]): readonly [ConditionStatus, 'Established' | 'NotEstablished' | 'SpeakerSilent'] {
  if (down.length === 0) return ['True', 'Established']
  return down.every(({ silence }) => silence !== undefined) ? ['Unknown', 'SpeakerSilent'] : ['False', 'NotEstablished']
}

const nowhere = 'No node should have a session: none that nodeSelectors choose has a speaker, or the condition Accepted says why.'

const nodes = (some: number, all: number): string => `${some} of ${all} ${all === 1 ? 'node' : 'nodes'}`

function sessionTrouble({ status, silence }: PeerSession): string {
  if (silence !== undefined) return `not known, ${silence}`
  return status === undefined ? 'its speaker has not reported the session' : because(status.state, status.lastError)
}

/** Sentences about BFD, for sessions with a BFDProfile only. */
function bfdWords(sessions: readonly PeerSession[]): readonly string[] {
  const watched = sessions.filter((session) => session.watched && session.silence === undefined)
  if (watched.length === 0) return []
  const down = watched.filter(({ status }) => record(status?.bfd)['state'] !== 'Up')
  return [`BFD is up on ${nodes(watched.length - down.length, watched.length)}.`, ...list(down, bfdTrouble)]
}

function bfdTrouble({ status }: PeerSession): string {
  const bfd = record(status?.bfd)
  const state = filled(bfd['state'])
  return state === undefined ? 'BFD has not been reported' : because(`BFD ${state}`, bfd['lastError'])
}

const longest = 200
const because = (state: string, error: unknown): string => {
  const why = filled(error)
  if (why === undefined) return state
  return `${state}, ${shorten(why, longest)}`
}

/** Most nodes named in a message. */
const shown = 5
function list(sessions: readonly PeerSession[], trouble: (session: PeerSession) => string): readonly string[] {
  const lines = sessions.slice(0, shown).map((session) => sentence(`${session.node}: ${trouble(session)}`))
  return sessions.length > shown ? [...lines, `And ${sessions.length - shown} nodes more.`] : lines
}

const sentence = (words: string): string => (/[.?!…]$/.test(words) ? words : `${words}.`)
