import type { Cancel, Millis } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import { Routing, type RoutingPorts } from './bgp/bgp-controller'
import { L2Announcer } from './l2/announcer'
import { Conflicts } from './l2/conflicts'
import { type Claims, claim, gained } from './l2/ownership'
import type { Conflict } from './messages/links'
import type { WireInterface, WireNews } from './messages/messages'
import type { Measured } from './metrics/samples'
import { assemble, nothingSeen, nothingYet, type Seen, type Truth } from './plan/desired-state'
import type { Saved } from './plan/saved'
import { earliest, wakeAt } from './plan/withdrawal-delay'
import { rememberedOf, type Situation } from './status/plan-status'
import type { Health } from './status/probe-socket'
import { Reporting, type ReportingPorts } from './status/status-reporter'

export type SpeakerPorts = ReportingPorts &
  RoutingPorts & {
    readonly save: (saved: Saved) => void
    /** The plan is read, sockets are open, L2 is applied. May be called again. */
    readonly onPrepared: () => void
  }

/** preparing: L2 only, while another may still serve. left: has handed over, carries out nothing. */
type Role = 'preparing' | 'serving' | 'left'

/** A saved plan is used when the API server has not shown everything by then; it would be older than what the API server has. */
export const trustSavedMillis = 2_000
/** Writing the plan file for each of many changes would cost more than it saves. */
const saveMillis = 2_000
/** It is to say something every 5 s. */
const wireSilenceMillis = 30_000
/** A session that comes up passes through several states in a moment. */
const reportMillis = 100

/**
 * The speaker: sees, assembles, carries out, reports. Each pass carries out the whole truth, so nothing depends on which event came
 * first, came twice or was missed.
 */
export class Speaker {
  readonly #ports: SpeakerPorts
  readonly #l2: L2Announcer
  readonly #routing: Routing
  readonly #reporting: Reporting
  readonly #conflicts: Conflicts
  #role: Role = 'preparing'
  #seen: Seen | undefined
  #trusting = false
  #truth: Truth
  #claims: Claims = new Map()
  #interfaces: readonly WireInterface[] | undefined
  #saved: Truth['memory'] | undefined
  #wireHeard: Millis
  #due: Cancel | undefined
  #wake: Cancel | undefined
  #saving: Cancel | undefined
  #reportDue: Cancel | undefined

