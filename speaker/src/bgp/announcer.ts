import type { WallTime } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import type { Leaving, PlannedSession } from '@loadstone/plan'
import type { SessionStatus } from '@loadstone/plan/status'
import type { Peer, PeerCounters, PeerOptions } from 'bgp-js'
import type { SessionEnds } from '../bfd/ends'
import type { Device } from '../messages/links'
import type { FoundRouters, L2Interface } from '../messages/messages'
import type { Advertised } from '../plan/adj-ribs-out'
import type { Announced } from '../plan/withdrawal-delay'
import { type Drain, shutdownMessage } from './drain'
import { nextHopsOf, nodeIpv4, routesFor } from './next-hops'
import { type BgpSessionSpec, changeOf, type LocatedSession, type Password, sessionSpecs, staysNeighbour } from './session-options'
import { type Blocked, planState, type SessionNow, sessionStatus } from './session-status'
import { type CurrentRouter, locate } from './unnumbered'

/** What the announcer needs of a bgp-js Peer. */
export type PeerHandle = Pick<
  Peer,
  | 'options'
  | 'retime'
  | 'start'
  | 'accept'
  | 'setRoutes'
  | 'status'
  | 'unannounced'
  | 'on'
  | 'drain'
  | 'pathDown'
  | 'pathUp'
  | 'stop'
  | 'end'
>

export type DesiredSessions = {
  readonly sessions: readonly PlannedSession[]
  readonly adjRibsOut: ReadonlyMap<string, ReadonlyMap<string, Announced<Advertised>>>
  readonly passwords: ReadonlyMap<string, Password>
  readonly interfaces: readonly L2Interface[]
  /** Every link of the node; absent while they are not known. */
  readonly devices?: readonly Device[]
  /** By interface. */
  readonly routers?: ReadonlyMap<string, FoundRouters>
  readonly drain: Drain
}

export type BgpAnnouncerDeps = {
  readonly node: string
  readonly connect: (options: PeerOptions) => PeerHandle
  readonly wallTime: WallTime
  /** A session changed its state, failed, or has sent all its routes. */
  readonly onEvent: (event: BgpEvent) => void
  /** The running sessions, after each change of them. */
  readonly onSessions?: (peers: readonly PeerHandle[]) => void
}

export type BgpEvent =
  | { readonly event: 'bgp-state'; readonly peer: string; readonly address: Ip; readonly state: string; readonly previous: string }
  | { readonly event: 'bgp-established'; readonly peer: string; readonly address: Ip; readonly local: Ip }
  | { readonly event: 'bgp-failed'; readonly peer: string; readonly address: Ip; readonly message: string }
  | { readonly event: 'bgp-told'; readonly peer: string; readonly address: Ip; readonly ipv4: number; readonly ipv6: number }

type Running = {
  readonly peer: PeerHandle
  readonly address: Ip
  readonly unsubscribe: readonly (() => void)[]
  since: string
  advertised?: { readonly rib: ReadonlyMap<string, Announced<Advertised>>; readonly nextHops: string }
}

/** Reconciles the running BGP sessions with the desired ones. Sessions with unchanged settings are left alone. */
export class BgpAnnouncer {
  readonly #deps: BgpAnnouncerDeps
  readonly #running = new Map<string, Running>()
  readonly #blocked = new Map<string, Blocked>()
  /** Sessions that are closing: a new one beside one of them would be a connection collision. */
  readonly #closing = new Set<string>()
  /** The local address of each session, as last observed. */
  readonly #locals = new Map<string, Ip>()
  #specs: readonly BgpSessionSpec[] = []
  #desired: DesiredSessions = { sessions: [], adjRibsOut: new Map(), passwords: new Map(), interfaces: [], drain: { at: 'announcing' } }

  constructor(deps: BgpAnnouncerDeps) {
    this.#deps = deps
  }

