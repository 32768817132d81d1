import type { Cancel, Clock, Millis, WallTime } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import type { PlannedSession } from '@loadstone/plan'
import type { BfdState, BfdStatus } from '@loadstone/plan/status'
import type { Log } from '@loadstone/telemetry'
import type { BfdHandover, BfdReport, BfdSessionSpec } from '../messages/bfd'
import type { WorkerCommand } from '../messages/messages'
import { earliest } from '../plan/withdrawal-delay'
import type { SessionEnds } from './ends'
import { parseBfdHandovers } from './handover-codec'
import { bfdSessionSpec } from './session-spec'

type BfdMonitorDeps = {
  readonly clock: Clock
  readonly wallTime: WallTime
  readonly log: Log
  readonly sendToWorker: (message: WorkerCommand) => void
  /** BFD has detected that the path to the router of this BGPPeer failed. */
  readonly pathDown: (peer: string) => void
  /** The path to the router of this BGPPeer works. */
  readonly pathUp: (peer: string) => void
  /** A session has not come up within 30 s, so faults() names it from now on. */
  readonly overdue: () => void
}

type MonitoredSession = {
  readonly report: BfdReport
  readonly since: string
  readonly wasUp: boolean
  /** When the worker first reported the session. */
  readonly began: Millis
}
/** RFC 5880 §6.8.1: a session begins in Down. */
const atFirst: BfdReport = { peer: '', state: 'down', losses: 0 }

/** The states of libs/bfd as routers print them. */
const planState: Readonly<Record<BfdReport['state'], BfdState>> = { 'admin-down': 'AdminDown', down: 'Down', init: 'Init', up: 'Up' }

/** A session that is not up after this time is a fault. Both ends begin slowly (RFC 5880 §6.8.3); a router may be configured later. */
const patienceMillis: Millis = 30_000
/** The worker's time to answer a hand-over. A worker that hangs has no BFD session to hand over. */
const answerMillis: Millis = 200

/** The main thread's side of BFD: sends the desired sessions to the worker, and tells BGP when a path fails or works again. */
export class BfdMonitor {
  readonly #deps: BfdMonitorDeps
  readonly #sessions = new Map<string, MonitoredSession>()
  #desired: readonly BfdSessionSpec[] = []
  #sent = '[]'
  #overdue: Cancel | undefined
  #onHandedOver: ((handovers: readonly BfdHandover[]) => void) | undefined

  constructor(deps: BfdMonitorDeps) {
    this.#deps = deps
  }

