import type { Cancel, Millis } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import { assemble, nothingYet, type Seen, sessionsOf, type Truth } from './assemble'
import { BgpAnnouncer, type BgpEvent, type BgpPorts } from './bgp-announcer'
import { type Claims, claim, gained } from './claims'
import { type Conflict, Conflicts } from './conflicts'
import { earliest, wakeAt } from './hold'
import { L2Announcer } from './l2-announcer'
import type { FromWire, ToWire, WireInterface } from './messages'
import { Passwords, type ReadSecret, type SavedPasswords } from './passwords'
import type { Health } from './probe-socket'
import { Reporting, type ReportingPorts } from './reporting'
import type { Situation } from './status'

/** What a restarted process needs in order to go on without the API server. */
export type Saved = { readonly memory: Truth['memory']; readonly passwords: SavedPasswords }

export type SpeakerPorts = ReportingPorts & {
  readonly node: string
  readonly toWire: (message: ToWire) => void
  readonly connect: BgpPorts['connect']
  readonly readSecret: ReadSecret
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
  readonly #bgp: BgpAnnouncer
  readonly #passwords: Passwords
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
    const { node, clock } = ports
    this.#ports = ports
    this.#truth = saved === undefined ? nothingYet : { ...nothingYet, memory: saved.memory }
    this.#wireHeard = clock.now()
    this.#l2 = new L2Announcer(ports.toWire)
    this.#bgp = new BgpAnnouncer({ node, connect: ports.connect, wallTime: ports.wallTime, onEvent: (event) => this.#note(event) })
    this.#passwords = new Passwords(ports.readSecret, clock, () => this.#soon(), saved?.passwords)
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

  fromWire(message: FromWire): void {
    this.#wireHeard = this.#ports.clock.now()
    switch (message.is) {
      case 'interfaces':
        this.#interfaces = message.interfaces
        this.#soon()
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

  async leave(): Promise<void> {
    this.#role = 'left'
    this.#l2.leave()
    await this.#bgp.leave()
  }

  /** The process ends. L2 falls silent; the BGP peers are told a reason only when the node is leaving, since a restart is not. */
  async end(): Promise<void> {
    const leaving = this.#truth.memory.plan?.content?.leaving
    this.#role = 'left'
    for (const timer of [this.#due, this.#wake, this.#saving, this.#reportDue]) timer?.()
    this.#reporting.close()
    this.#l2.leave()
    await this.#bgp.leave(leaving === undefined ? undefined : `node ${this.#ports.node} is leaving: ${leaving}`)
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
    this.#truth = assemble(this.#truth, this.#seen ?? nothingSeen, node, now)
    const claims = claim(this.#claims, this.#truth.entries, node, now)
    this.#logClaims('l2-announced', gained(this.#claims, claims))
    this.#logClaims('l2-withdrawn', gained(claims, this.#claims))
    this.#claims = claims
    this.#l2.apply(this.#claims, this.#truth.memory.plan?.content?.excludeInterfaces ?? [])
    this.#passwords.want(sessionsOf(this.#truth.memory).flatMap(({ passwordSecret }) => passwordSecret ?? []))
    if (this.#role === 'serving') this.#serveBgp()
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

  #serveBgp(): void {
    const { memory, ribs } = this.#truth
    const interfaces = this.#interfaces ?? []
    this.#bgp.apply({ sessions: sessionsOf(memory), ribs, passwords: this.#passwords.known(), interfaces })
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
      sessions: this.#bgp.statuses(),
      conflicts: this.#conflicts.sentences(),
      wireProblems: problems,
    }
    this.#reporting.report(situation, { uid: seen.plan.uid, firstStatus: seen.firstStatus })
  }

  #note(event: BgpEvent): void {
    this.#ports.log[event.event === 'bgp-failed' ? 'warn' : event.event === 'bgp-told' ? 'debug' : 'info'](event)
    this.#reportSoon()
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
      this.#ports.save({ memory: this.#truth.memory, passwords: this.#passwords.saved() })
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

const nothingSeen: Seen = {
  complete: false,
  planWatched: false,
  trouble: undefined,
  firstStatus: undefined,
  slices: new Map(),
  routeSets: new Map(),
}

/** Objects the plan lists that are gone although their watch is in order, so that their content is remembered only. */
function rememberedOf({ plan, slices, routeSets }: Truth['memory'], seen: Seen): readonly string[] {
  if (!seen.complete) return []
  const gone = (names: readonly string[], known: ReadonlyMap<string, unknown>, now: ReadonlyMap<string, unknown>): readonly string[] =>
    names.filter((name) => known.has(name) && !now.has(name))
  return [
    ...gone(plan?.content?.slices ?? [], slices, seen.slices).map((name) => `AnnouncementSlice ${name}`),
    ...gone(plan?.content?.routeSets ?? [], routeSets, seen.routeSets).map((name) => `RouteSet ${name}`),
  ]
}
