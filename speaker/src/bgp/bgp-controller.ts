import type { Cancel, Clock, Millis, WallTime } from '@loadstone/clock'
import type { PlannedSession } from '@loadstone/plan'
import type { SessionStatus } from '@loadstone/plan/status'
import type { Log } from '@loadstone/telemetry'
import type { PeerCounters } from 'bgp-js'
import { BfdMonitor } from '../bfd/monitor'
import type { Device } from '../messages/links'
import type { FoundRouters, L2Interface, WorkerCommand, WorkerEvent } from '../messages/messages'
import type { DesiredState } from '../plan/desired-state'
import { type LastGoodPlan, routesOf, sessionsOf } from '../plan/last-good-plan'
import type { SavedPasswords } from '../plan/saved'
import { BgpAnnouncer, type BgpAnnouncerDeps, type BgpEvent } from './announcer'
import { type Drain, drain, shutdownMessage } from './drain'
import { type AskHealthPort, HealthChecks } from './health-checks'
import { BgpListeners, type MakeListener } from './listeners'
import { Passwords, type ReadSecret } from './passwords'
import { routerInterfaces } from './unnumbered'

export type BgpControllerDeps = {
  readonly node: string
  readonly clock: Clock
  readonly wallTime: WallTime
  readonly log: Log
  readonly sendToWorker: (message: WorkerCommand) => void
  readonly connect: BgpAnnouncerDeps['connect']
  /** Absent: routers may not connect to us. */
  readonly listen?: MakeListener
  readonly readSecret: ReadSecret
  readonly askHealthPort: AskHealthPort
}

/** The worker's events that concern routers. */
type BgpWorkerEvent = Extract<WorkerEvent, { readonly is: 'devices' | 'bfd' | 'bfd-handed-over' }>

type BgpControllerEvents = {
  /** An input of the desired state changed, so another pass is needed. */
  change(): void
  /** The status of a session changed. */
  report(): void
}

type DesiredBgp = Pick<DesiredState, 'lastGood' | 'adjRibsOut'> & {
  readonly interfaces: readonly L2Interface[]
  /** Whether this speaker holds sessions; another one of the node may hold them still. */
  readonly serving: boolean
}

/** Everything about routers: the planned sessions, their passwords, BFD, health checks, and how sessions end when a node leaves. */
export class BgpController {
  readonly #deps: BgpControllerDeps
  readonly #events: BgpControllerEvents
  readonly #bgp: BgpAnnouncer
  readonly #listeners: BgpListeners | undefined
  readonly #bfd: BfdMonitor
  readonly #passwords: Passwords
  readonly #health: HealthChecks
  #devices: readonly Device[] | undefined
  #sessions: readonly PlannedSession[] = []
  #routers: ReadonlyMap<string, FoundRouters> = new Map()
  #sentInterfaces = '[]'
  #drain: Drain | undefined
  #wake: Cancel | undefined