  /** A session that is blocked for a moment, as while its password is read or its router looked for, keeps the BFD session it has. */
  reconcile(planned: readonly PlannedSession[], known: readonly SessionEnds[]): void {
    const had = new Map(this.#desired.map(({ peer, address }) => [peer, address]))
    const ends = known.flatMap((one) => {
      const address = one.address ?? had.get(one.peer)
      return address === undefined || (one.blocked && !had.has(one.peer)) ? [] : [{ ...one, address }]
    })
    this.#send(specsOf(planned, ends))
  }

  /** Continues the sessions of a predecessor from its handover state, a line of text. Returns the local address of each BGPPeer in it. */
  resume(line: string, planned: readonly PlannedSession[]): ReadonlyMap<string, Ip> {
    const handovers = parseBfdHandovers(line)
    const known = handovers.map(({ peer, path }) => ({
      peer,
      address: path.peer,
      ...(path.local === undefined ? {} : { local: path.local }),
    }))
    this.#send(specsOf(planned, known), handovers)
    this.#deps.log.info({ event: 'bfd-inherited', sessions: handovers.length })
    return new Map(known.flatMap(({ peer, local }) => (local === undefined ? [] : [[peer, local]])))
  }

  /** Gives the sessions up without a packet to routers. Resolves with the handover state, or undefined when there are no sessions. */
  async handOver(): Promise<string | undefined> {
    if (this.#desired.length === 0) return undefined
    const left = new Promise<readonly BfdHandover[]>((resolve) => {
      this.#onHandedOver = resolve
      this.#deps.clock.after(answerMillis, () => resolve([]))
    })
    this.#deps.sendToWorker({ is: 'bfd-hand-over' })
    this.#desired = []
    this.#sent = '[]'
    this.#sessions.clear()
    this.#overdue?.()
    const handovers = await left
    return handovers.length === 0 ? undefined : JSON.stringify(handovers)
  }

  handedOver(handovers: readonly BfdHandover[]): void {
    this.#onHandedOver?.(handovers)
  }

  observe(reports: readonly BfdReport[]): void {
    const desired = new Set(this.#desired.map(({ peer }) => peer))
    const { clock, wallTime } = this.#deps
    const unseen: MonitoredSession = { report: atFirst, since: wallTime(), wasUp: false, began: clock.now() }
    for (const report of reports) if (desired.has(report.peer)) this.#note(report, this.#sessions.get(report.peer) ?? unseen)
    this.#wait()
  }

  statusOf(peer: string): BfdStatus | undefined {
    const seen = this.#sessions.get(peer)
    if (seen === undefined) return undefined
    const { state, detectionMillis, problem } = seen.report
    return {
      state: planState[state],
      since: seen.since,
      ...(detectionMillis === undefined ? {} : { detectionMillis }),
      ...(problem === undefined ? {} : { lastError: problem }),
    }
  }

  /** A sentence for each session that went down, or that did not come up within 30 s. */
  faults(): readonly string[] {
    const now = this.#deps.clock.now()
    const down = [...this.#sessions.values()].filter(
      ({ report, wasUp, began }) => report.state !== 'up' && (wasUp || now >= began + patienceMillis),
    )
    return down.map(
      ({ report: { peer, state, problem } }) => `BFD session ${peer} is ${planState[state]}${problem === undefined ? '' : `: ${problem}`}`,
    )
  }

  /** Wakes when the next session that never was up becomes a fault. */
  #wait(): void {
    this.#overdue?.()
    const { clock } = this.#deps
    const awaited = [...this.#sessions.values()].filter(({ report, wasUp }) => report.state !== 'up' && !wasUp)
    const next = earliest(clock.now(), ...awaited.map(({ began }) => began + patienceMillis))
    if (next === undefined) return
    this.#overdue = clock.after(next - clock.now(), () => {
      this.#deps.overdue()
      this.#wait()
    })
  }

  #note(report: BfdReport, before: MonitoredSession): void {
    const { peer, state, losses } = report
    const moved = state !== before.report.state
    const lost = losses > before.report.losses
    const since = moved ? this.#deps.wallTime() : before.since
    this.#sessions.set(peer, { ...before, report, since, wasUp: before.wasUp || state === 'up' })
    if (moved || lost) this.#logState(report, before.report.state, lost)
    if (lost) this.#deps.pathDown(peer)
    if (moved && state === 'up') this.#deps.pathUp(peer)
  }

  #logState({ losses: _known, ...facts }: BfdReport, previous: BfdReport['state'], lost: boolean): void {
    const level = lost ? 'warn' : 'info'
    this.#deps.log[level]({ event: 'bfd-state', ...facts, state: planState[facts.state], previous: planState[previous] })
  }

  #send(specs: readonly BfdSessionSpec[], handovers: readonly BfdHandover[] = []): void {
    this.#desired = specs
    const names = new Set(specs.map(({ peer }) => peer))
    for (const name of [...this.#sessions.keys()]) if (!names.has(name)) this.#sessions.delete(name)
    const text = JSON.stringify(specs)
    if (text === this.#sent && handovers.length === 0) return
    this.#sent = text
    this.#deps.sendToWorker({ is: 'bfd', sessions: specs, handovers })
  }
}

type KnownEnds = { readonly peer: string; readonly address: Ip; readonly local?: Ip }

function specsOf(planned: readonly PlannedSession[], known: readonly KnownEnds[]): readonly BfdSessionSpec[] {
  const ends = new Map(known.map((one) => [one.peer, one]))
  return planned.flatMap((session) => {
    const end = ends.get(session.peer)
    return end === undefined ? [] : (bfdSessionSpec(session, end.address, end.local) ?? [])
  })
}
