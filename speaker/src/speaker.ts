import type { Cancel, Millis } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import { BgpController, type BgpControllerDeps } from './bgp/bgp-controller'
import { L2Announcer } from './l2/announcer'
import { Conflicts } from './l2/conflicts'
import { type Claims, claim, gained } from './l2/ownership'
import type { L2Conflict } from './messages/links'
import type { L2Interface, SpeakerWorkerEvent } from './messages/messages'
import type { MetricsInput } from './metrics/samples'
import { type DesiredState, desiredState, nothingDesired, nothingObserved, type Observed } from './plan/desired-state'
import type { SavedState } from './plan/saved'
import { earliest, wakeAt } from './plan/withdrawal-delay'
import { rememberedOf, type StatusInput } from './status/plan-status'
import type { Health } from './status/probe-socket'
import { StatusReporter, type StatusReporterDeps } from './status/status-reporter'

export type SpeakerDeps = StatusReporterDeps &
  BgpControllerDeps & {
    readonly save: (saved: SavedState) => void
    /** The plan is read, sockets are open, L2 is applied. May be called again. */
    readonly onPrepared: () => void
  }

/** preparing: announces on L2 only, because another speaker may still serve. left: has handed over and announces nothing. */
type Role = 'preparing' | 'serving' | 'left'

/** The saved plan is used if the API server has not shown every object within this time, because it may be older than those. */
export const trustSavedMillis = 2_000
/** The plan file is written this long after the first of several changes. */
const saveMillis = 2_000
/** The worker hangs if it sends nothing for this time. It sends counters every 5 s. */
const workerSilenceMillis = 30_000
/** Delay of a status report, because a session that comes up passes through several states at once. */
const reportMillis = 100

/**
 * The speaker. Each pass computes the desired state from the observed objects and reconciles L2, BGP and BFD with it, so nothing depends
 * on the order of events, or on one that came twice or was missed.
 */
export class Speaker {
  readonly #deps: SpeakerDeps
  readonly #l2: L2Announcer
  readonly #bgp: BgpController
  readonly #status: StatusReporter
  readonly #conflicts: Conflicts
  #role: Role = 'preparing'
  #observed: Observed | undefined
  #trusting = false
  #desired: DesiredState
  #claims: Claims = new Map()
  #interfaces: readonly L2Interface[] | undefined
  #saved: DesiredState['lastGood'] | undefined
  #workerHeardAt: Millis
  #due: Cancel | undefined
  #wake: Cancel | undefined
  #saving: Cancel | undefined
  #reportDue: Cancel | undefined