  constructor(deps: BgpControllerDeps, events: BgpControllerEvents, saved: SavedPasswords | undefined) {
    const { node, connect, listen, wallTime, readSecret, clock, log, sendToWorker } = deps
    this.#deps = deps
    this.#events = events
    this.#listeners = listen === undefined ? undefined : new BgpListeners({ clock, log, listen })
    this.#bgp = new BgpAnnouncer({
      node,
      connect,
      wallTime,
      onEvent: (event) => this.#onBgpEvent(event),
      onSessions: (peers) => this.#listeners?.reconcile(peers),
    })
    const bgp = this.#bgp
    this.#bfd = new BfdMonitor({
      clock,
      wallTime,
      log,
      sendToWorker,
      pathDown: (peer) => bgp.pathDown(peer),
      pathUp: (peer) => bgp.pathUp(peer),
      overdue: () => events.report(),
    })
    this.#health = new HealthChecks(clock, deps.askHealthPort, () => this.#healthChanged())
    this.#passwords = new Passwords(readSecret, clock, () => events.change(), saved)
  }

  /** Reads passwords and health ports, and looks for routers, before this speaker serves, because each takes a while. */
  reconcile({ lastGood, adjRibsOut, interfaces, serving }: DesiredBgp): void {
    this.#health.reconcile(new Set(routesOf(lastGood).flatMap(({ healthCheckNodePort: port }) => port ?? [])))
    this.#sessions = sessionsOf(lastGood)
    this.#passwords.reconcile(this.#sessions.flatMap(({ passwordSecret }) => passwordSecret ?? []))
    this.#watchRouters()
    if (!serving) return
    this.#drainAs(lastGood)
    this.#bgp.reconcile({
      sessions: this.#sessions,
      adjRibsOut,
      passwords: this.#passwords.known(),
      interfaces,
      ...(this.#devices === undefined ? {} : { devices: this.#devices }),
      routers: this.#routers,
      drain: this.#drain ?? { at: 'announcing' },
    })
    this.#bfd.reconcile(this.#sessions, this.#bgp.ends())
  }

  onWorkerEvent(message: BgpWorkerEvent): void {
    switch (message.is) {
      case 'devices':
        this.#devices = message.devices
        this.#events.change()
        break
      case 'bfd':
        this.#bfd.observe(message.sessions)
        this.#events.report()
        break
      case 'bfd-handed-over':
        this.#bfd.handedOver(message.handovers)
    }
  }

  routers(found: readonly FoundRouters[]): void {
    for (const one of found) this.#deps.log.info({ event: 'routers', ...one })
    this.#routers = new Map(found.map((one) => [one.interface, one]))
    this.#events.change()
  }

  /** Continues the BFD sessions of the predecessor on this node from its handover state. */
  resume(handoverState: string, lastGood: LastGoodPlan): void {
    for (const [peer, local] of this.#bfd.resume(handoverState, sessionsOf(lastGood))) this.#bgp.setLocal(peer, local)
  }

  /** Makes room for a successor and resolves with its handover state. Routers get no NOTIFICATION, unless the node is leaving. */
  async handOver(): Promise<string | undefined> {
    await this.#close()
    return this.#bfd.handOver()
  }

  async #close(): Promise<void> {
    this.#health.reconcile(new Set())
    const { node } = this.#deps
    const going = this.#drain !== undefined && this.#drain.at !== 'announcing' ? this.#drain : undefined
    this.#wake?.()
    this.#drain = undefined
    const reason = going === undefined ? undefined : shutdownMessage(node, going.because)
    await Promise.all([this.#listeners?.close(), this.#bgp.close(reason)])
  }

  /** The process ends: a drain that has begun runs to its end before the sessions are closed. */
  async end(): Promise<void> {
    this.#wake?.()
    const pause = this.pauseMillis()
    if (pause > 0) await new Promise<void>((resolve) => void this.#deps.clock.after(pause, resolve))
    await this.#close()
  }

  /** How much of the drain is left. */
  pauseMillis(): Millis {
    return this.#drain?.at === 'draining' ? Math.max(0, this.#drain.until - this.#deps.clock.now()) : 0
  }

  statuses(): readonly SessionStatus[] {
    return this.#bgp.statuses().map((status) => {
      const bfd = this.#bfd.statusOf(status.peer)
      return bfd === undefined ? status : { ...status, bfd }
    })
  }

  /** Paths to routers that BFD finds broken, as sentences. */
  pathFaults(): readonly string[] {
    return this.#bfd.faults()
  }

  messages(): ReadonlyMap<string, PeerCounters> {
    return this.#bgp.messages()
  }

  savedPasswords(): SavedPasswords {
    return this.#passwords.saved()
  }

  /** Health check ports whose Service has no pods on this node. */
  silentPorts(): ReadonlySet<number> {
    return this.#health.silent()
  }

  #healthChanged(): void {
    this.#deps.log.info({ event: 'health-ports', silent: [...this.#health.silent()].slice(0, 100) })
    this.#events.change()
  }

  #drainAs(lastGood: LastGoodPlan): void {
    const { clock, log } = this.#deps
    const now = clock.now()
    const before = this.#drain
    const next = drain(before, lastGood.plan?.content?.leaving, now)
    this.#drain = next
    this.#wake?.()
    this.#wake = next.at === 'draining' ? clock.after(next.until - now, () => this.#events.change()) : undefined
    if (next.at === (before?.at ?? 'announcing')) return
    log.info({ event: 'drain', at: next.at, ...('because' in next ? { because: next.because } : {}) })
  }

  /** Runs whenever a session comes up or goes down, because a session that is down awaits its router. */
  #watchRouters(): void {
    const interfaces = routerInterfaces(this.#sessions, (peer) => this.#bgp.isEstablished(peer))
    const text = JSON.stringify(interfaces)
    if (text === this.#sentInterfaces) return
    this.#sentInterfaces = text
    this.#deps.sendToWorker({ is: 'watch-routers', interfaces })
  }

  #onBgpEvent(event: BgpEvent): void {
    this.#deps.log[event.event === 'bgp-failed' ? 'warn' : event.event === 'bgp-told' ? 'debug' : 'info'](event)
    if (event.event === 'bgp-state') this.#watchRouters()
    this.#events.report()
    if (event.event === 'bgp-established') this.#events.change() // the local address is known now
  }
}
