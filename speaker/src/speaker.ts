import type { Cancel, Clock } from '@loadstone/clock'
import type { AnnouncementPlanStatus, Condition } from '@loadstone/plan'
import { assemble, nothingYet, type Seen, sessionsOf, type Truth } from './assemble'
import { BgpAnnouncer, type BgpEvent, type BgpPorts } from './bgp-announcer'
import { type Claims, claim } from './claims'
import { type Conflict, Conflicts } from './conflicts'
import type { Log } from './events'
import { wakeAt } from './hold'
import { L2Announcer } from './l2-announcer'
import type { FromWire, ToWire, WireInterface } from './messages'
import { Passwords, type ReadSecret, type SavedPasswords } from './passwords'
import type { Health } from './probe-socket'
import { Reporter } from './reporter'
import { statusOf, unansweredFamily } from './status'

/** What a restarted process needs in order to go on without the API server. */
export type Saved = { readonly memory: Truth['memory']; readonly passwords: SavedPasswords }

export type SpeakerPorts = {
  readonly node: string
  readonly clock: Clock
  /** RFC 3339, now. */
  readonly wallClock: () => string
  /** 0 to 1. */
  readonly random: () => number
  readonly log: Log
  readonly toWire: (message: ToWire) => void
  readonly connect: BgpPorts['connect']
  readonly readSecret: ReadSecret
  readonly writeStatus: (status: AnnouncementPlanStatus) => Promise<void>
  readonly save: (saved: Saved) => void
  /** The plan is read, sockets are open, L2 is applied. May be called again. */
  readonly onPrepared: () => void
}

/** preparing: L2 only, while another may still serve. left: has handed over, carries out nothing. */
type Role = 'preparing' | 'serving' | 'left'

/** A saved plan is used when the API server has not shown everything by then; it would be older than what the API server has. */
export const trustSavedMillis = 2_000
/** Writing the plan file for each of many changes would cost more than it saves. */
const saveMillis = 500
/** A session that comes up passes through several states in a moment. */
const reportMillis = 100

/**
 * The speaker: sees, assembles, carries out, reports. Each pass carries out the whole truth, so nothing depends on which event came
 * first, came twice or was missed.
 */
export class Speaker {
  readonly #ports: SpeakerPorts
  readonly #l2: L2Announcer
  readonly #bgp: BgpAnnouncer
  readonly #passwords: Passwords
  readonly #reporter: Reporter
  readonly #conflicts: Conflicts
  #role: Role = 'preparing'
  #seen: Seen | undefined
  #trusting = false
  #truth: Truth
  #claims: Claims = new Map()
  #interfaces: readonly WireInterface[] | undefined
  #conditions: readonly Condition[] = []
  #saved: Truth['memory'] | undefined
  #due: Cancel | undefined
  #wake: Cancel | undefined
  #saving: Cancel | undefined
  #reporting: Cancel | undefined