  reconcile(desired: DesiredSessions): void {
    this.#desired = desired
    this.#specs = desired.drain.at === 'withdrawn' ? this.#handedOver(desired.drain.because) : this.#planned()
    const names = new Set(this.#specs.map(({ peer }) => peer))
    for (const name of [...this.#running.keys()]) if (!names.has(name)) this.#drop(name, 'the session was removed from the configuration')
    for (const name of [...this.#blocked.keys()]) if (!names.has(name)) this.#blocked.delete(name)
    for (const session of this.#specs) this.#ensure(session)
    this.#reportSessions()
  }

  /** Both ends of every desired session, up or not. */
  ends(): readonly SessionEnds[] {
    return this.#specs.flatMap((spec) => {
      const { peer, address } = spec
      if ('blocked' in spec && spec.closed !== undefined) return []
      const local = this.#locals.get(peer)
      return [
        { peer, blocked: 'blocked' in spec, ...(address === undefined ? {} : { address }), ...(local === undefined ? {} : { local }) },
      ]
    })
  }

  /** Takes over the local address that a predecessor on this node had observed. */
  setLocal(peer: string, local: Ip): void {
    this.#locals.set(peer, local)
  }

  /** BFD has detected that the path to the peer failed. */
  pathDown(peer: string): void {
    this.#running.get(peer)?.peer.pathDown()
  }

  pathUp(peer: string): void {
    this.#running.get(peer)?.peer.pathUp()
  }

  #planned(): readonly BgpSessionSpec[] {
    const { sessions, passwords, interfaces, devices } = this.#desired
    const options = new Map([...this.#running].map(([name, { peer }]) => [name, peer.options]))
    const ipv4 = nodeIpv4(interfaces)
    return sessionSpecs(
      sessions.map((session) => this.#located(session)),
      passwords,
      options,
      {
        name: this.#deps.node,
        ...(ipv4 === undefined ? {} : { ipv4 }),
        ...(devices === undefined ? {} : { devices: new Set(devices.map(({ name }) => name)) }),
      },
    )
  }

  #located(session: PlannedSession): LocatedSession {
    const { peer, interface: name } = session
    return name === undefined
      ? session
      : { ...session, located: locate(name, this.#desired.routers?.get(name), this.#currentRouter(peer, name)) }
  }

  #currentRouter(peer: string, name: string): CurrentRouter | undefined {
    const running = this.#running.get(peer)
    if (running?.peer.options.interface !== name) return undefined
    return { address: running.address, established: this.isEstablished(peer) }
  }

  isEstablished(name: string): boolean {
    return this.#running.get(name)?.peer.status().state === 'established'
  }

  /** The specs of a node that has handed its routes over: every session is closed. */
  #handedOver(because: Leaving): readonly BgpSessionSpec[] {
    const closed = shutdownMessage(this.#deps.node, because)
    return this.#desired.sessions.map(({ peer, address }) => ({
      peer,
      ...(address === undefined ? {} : { address }),
      blocked: `${closed}; its routes are withdrawn and the session is closed until it stays`,
      closed,
    }))
  }

  statuses(): readonly SessionStatus[] {
    return this.#specs.map((spec) => {
      const closing: Blocked = { problem: 'the session with the former settings is still closing', since: this.#deps.wallTime() }
      return sessionStatus(spec, this.#now(spec.peer) ?? this.#blocked.get(spec.peer) ?? closing)
    })
  }

  /** Message counters of the running sessions, by BGPPeer. */
  messages(): ReadonlyMap<string, PeerCounters> {
    return new Map([...this.#running].map(([name, { peer }]) => [name, peer.status().counters]))
  }

  /** Ends every session; resolves when the connections are closed. With a reason peers get a NOTIFICATION; without, they may keep routes. */
  async close(reason?: string): Promise<void> {
    const peers = [...this.#running.values()]
    this.#running.clear()
    this.#blocked.clear()
    this.#specs = []
    for (const { unsubscribe } of peers) for (const quiet of unsubscribe) quiet()
    await Promise.all(peers.map(({ peer }) => (reason === undefined ? peer.end() : peer.stop({ reason }))))
  }

  #ensure(spec: BgpSessionSpec): void {
    const { peer: name } = spec
    if ('blocked' in spec) {
      if (spec.closed !== undefined) this.#close(name, spec.closed)
      this.#block(name, spec.blocked)
      return
    }
    const { address } = spec
    const change = changeOf(this.#running.get(name)?.peer.options, spec.options)
    if (change === 'timers') this.#running.get(name)?.peer.retime(spec.options)
    if (change === 'renewal') this.#renew(name, spec.options)
    if (change === 'renewal' && !this.#closing.has(name)) this.#start(name, address, spec.options)
    this.#running.get(name)?.peer.drain(this.#desired.drain.at === 'draining')
    this.#advertise(name)
  }

  #start(name: string, address: Ip, options: PeerOptions): void {
    const { connect, onEvent, wallTime } = this.#deps
    let peer: PeerHandle
    try {
      peer = connect(options)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#block(name, error.message)
      return
    }
    const unsubscribe = [
      peer.on('state', ({ state, previous }) => {
        running.since = wallTime()
        onEvent({ event: 'bgp-state', peer: name, address, state: planState[state], previous: planState[previous] })
      }),
      // The local address decides the next hop of the other family, and is known from here on.
      peer.on('established', ({ local }) => {
        this.#locals.set(name, local)
        this.#advertise(name)
        onEvent({ event: 'bgp-established', peer: name, address, local })
      }),
      peer.on('failed', ({ message }) => onEvent({ event: 'bgp-failed', peer: name, address, message })),
      peer.on('told', ({ ipv4, ipv6 }) => onEvent({ event: 'bgp-told', peer: name, address, ipv4, ipv6 })),
    ]
    const running: Running = { peer, address, unsubscribe, since: wallTime() }
    this.#blocked.delete(name)
    this.#running.set(name, running)
    peer.start()
  }

  #block(name: string, problem: string): void {
    if (this.#blocked.get(name)?.problem === problem) return
    this.#blocked.set(name, { problem, since: this.#deps.wallTime() })
  }

  #advertise(name: string): void {
    const running = this.#running.get(name)
    const rib = this.#desired.adjRibsOut.get(name)
    if (running === undefined || rib === undefined) return
    const nextHops = nextHopsOf(running.peer.options, running.peer.status(), this.#desired.devices ?? [])
    const text = JSON.stringify(nextHops)
    if (running.advertised?.rib === rib && running.advertised.nextHops === text) return // unchanged routes cost nothing, even thousands
    running.advertised = { rib, nextHops: text }
    running.peer.setRoutes(routesFor(rib, nextHops))
  }

  /** Withdraws all routes by UPDATE first: a router with graceful restart may keep them when the session ends. */
  #close(name: string, reason: string): void {
    this.#running.get(name)?.peer.setRoutes([])
    this.#drop(name, reason)
  }

  /** A router that keeps our routes over a restart of ours keeps them over new settings, if it is to go on doing so. */
  #renew(name: string, next: PeerOptions): void {
    const peer = this.#running.get(name)?.peer
    if (peer === undefined) return
    const keepsRoutes = peer.status().agreed?.gracefulRestart?.keepsOurs === true && staysNeighbour(peer.options, next)
    this.#drop(name, keepsRoutes ? undefined : 'the settings of the session changed')
  }

  /** Without a reason the peer gets no NOTIFICATION, so that it may keep our routes. */
  #drop(name: string, reason: string | undefined): void {
    const running = this.#running.get(name)
    if (running === undefined) return
    this.#running.delete(name)
    for (const quiet of running.unsubscribe) quiet()
    this.#closing.add(name)
    const { peer } = running
    void (reason === undefined ? peer.end() : peer.stop({ reason })).finally(() => {
      this.#closing.delete(name)
      for (const spec of this.#specs) if (spec.peer === name) this.#ensure(spec)
      this.#reportSessions()
    })
  }

  #reportSessions(): void {
    this.#deps.onSessions?.([...this.#running.values()].map(({ peer }) => peer))
  }

  #now(name: string): SessionNow | undefined {
    const running = this.#running.get(name)
    return running === undefined
      ? undefined
      : { status: running.peer.status(), since: running.since, unannounced: running.peer.unannounced() }
  }
}
