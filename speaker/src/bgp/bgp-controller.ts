import type { Cancel, Clock, Millis, WallTime } from '@loadstone/clock'
import type { PlannedSession, SessionStatus } from '@loadstone/plan'
import type { Log } from '@loadstone/telemetry'
import type { PeerCounters } from 'bgp-js'
import { PathWatch } from '../bfd/monitor'
import type { Device } from '../messages/links'
import type { FoundRouters, FromWire, ToWire, WireInterface } from '../messages/messages'
import type { Truth } from '../plan/desired-state'
import { type Memory, routesOf, sessionsOf } from '../plan/memory'
import type { SavedPasswords } from '../plan/saved'
import { BgpAnnouncer, type BgpEvent, type BgpPorts } from './announcer'
import { type Drain, drain, farewell } from './drain'
import { type AskPort, HealthPorts } from './health-checks'
import { BgpListeners, type MakeListener } from './listeners'
import { Passwords, type ReadSecret } from './passwords'
import { routerInterfaces } from './unnumbered'

export type RoutingPorts = {
  readonly node: string
  readonly clock: Clock
  readonly wallTime: WallTime
  readonly log: Log
  readonly toWire: (message: ToWire) => void
  readonly connect: BgpPorts['connect']
  /** Absent: routers may not connect to us. */
  readonly listen?: MakeListener
  readonly readSecret: ReadSecret
  readonly askHealthPort: AskPort
}

/** What the wire worker says that concerns routers. */
export type RoutingNews = Extract<FromWire, { readonly is: 'devices' | 'bfd' | 'bfd-left' }>

export type RoutingEvents = {
  /** Something became known that the next pass must carry out. */
  change(): void
  /** The status says something else. */
  report(): void
}

export type RoutingTruth = Pick<Truth, 'memory' | 'ribs'> & {
  readonly interfaces: readonly WireInterface[]
  /** Whether this speaker holds sessions; another one of the node may hold them still. */
  readonly serving: boolean
}

/** All that concerns routers: the sessions of the plan, the passwords they need, and how they end. Told the whole truth each time. */
export class Routing {
  readonly #ports: RoutingPorts
  readonly #events: RoutingEvents
  readonly #bgp: BgpAnnouncer
  readonly #listeners: BgpListeners | undefined
  readonly #paths: PathWatch
  readonly #passwords: Passwords
  readonly #health: HealthPorts
  #devices: readonly Device[] | undefined
  #sessions: readonly PlannedSession[] = []
  #routers: ReadonlyMap<string, FoundRouters> = new Map()
  #watched = '[]'
  #drain: Drain | undefined
  #wake: Cancel | undefined