  constructor(ports: SpeakerPorts, saved: Saved | undefined) {
    const { node, clock, random, log } = ports
    this.#ports = ports
    this.#truth = saved === undefined ? nothingYet : { ...nothingYet, memory: saved.memory }
    this.#l2 = new L2Announcer(ports.toWire)
    this.#bgp = new BgpAnnouncer({ node, connect: ports.connect, wallClock: ports.wallClock, onEvent: (event) => this.#note(event) })
    this.#passwords = new Passwords(ports.readSecret, clock, () => this.#soon(), saved?.passwords)
    this.#reporter = new Reporter({
      clock,
      random,
      write: ports.writeStatus,
      onTrouble: (problem) => this.#statusTrouble(problem),
    })
    this.#conflicts = new Conflicts(clock, (address) => this.#claims.get(address)?.until === undefined && this.#claims.has(address), {
      report: (conflict: Conflict) => log.warn({ event: 'address-conflict', ...conflict }),
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
    this.#soon()
  }

  fromWire(message: FromWire): void {
    switch (message.is) {
      case 'interfaces':
        this.#interfaces = message.interfaces
        return this.#soon()
      case 'applied':
        this.#l2.took(message.serial)
        return this.#checkPrepared()
      case 'conflict':
        return this.#conflicts.see(message)
      case 'counters':
        return this.#ports.log.debug({ event: 'wire-counters', ...message.counters })
    }
  }

  serve(): void {
    this.#role = 'serving'
    this.#reporter.forget()
    this.#pass()
  }

  async leave(): Promise<void> {
    this.#role = 'left'
    this.#l2.leave()
    await this.#bgp.leave()
  }

  /** The process ends. L2 falls silent; the BGP peers are told a reason only when the node is leaving, since a restart is not. */
  async end(): Promise<void> {
    const leaving = this.#truth.memory.plan?.content?.leaving
    this.#role = 'left'
    for (const timer of [this.#due, this.#wake, this.#saving, this.#reporting]) timer?.()
    this.#reporter.close()
    this.#l2.leave()
    await this.#bgp.leave(leaving === undefined ? undefined : `node ${this.#ports.node} is leaving: ${leaving}`)
  }

  health(): Health {
    if (this.#truth.memory.plan?.content === undefined) return { ready: false, waiting: 'no plan has been read' }
    if (this.#interfaces === undefined) return { ready: false, waiting: 'the wire worker has not opened its sockets' }
    if (this.#role !== 'left' && !this.#l2.isApplied) return { ready: false, waiting: 'L2 is not applied' }
    return { ready: true }
  }

  /** Several events of one moment cost one pass. */
  #soon(): void {
    this.#due ??= this.#ports.clock.after(0, () => this.#pass())
  }

  #pass(): void {
    this.#due?.()
    this.#due = undefined
    const seen = this.#seen
    if (this.#role === 'left' || (!this.#trusting && seen?.complete !== true)) return
    const { node, clock } = this.#ports
    const now = clock.now()
    this.#truth = assemble(this.#truth, seen ?? nothingSeen, node, now)
    this.#claims = claim(this.#claims, this.#truth.entries, node, now)
    this.#l2.apply(this.#claims, this.#truth.memory.plan?.content?.excludeInterfaces ?? [])
    this.#passwords.want(sessionsOf(this.#truth.memory).flatMap(({ passwordSecret }) => passwordSecret ?? []))
    if (this.#role === 'serving') this.#serveBgp()
    this.#reportSoon()
    this.#saveSoon()
    this.#wakeLater(now)
    this.#checkPrepared()
  }

  #serveBgp(): void {
    const { memory, ribs } = this.#truth
    const interfaces = this.#interfaces ?? []
    this.#bgp.apply({ sessions: sessionsOf(memory), ribs, passwords: this.#passwords.known(), interfaces })
  }

  #reportSoon(): void {
    this.#reporting ??= this.#ports.clock.after(reportMillis, () => {
      this.#reporting = undefined
      this.#report()
    })
  }

  #report(): void {
    const { memory, planGoneSince } = this.#truth
    if (this.#role !== 'serving' || memory.plan === undefined) return
    const interfaces = this.#interfaces ?? []
    const problems = interfaces.flatMap(({ name, problem }) => (problem === undefined ? [] : [`${name}: ${problem}`]))
    const { waiting } = this.health()
    const status = statusOf(
      {
        memory,
        planGone: planGoneSince !== undefined,
        ...(waiting === undefined ? {} : { waiting }),
        remembered: rememberedOf(memory, this.#seen),
        claims: this.#claims,
        interfaces,
        sessions: this.#bgp.statuses(),
        conflicts: this.#conflicts.sentences(),
        wireProblems: [...problems, ...unansweredFamily([...this.#claims.keys()])],
      },
      this.#conditions,
      this.#ports.wallClock(),
    )
    this.#logConditions(status.conditions)
    this.#conditions = status.conditions
    this.#reporter.report(status)
  }

  /** What a condition says is said in the log when it changes. */
  #logConditions(conditions: readonly Condition[]): void {
    for (const { type, status, reason, message } of conditions) {
      const before = this.#conditions.find((condition) => condition.type === type)
      if (before?.message === message) continue
      const good = (type === 'Degraded') === (status === 'False')
      this.#ports.log[good ? 'info' : 'warn']({ event: 'condition', type, status, reason, message })
    }
  }

  #note(event: BgpEvent): void {
    this.#ports.log[event.event === 'bgp-failed' ? 'warn' : event.event === 'bgp-told' ? 'debug' : 'info'](event)
    this.#reportSoon()
  }

  #statusTrouble(problem: string | undefined): void {
    if (problem === undefined) return this.#ports.log.info({ event: 'status-written-again' })
    this.#ports.log.warn({ event: 'status-not-written', problem, consequence: 'announcing goes on; it is tried again' })
  }

  #saveSoon(): void {
    if (this.#saving !== undefined) return
    this.#saving = this.#ports.clock.after(saveMillis, () => {
      this.#saving = undefined
      if (this.#truth.memory === this.#saved || this.#truth.memory.plan?.content === undefined) return
      this.#saved = this.#truth.memory
      this.#ports.save({ memory: this.#truth.memory, passwords: this.#passwords.saved() })
    })
  }

  #wakeLater(now: number): void {
    this.#wake?.()
    const at = Math.min(this.#truth.wakeAt ?? Number.POSITIVE_INFINITY, wakeAt(this.#claims) ?? Number.POSITIVE_INFINITY)
    this.#wake = at === Number.POSITIVE_INFINITY ? undefined : this.#ports.clock.after(Math.max(0, at - now), () => this.#pass())
  }

  #checkPrepared(): void {
    if (this.health().ready && this.#role === 'preparing') this.#ports.onPrepared()
  }
}

const nothingSeen: Seen = { complete: false, planWatched: false, slices: new Map(), routeSets: new Map() }

/** Objects the plan lists that are gone although their watch is in order, so that their content is remembered only. */
function rememberedOf({ plan, slices, routeSets }: Truth['memory'], seen: Seen | undefined): readonly string[] {
  if (seen?.complete !== true) return []
  const gone = (names: readonly string[], known: ReadonlyMap<string, unknown>, now: ReadonlyMap<string, unknown>): readonly string[] =>
    names.filter((name) => known.has(name) && !now.has(name))
  return [
    ...gone(plan?.content?.slices ?? [], slices, seen.slices).map((name) => `AnnouncementSlice ${name}`),
    ...gone(plan?.content?.routeSets ?? [], routeSets, seen.routeSets).map((name) => `RouteSet ${name}`),
  ]
}