  constructor(deps: SpeakerDeps, saved: SavedState | undefined) {
    const { clock } = deps
    this.#deps = deps
    this.#desired = saved === undefined ? nothingDesired : { ...nothingDesired, lastGood: saved.lastGood }
    this.#workerHeardAt = clock.now()
    this.#l2 = new L2Announcer(deps.sendToWorker)
    this.#bgp = new BgpController(deps, { change: () => this.#passSoon(), report: () => this.#reportSoon() }, saved?.passwords)
    this.#status = new StatusReporter(deps)
    this.#conflicts = new Conflicts(clock, (address) => this.#claims.get(address)?.withdrawAt === undefined && this.#claims.has(address), {
      report: (conflict) => this.#defend(conflict),
      change: () => this.#passSoon(),
    })
  }

  start(): void {
    this.#deps.clock.after(trustSavedMillis, () => {
      this.#trusting = true
      this.#passSoon()
    })
  }

  observe(seen: Observed): void {
    this.#observed = seen
    this.#status.watching(seen.trouble)
    this.#passSoon()
  }

  onWorkerEvent(message: SpeakerWorkerEvent): void {
    this.#workerHeardAt = this.#deps.clock.now()
    switch (message.is) {
      case 'interfaces':
        this.#interfaces = message.interfaces
        this.#passSoon()
        break
      case 'devices':
      case 'bfd':
      case 'bfd-handed-over':
        this.#bgp.onWorkerEvent(message)
        break
      case 'routers':
        this.#bgp.routers(message.found)
        break
      case 'applied':
        this.#l2.onApplied(message.serial)
        this.#checkPrepared()
        break
      case 'conflict':
        this.#conflicts.observe(message)
        break
      case 'counters':
        this.#deps.log.debug({ event: 'wire-counters', ...message.counters })
        break
      case 'trouble':
        this.#deps.log.warn({ event: 'wire-trouble', problem: message.problem })
    }
  }

  serve(): void {
    this.#role = 'serving'
    this.#status.forget()
    this.#pass()
  }

  /** Makes room for a successor. Resolves with the handover state for it, if there is any. */
  async handOver(): Promise<string | undefined> {
    this.#role = 'left'
    this.#l2.stop()
    return this.#bgp.handOver()
  }

  /** Continues from the handover state of the predecessor on this node. */
  resume(handoverState: string): void {
    this.#bgp.resume(handoverState, this.#desired.lastGood)
  }

  /** The process ends. L2 goes silent. On a node that is leaving, routers get their drain and then a reason; on a restart they get neither. */
  async end(): Promise<void> {
    this.#role = 'left'
    for (const timer of [this.#due, this.#wake, this.#saving, this.#reportDue]) timer?.()
    this.#status.close()
    this.#l2.stop()
    await this.#bgp.end()
  }

  /** How long end() waits for the drain. */
  pauseMillis(): Millis {
    return this.#bgp.pauseMillis()
  }

  health(): Health {
    const { lastGood } = this.#desired
    if (this.#deps.clock.now() - this.#workerHeardAt > workerSilenceMillis) {
      return { ready: false, waiting: 'the wire worker hangs', stuck: 'the wire worker hangs' }
    }
    if (lastGood.plan?.content === undefined) return { ready: false, waiting: 'no plan has been read' }
    if (this.#interfaces === undefined) return { ready: false, waiting: 'the wire worker has not opened its sockets' }
    return this.#l2.isApplied ? { ready: true } : { ready: false, waiting: 'L2 is not applied' }
  }

  /** The present state, for metrics. */
  measured(): MetricsInput {
    return {
      node: this.#deps.node,
      desired: this.#desired,
      claims: this.#claims,
      sessions: this.#bgp.statuses(),
      messages: this.#bgp.messages(),
      conflicts: this.#conflicts.sentences().length,
      watchTrouble: this.#observed?.trouble,
    }
  }

  /** Runs one pass for all events of one turn of the event loop. */
  #passSoon(): void {
    this.#due ??= this.#deps.clock.after(0, () => this.#pass())
  }

  #pass(): void {
    this.#due?.()
    this.#due = undefined
    if (this.#role === 'left' || !this.#mayConclude()) return
    const { node, clock } = this.#deps
    const now = clock.now()
    this.#desired = desiredState(this.#desired, { ...(this.#observed ?? nothingObserved), silentPorts: this.#bgp.silentPorts() }, node, now)
    const claims = claim(this.#claims, this.#desired.entries, node, now)
    this.#logClaims('l2-announced', gained(this.#claims, claims))
    this.#logClaims('l2-withdrawn', gained(claims, this.#claims))
    this.#claims = claims
    this.#l2.reconcile(this.#claims, this.#desired.lastGood.plan?.content?.excludeInterfaces ?? [])
    this.#bgp.reconcile({ ...this.#desired, interfaces: this.#interfaces ?? [], serving: this.#role === 'serving' })
    this.#reportSoon()
    this.#saveSoon()
    this.#wakeLater(now)
    this.#checkPrepared()
  }

  #logClaims(event: string, addresses: readonly Ip[]): void {
    if (addresses.length > 0) this.#deps.log.info({ event, addresses: addresses.slice(0, 10), more: Math.max(0, addresses.length - 10) })
  }

  #mayConclude(): boolean {
    return this.#trusting || this.#observed?.complete === true
  }

  #reportSoon(): void {
    this.#reportDue ??= this.#deps.clock.after(reportMillis, () => {
      this.#reportDue = undefined
      this.#report()
    })
  }

  #report(): void {
    const { lastGood } = this.#desired
    const seen = this.#observed
    if (this.#role !== 'serving' || lastGood.plan === undefined || seen?.plan === undefined) return
    const interfaces = this.#interfaces ?? []
    const problems = interfaces.flatMap(({ name, problem }) => (problem === undefined ? [] : [`${name}: ${problem}`]))
    const situation: StatusInput = {
      lastGood,
      waiting: this.health().waiting,
      remembered: rememberedOf(lastGood, seen),
      claims: this.#claims,
      interfaces,
      sessions: this.#bgp.statuses(),
      pathFaults: this.#bgp.pathFaults(),
      conflicts: this.#conflicts.sentences(),
      wireProblems: problems,
    }
    this.#status.report(situation, { uid: seen.plan.uid, firstStatus: seen.firstStatus })
  }

  #defend({ address, mac, on }: L2Conflict): void {
    this.#deps.log.warn({ event: 'address-conflict', address, mac, on })
    this.#deps.sendToWorker({ is: 'defend', address })
  }

  #saveSoon(): void {
    if (this.#saving !== undefined) return
    this.#saving = this.#deps.clock.after(saveMillis, () => {
      this.#saving = undefined
      if (this.#desired.lastGood === this.#saved || this.#desired.lastGood.plan?.content === undefined) return
      this.#saved = this.#desired.lastGood
      this.#deps.save({ lastGood: this.#desired.lastGood, passwords: this.#bgp.savedPasswords() })
    })
  }

  #wakeLater(now: number): void {
    this.#wake?.()
    const at = earliest(now, this.#desired.wakeAt, wakeAt(this.#claims))
    this.#wake = at === undefined ? undefined : this.#deps.clock.after(at - now, () => this.#pass())
  }

  #checkPrepared(): void {
    if (this.health().ready && this.#role === 'preparing') this.#deps.onPrepared()
  }
}