  constructor(ports: RoutingPorts, events: RoutingEvents, saved: SavedPasswords | undefined) {
    const { node, connect, listen, wallTime, readSecret, clock, log, toWire } = ports
    this.#ports = ports
    this.#events = events
    this.#listeners = listen === undefined ? undefined : new BgpListeners({ clock, log, listen })
    this.#bgp = new BgpAnnouncer({
      node,
      connect,
      wallTime,
      onEvent: (event) => this.#note(event),
      onHeld: (peers) => this.#listeners?.reconcile(peers),
    })
    const bgp = this.#bgp
    this.#paths = new PathWatch({
      clock,
      wallTime,
      log,
      toWire,
      lost: (peer) => bgp.pathDown(peer),
      found: (peer) => bgp.pathUp(peer),
      overdue: () => events.report(),
    })
    this.#health = new HealthPorts(clock, ports.askHealthPort, () => this.#healthChanged())
    this.#passwords = new Passwords(readSecret, clock, () => events.change(), saved)
  }

  /** Passwords and health ports are read, and routers looked for, before this speaker serves: both take a while. */
  reconcile({ memory, ribs, interfaces, serving }: RoutingTruth): void {
    this.#health.reconcile(new Set(routesOf(memory).flatMap(({ healthCheckNodePort: port }) => port ?? [])))
    this.#sessions = sessionsOf(memory)
    this.#passwords.reconcile(this.#sessions.flatMap(({ passwordSecret }) => passwordSecret ?? []))
    this.#watchRouters()
    if (!serving) return
    this.#drainAs(memory)
    this.#bgp.reconcile({
      sessions: this.#sessions,
      ribs,
      passwords: this.#passwords.known(),
      interfaces,
      ...(this.#devices === undefined ? {} : { devices: this.#devices }),
      routers: this.#routers,
      drain: this.#drain ?? { at: 'announcing' },
    })
    this.#paths.reconcile(this.#sessions, this.#bgp.known())
  }

  fromWire(message: RoutingNews): void {
    switch (message.is) {
      case 'devices':
        this.#devices = message.devices
        this.#events.change()
        break
      case 'bfd':
        this.#paths.see(message.sessions)
        this.#events.report()
        break
      case 'bfd-left':
        this.#paths.left(message.legacies)
    }
  }

  routers(found: readonly FoundRouters[]): void {
    for (const one of found) this.#ports.log.info({ event: 'routers', ...one })
    this.#routers = new Map(found.map((one) => [one.interface, one]))
    this.#events.change()
  }

  /** The one before us on this node has left, and this of its sessions. */
  inherit(legacy: string, memory: Memory): void {
    for (const [peer, local] of this.#paths.inherit(legacy, sessionsOf(memory))) this.#bgp.remember(peer, local)
  }

  /** Makes room for another process, which gets what is returned. Routers are told nothing, unless the node is leaving. */
  async leave(): Promise<string | undefined> {
    await this.#close()
    return this.#paths.leave()
  }

  async #close(): Promise<void> {
    this.#health.reconcile(new Set())
    const { node } = this.#ports
    const going = this.#drain !== undefined && this.#drain.at !== 'announcing' ? this.#drain : undefined
    this.#wake?.()
    this.#drain = undefined
    const reason = going === undefined ? undefined : farewell(node, going.because)
    await Promise.all([this.#listeners?.close(), this.#bgp.leave(reason)])
  }

  /** The process ends: a pause that has begun is kept, and only then the sessions are closed. */
  async end(): Promise<void> {
    this.#wake?.()
    const pause = this.pauseMillis()
    if (pause > 0) await new Promise<void>((resolve) => void this.#ports.clock.after(pause, resolve))
    await this.#close()
  }

  /** How much of the pause for routers is left. */
  pauseMillis(): Millis {
    return this.#drain?.at === 'draining' ? Math.max(0, this.#drain.until - this.#ports.clock.now()) : 0
  }

  statuses(): readonly SessionStatus[] {
    return this.#bgp.statuses().map((status) => {
      const bfd = this.#paths.statusOf(status.peer)
      return bfd === undefined ? status : { ...status, bfd }
    })
  }

  /** Ways to routers that BFD finds broken, as sentences. */
  pathFaults(): readonly string[] {
    return this.#paths.faults()
  }

  messages(): ReadonlyMap<string, PeerCounters> {
    return this.#bgp.messages()
  }

  savedPasswords(): SavedPasswords {
    return this.#passwords.saved()
  }

  /** Health ports that say that their Service has no pods here. */
  silentPorts(): ReadonlySet<number> {
    return this.#health.silent()
  }

  #healthChanged(): void {
    this.#ports.log.info({ event: 'health-ports', silent: [...this.#health.silent()].slice(0, 100) })
    this.#events.change()
  }

  #drainAs(memory: Memory): void {
    const { clock, log } = this.#ports
    const now = clock.now()
    const before = this.#drain
    const next = drain(before, memory.plan?.content?.leaving, now)
    this.#drain = next
    this.#wake?.()
    this.#wake = next.at === 'draining' ? clock.after(next.until - now, () => this.#events.change()) : undefined
    if (next.at === (before?.at ?? 'announcing')) return
    log.info({ event: 'drain', at: next.at, ...('because' in next ? { because: next.because } : {}) })
  }

  /** Again whenever a session comes up or falls: one that is down awaits its router. */
  #watchRouters(): void {
    const interfaces = routerInterfaces(this.#sessions, (peer) => this.#bgp.isEstablished(peer))
    const text = JSON.stringify(interfaces)
    if (text === this.#watched) return
    this.#watched = text
    this.#ports.toWire({ is: 'watch-routers', interfaces })
  }

  #note(event: BgpEvent): void {
    this.#ports.log[event.event === 'bgp-failed' ? 'warn' : event.event === 'bgp-told' ? 'debug' : 'info'](event)
    if (event.event === 'bgp-state') this.#watchRouters()
    this.#events.report()
    if (event.event === 'bgp-established') this.#events.change() // the address it speaks from is known now
  }
}