  constructor(ports: SpeakerPorts, saved: Saved | undefined) {
    const { clock } = ports
    this.#ports = ports
    this.#truth = saved === undefined ? nothingYet : { ...nothingYet, memory: saved.memory }
    this.#wireHeard = clock.now()
    this.#l2 = new L2Announcer(ports.toWire)
    this.#routing = new Routing(ports, { change: () => this.#soon(), report: () => this.#reportSoon() }, saved?.passwords)
    this.#reporting = new Reporting(ports)
    this.#conflicts = new Conflicts(clock, (address) => this.#claims.get(address)?.until === undefined && this.#claims.has(address), {
      report: (conflict) => this.#defend(conflict),
      change: () => this.#soon(),
    })
  }

  start(): void {
    this.#ports.clock.after(trustSavedMillis, () => {
      this.#trusting = true
      this.#soon()
    })
  }

  see(seen: Seen): void {
    this.#seen = seen
    this.#reporting.watching(seen.trouble)
    this.#soon()
  }

  fromWire(message: WireNews): void {
    this.#wireHeard = this.#ports.clock.now()
    switch (message.is) {
      case 'interfaces':
        this.#interfaces = message.interfaces
        this.#soon()
        break
      case 'devices':
      case 'bfd':
      case 'bfd-left':
        this.#routing.fromWire(message)
        break
      case 'routers':
        this.#routing.routers(message.found)
        break
      case 'applied':
        this.#l2.took(message.serial)
        this.#checkPrepared()
        break
      case 'conflict':
        this.#conflicts.see(message)
        break
      case 'counters':
        this.#ports.log.debug({ event: 'wire-counters', ...message.counters })
        break
      case 'trouble':
        this.#ports.log.warn({ event: 'wire-trouble', problem: message.problem })
    }
  }

  serve(): void {
    this.#role = 'serving'
    this.#reporting.forget()
    this.#pass()
  }

  /** Makes room for a successor, which is to be given what is returned. */
  async leave(): Promise<string | undefined> {
    this.#role = 'left'
    this.#l2.leave()
    return this.#routing.leave()
  }

  /** What the one before us on this node has left. */
  inherit(legacy: string): void {
    this.#routing.inherit(legacy, this.#truth.memory)
  }

  /** The process ends. L2 falls silent; routers are told a reason, after their pause, only when the node is leaving, since a restart is not. */
  async end(): Promise<void> {
    this.#role = 'left'
    for (const timer of [this.#due, this.#wake, this.#saving, this.#reportDue]) timer?.()
    this.#reporting.close()
    this.#l2.leave()
    await this.#routing.end()
  }

  /** How long end() waits on purpose. */
  pauseMillis(): Millis {
    return this.#routing.pauseMillis()
  }

  health(): Health {
    const { memory } = this.#truth
    if (this.#ports.clock.now() - this.#wireHeard > wireSilenceMillis) {
      return { ready: false, waiting: 'the wire worker hangs', stuck: 'the wire worker hangs' }
    }
    if (memory.plan?.content === undefined) return { ready: false, waiting: 'no plan has been read' }
    if (this.#interfaces === undefined) return { ready: false, waiting: 'the wire worker has not opened its sockets' }
    return this.#l2.isApplied ? { ready: true } : { ready: false, waiting: 'L2 is not applied' }
  }

  /** For metrics. */
  measured(): Measured {
    return {
      node: this.#ports.node,
      truth: this.#truth,
      claims: this.#claims,
      sessions: this.#routing.statuses(),
      messages: this.#routing.messages(),
      conflicts: this.#conflicts.sentences().length,
      watchTrouble: this.#seen?.trouble,
    }
  }

  /** Several events of one moment cost one pass. */
  #soon(): void {
    this.#due ??= this.#ports.clock.after(0, () => this.#pass())
  }

  #pass(): void {
    this.#due?.()
    this.#due = undefined
    if (this.#role === 'left' || !this.#mayConclude()) return
    const { node, clock } = this.#ports
    const now = clock.now()
    this.#truth = assemble(this.#truth, { ...(this.#seen ?? nothingSeen), silentPorts: this.#routing.silentPorts() }, node, now)
    const claims = claim(this.#claims, this.#truth.entries, node, now)
    this.#logClaims('l2-announced', gained(this.#claims, claims))
    this.#logClaims('l2-withdrawn', gained(claims, this.#claims))
    this.#claims = claims
    this.#l2.reconcile(this.#claims, this.#truth.memory.plan?.content?.excludeInterfaces ?? [])
    this.#routing.reconcile({ ...this.#truth, interfaces: this.#interfaces ?? [], serving: this.#role === 'serving' })
    this.#reportSoon()
    this.#saveSoon()
    this.#wakeLater(now)
    this.#checkPrepared()
  }

  #logClaims(event: string, addresses: readonly Ip[]): void {
    if (addresses.length > 0) this.#ports.log.info({ event, addresses: addresses.slice(0, 10), more: Math.max(0, addresses.length - 10) })
  }

  #mayConclude(): boolean {
    return this.#trusting || this.#seen?.complete === true
  }

  #reportSoon(): void {
    this.#reportDue ??= this.#ports.clock.after(reportMillis, () => {
      this.#reportDue = undefined
      this.#report()
    })
  }

  #report(): void {
    const { memory } = this.#truth
    const seen = this.#seen
    if (this.#role !== 'serving' || memory.plan === undefined || seen?.plan === undefined) return
    const interfaces = this.#interfaces ?? []
    const problems = interfaces.flatMap(({ name, problem }) => (problem === undefined ? [] : [`${name}: ${problem}`]))
    const situation: Situation = {
      memory,
      waiting: this.health().waiting,
      remembered: rememberedOf(memory, seen),
      claims: this.#claims,
      interfaces,
      sessions: this.#routing.statuses(),
      pathFaults: this.#routing.pathFaults(),
      conflicts: this.#conflicts.sentences(),
      wireProblems: problems,
    }
    this.#reporting.report(situation, { uid: seen.plan.uid, firstStatus: seen.firstStatus })
  }

  #defend({ address, mac, on }: Conflict): void {
    this.#ports.log.warn({ event: 'address-conflict', address, mac, on })
    this.#ports.toWire({ is: 'defend', address })
  }

  #saveSoon(): void {
    if (this.#saving !== undefined) return
    this.#saving = this.#ports.clock.after(saveMillis, () => {
      this.#saving = undefined
      if (this.#truth.memory === this.#saved || this.#truth.memory.plan?.content === undefined) return
      this.#saved = this.#truth.memory
      this.#ports.save({ memory: this.#truth.memory, passwords: this.#routing.savedPasswords() })
    })
  }

  #wakeLater(now: number): void {
    this.#wake?.()
    const at = earliest(now, this.#truth.wakeAt, wakeAt(this.#claims))
    this.#wake = at === undefined ? undefined : this.#ports.clock.after(at - now, () => this.#pass())
  }

  #checkPrepared(): void {
    if (this.health().ready && this.#role === 'preparing') this.#ports.onPrepared()
  }
}
