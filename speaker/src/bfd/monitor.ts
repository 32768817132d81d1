import type { Cancel, Clock, Millis, WallTime } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import type { BfdState, BfdStatus, PlannedSession } from '@loadstone/plan'
import type { Log } from '@loadstone/telemetry'
import type { BfdLegacy, BfdReport, WantedBfd } from '../messages/bfd'
import type { ToWire } from '../messages/messages'
import { earliest } from '../plan/withdrawal-delay'
import type { Known } from './ends'
import { parseLegacy } from './handover-codec'
import { wantedBfd } from './session-spec'

export type PathWatchPorts = {
  readonly clock: Clock
  readonly wallTime: WallTime
  readonly log: Log
  readonly toWire: (message: ToWire) => void
  /** The way to the router of this BGPPeer was lost; it works. */
  readonly lost: (peer: string) => void
  readonly found: (peer: string) => void
  /** A session has been awaited for so long that faults() names it now. */
  readonly overdue: () => void
}

type Seen = {
  readonly report: BfdReport
  readonly since: string
  readonly wasUp: boolean /** When it was first seen. */
  readonly began: Millis
}
/** RFC 5880 §6.8.1: a session begins in Down. */
const atFirst: BfdReport = { peer: '', state: 'down', losses: 0 }

/** The states of libs/bfd as routers print them. */
const planState: Readonly<Record<BfdReport['state'], BfdState>> = { 'admin-down': 'AdminDown', down: 'Down', init: 'Init', up: 'Up' }

/** Both ends begin slowly (RFC 5880 §6.8.3), and a router may be configured a moment later. */
const patienceMillis: Millis = 30_000
/** A worker that hangs has no BFD session that could be handed over. */
const answerMillis: Millis = 200

/** The main thread's side of BFD: which sessions there are to be, and what becomes of BGP when one of them loses the way. */
export class PathWatch {
  readonly #ports: PathWatchPorts
  readonly #seen = new Map<string, Seen>()
  #wanted: readonly WantedBfd[] = []
  #sent = '[]'
  #overdue: Cancel | undefined
  #onLeft: ((legacies: readonly BfdLegacy[]) => void) | undefined

  constructor(ports: PathWatchPorts) {
    this.#ports = ports
  }

  /** A session that is blocked for a moment, as while its password is read or its router looked for, keeps the BFD session it has. */
  reconcile(planned: readonly PlannedSession[], known: readonly Known[]): void {
    const had = new Map(this.#wanted.map(({ peer, address }) => [peer, address]))
    const ends = known.flatMap((one) => {
      const address = one.address ?? had.get(one.peer)
      return address === undefined || (one.blocked && !had.has(one.peer)) ? [] : [{ ...one, address }]
    })
    this.#send(wantedOf(planned, ends))
  }

  /** What a predecessor on this node has left, a line of text: the sessions go on at once, in its place. Returns what it knew of them. */
  inherit(line: string, planned: readonly PlannedSession[]): ReadonlyMap<string, Ip> {
    const legacies = parseLegacy(line)
    const known = legacies.map(({ peer, path }) => ({
      peer,
      address: path.peer,
      ...(path.local === undefined ? {} : { local: path.local }),
    }))
    this.#send(wantedOf(planned, known), legacies)
    this.#ports.log.info({ event: 'bfd-inherited', sessions: legacies.length })
    return new Map(known.flatMap(({ peer, local }) => (local === undefined ? [] : [[peer, local]])))
  }

  /** Gives the sessions up without a word. Resolves with what a successor needs, if there is anything. */
  async leave(): Promise<string | undefined> {
    if (this.#wanted.length === 0) return undefined
    const left = new Promise<readonly BfdLegacy[]>((resolve) => {
      this.#onLeft = resolve
      this.#ports.clock.after(answerMillis, () => resolve([]))
    })
    this.#ports.toWire({ is: 'bfd-leave' })
    this.#wanted = []
    this.#sent = '[]'
    this.#seen.clear()
    this.#overdue?.()
    const legacies = await left
    return legacies.length === 0 ? undefined : JSON.stringify(legacies)
  }

  left(legacies: readonly BfdLegacy[]): void {
    this.#onLeft?.(legacies)
  }

  see(reports: readonly BfdReport[]): void {
    const wanted = new Set(this.#wanted.map(({ peer }) => peer))
    const { clock, wallTime } = this.#ports
    const unseen: Seen = { report: atFirst, since: wallTime(), wasUp: false, began: clock.now() }
    for (const report of reports) if (wanted.has(report.peer)) this.#note(report, this.#seen.get(report.peer) ?? unseen)
    this.#wait()
  }

  statusOf(peer: string): BfdStatus | undefined {
    const seen = this.#seen.get(peer)
    if (seen === undefined) return undefined
    const { state, detectionMillis, problem } = seen.report
    return {
      state: planState[state],
      since: seen.since,
      ...(detectionMillis === undefined ? {} : { detectionMillis }),
      ...(problem === undefined ? {} : { lastError: problem }),
    }
  }

  /** Of each session that went down, or does not come up although there was time, a sentence. */
  faults(): readonly string[] {
    const now = this.#ports.clock.now()
    const down = [...this.#seen.values()].filter(
      ({ report, wasUp, began }) => report.state !== 'up' && (wasUp || now >= began + patienceMillis),
    )
    return down.map(
      ({ report: { peer, state, problem } }) => `BFD session ${peer} is ${planState[state]}${problem === undefined ? '' : `: ${problem}`}`,
    )
  }

  /** Time alone makes a fault of a session that does not come up. */
  #wait(): void {
    this.#overdue?.()
    const { clock } = this.#ports
    const awaited = [...this.#seen.values()].filter(({ report, wasUp }) => report.state !== 'up' && !wasUp)
    const next = earliest(clock.now(), ...awaited.map(({ began }) => began + patienceMillis))
    if (next === undefined) return
    this.#overdue = clock.after(next - clock.now(), () => {
      this.#ports.overdue()
      this.#wait()
    })
  }

  #note(report: BfdReport, before: Seen): void {
    const { peer, state, losses } = report
    const moved = state !== before.report.state
    const lost = losses > before.report.losses
    const since = moved ? this.#ports.wallTime() : before.since
    this.#seen.set(peer, { ...before, report, since, wasUp: before.wasUp || state === 'up' })
    if (moved || lost) this.#logState(report, before.report.state, lost)
    if (lost) this.#ports.lost(peer)
    if (moved && state === 'up') this.#ports.found(peer)
  }

  #logState({ losses: _known, ...facts }: BfdReport, previous: BfdReport['state'], lost: boolean): void {
    const level = lost ? 'warn' : 'info'
    this.#ports.log[level]({ event: 'bfd-state', ...facts, state: planState[facts.state], previous: planState[previous] })
  }

  #send(wanted: readonly WantedBfd[], legacies: readonly BfdLegacy[] = []): void {
    this.#wanted = wanted
    const names = new Set(wanted.map(({ peer }) => peer))
    for (const name of [...this.#seen.keys()]) if (!names.has(name)) this.#seen.delete(name)
    const text = JSON.stringify(wanted)
    if (text === this.#sent && legacies.length === 0) return
    this.#sent = text
    this.#ports.toWire({ is: 'bfd', sessions: wanted, legacies })
  }
}

type Ends = { readonly peer: string; readonly address: Ip; readonly local?: Ip }

function wantedOf(planned: readonly PlannedSession[], known: readonly Ends[]): readonly WantedBfd[] {
  const ends = new Map(known.map((one) => [one.peer, one]))
  return planned.flatMap((session) => {
    const end = ends.get(session.peer)
    return end === undefined ? [] : (wantedBfd(session, end.address, end.local) ?? [])
  })
}
