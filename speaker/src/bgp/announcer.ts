import type { WallTime } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import type { Leaving, PlannedSession, SessionStatus } from '@loadstone/plan'
import type { Peer, PeerCounters, PeerOptions } from 'bgp-js'
import type { Known } from '../bfd/ends'
import type { Device } from '../messages/links'
import type { FoundRouters, WireInterface } from '../messages/messages'
import type { Advertised } from '../plan/adj-ribs-out'
import type { Held } from '../plan/withdrawal-delay'
import { type Drain, farewell } from './drain'
import { nextHopsOf, nodeIpv4, routesFor } from './next-hops'
import { type Password, type Sought, type WantedSession, wantSessions } from './session-options'
import { type Blocked, planState, type SessionNow, sessionStatus } from './session-status'
import { type HeldRouter, locate } from './unnumbered'

/** What the announcer needs of a bgp-js Peer. */
export type PeerPort = Pick<
  Peer,
  'options' | 'start' | 'accept' | 'setRoutes' | 'status' | 'unannounced' | 'on' | 'drain' | 'pathDown' | 'pathUp' | 'stop' | 'end'
>

export type BgpTruth = {
  readonly sessions: readonly PlannedSession[]
  readonly ribs: ReadonlyMap<string, ReadonlyMap<string, Held<Advertised>>>
  readonly passwords: ReadonlyMap<string, Password>
  readonly interfaces: readonly WireInterface[]
  /** Every link of the node; absent while they are not known. */
  readonly devices?: readonly Device[]
  /** By interface. */
  readonly routers?: ReadonlyMap<string, FoundRouters>
  readonly drain: Drain
}

export type BgpPorts = {
  readonly node: string
  readonly connect: (options: PeerOptions) => PeerPort
  readonly wallTime: WallTime
  /** A session changed its state, failed, or told its peer something. */
  readonly onEvent: (event: BgpEvent) => void
  /** The sessions that are held, whenever they may be others. */
  readonly onHeld?: (peers: readonly PeerPort[]) => void
}

export type BgpEvent =
  | { readonly event: 'bgp-state'; readonly peer: string; readonly address: Ip; readonly state: string; readonly previous: string }
  | { readonly event: 'bgp-established'; readonly peer: string; readonly address: Ip; readonly local: Ip }
  | { readonly event: 'bgp-failed'; readonly peer: string; readonly address: Ip; readonly message: string }
  | { readonly event: 'bgp-told'; readonly peer: string; readonly address: Ip; readonly ipv4: number; readonly ipv6: number }

type Running = {
  readonly peer: PeerPort
  readonly address: Ip
  readonly silence: readonly (() => void)[]
  since: string
  told?: { readonly rib: ReadonlyMap<string, Held<Advertised>>; readonly nextHops: string }
}

/** Told the whole truth each time; works out the difference itself. Sessions whose settings stay are left alone. */
export class BgpAnnouncer {
  readonly #ports: BgpPorts
  readonly #running = new Map<string, Running>()
  readonly #blocked = new Map<string, Blocked>()
  /** Sessions that are closing: a new one beside them would collide. */
  readonly #closing = new Set<string>()
  /** From which address each session speaks, as last seen. */
  readonly #locals = new Map<string, Ip>()
  #wanted: readonly WantedSession[] = []
  #truth: BgpTruth = { sessions: [], ribs: new Map(), passwords: new Map(), interfaces: [], drain: { at: 'announcing' } }

  constructor(ports: BgpPorts) {
    this.#ports = ports
  }

  reconcile(truth: BgpTruth): void {
    this.#truth = truth
    this.#wanted = truth.drain.at === 'withdrawn' ? this.#gone(truth.drain.because) : this.#planned()
    const names = new Set(this.#wanted.map(({ peer }) => peer))
    for (const name of [...this.#running.keys()]) if (!names.has(name)) this.#drop(name, 'the session was removed from the configuration')
    for (const name of [...this.#blocked.keys()]) if (!names.has(name)) this.#blocked.delete(name)
    for (const session of this.#wanted) this.#hold(session)
    this.#tellHeld()
  }

  /** The sessions that are to be, whether they are up or not. */
  known(): readonly Known[] {
    return this.#wanted.flatMap((wanted) => {
      const { peer, address } = wanted
      if ('blocked' in wanted && wanted.closed !== undefined) return []
      const local = this.#locals.get(peer)
      return [
        { peer, blocked: 'blocked' in wanted, ...(address === undefined ? {} : { address }), ...(local === undefined ? {} : { local }) },
      ]
    })
  }

  /** What a predecessor on this node knew. */
  remember(peer: string, local: Ip): void {
    this.#locals.set(peer, local)
  }

  /** BFD has lost the way to the peer. */
  pathDown(peer: string): void {
    this.#running.get(peer)?.peer.pathDown()
  }

  pathUp(peer: string): void {
    this.#running.get(peer)?.peer.pathUp()
  }

  #planned(): readonly WantedSession[] {
    const { sessions, passwords, interfaces, devices } = this.#truth
    const options = new Map([...this.#running].map(([name, { peer }]) => [name, peer.options]))
    const ipv4 = nodeIpv4(interfaces)
    return wantSessions(
      sessions.map((session) => this.#sought(session)),
      passwords,
      options,
      {
        name: this.#ports.node,
        ...(ipv4 === undefined ? {} : { ipv4 }),
        ...(devices === undefined ? {} : { devices: new Set(devices.map(({ name }) => name)) }),
      },
    )
  }

  #sought(session: PlannedSession): Sought {
    const { peer, interface: name } = session
    return name === undefined
      ? session
      : { ...session, located: locate(name, this.#truth.routers?.get(name), this.#heldRouter(peer, name)) }
  }

  #heldRouter(peer: string, name: string): HeldRouter | undefined {
    const running = this.#running.get(peer)
    if (running?.peer.options.interface !== name) return undefined
    return { address: running.address, established: this.isEstablished(peer) }
  }

  isEstablished(name: string): boolean {
    return this.#running.get(name)?.peer.status().state === 'established'
  }

  /** The node has handed over. */
  #gone(because: Leaving): readonly WantedSession[] {
    const closed = farewell(this.#ports.node, because)
    return this.#truth.sessions.map(({ peer, address }) => ({
      peer,
      ...(address === undefined ? {} : { address }),
      blocked: `${closed}; its routes are withdrawn and the session is closed until it stays`,
      closed,
    }))
  }

  statuses(): readonly SessionStatus[] {
    return this.#wanted.map((wanted) => {
      const closing: Blocked = { problem: 'the session with the former settings is still closing', since: this.#ports.wallTime() }
      return sessionStatus(wanted, this.#now(wanted.peer) ?? this.#blocked.get(wanted.peer) ?? closing)
    })
  }

  /** Messages of the sessions that run, by BGPPeer. */
  messages(): ReadonlyMap<string, PeerCounters> {
    return new Map([...this.#running].map(([name, { peer }]) => [name, peer.status().counters]))
  }

  /** Ends every session; resolves when the connections are closed. A reason is sent to the peers, silence lets them wait for us. */
  async leave(reason?: string): Promise<void> {
    const peers = [...this.#running.values()]
    this.#running.clear()
    this.#blocked.clear()
    this.#wanted = []
    for (const { silence } of peers) for (const quiet of silence) quiet()
    await Promise.all(peers.map(({ peer }) => (reason === undefined ? peer.end() : peer.stop({ reason }))))
  }

  #hold(wanted: WantedSession): void {
    const { peer: name } = wanted
    if ('blocked' in wanted) {
      if (wanted.closed !== undefined) this.#close(name, wanted.closed)
      this.#block(name, wanted.blocked)
      return
    }
    const { address } = wanted
    const same = JSON.stringify(this.#running.get(name)?.peer.options) === JSON.stringify(wanted.options)
    if (!same) this.#drop(name, 'the settings of the session changed')
    if (!same && !this.#closing.has(name)) this.#start(name, address, wanted.options)
    this.#running.get(name)?.peer.drain(this.#truth.drain.at === 'draining')
    this.#tell(name)
  }

  #start(name: string, address: Ip, options: PeerOptions): void {
    const { connect, onEvent, wallTime } = this.#ports
    let peer: PeerPort
    try {
      peer = connect(options)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#block(name, error.message)
      return
    }
    const silence = [
      peer.on('state', ({ state, previous }) => {
        running.since = wallTime()
        onEvent({ event: 'bgp-state', peer: name, address, state: planState[state], previous: planState[previous] })
      }),
      // Only now the local address is known, which decides the next hop of the other family.
      peer.on('established', ({ local }) => {
        this.#locals.set(name, local)
        this.#tell(name)
        onEvent({ event: 'bgp-established', peer: name, address, local })
      }),
      peer.on('failed', ({ message }) => onEvent({ event: 'bgp-failed', peer: name, address, message })),
      peer.on('told', ({ ipv4, ipv6 }) => onEvent({ event: 'bgp-told', peer: name, address, ipv4, ipv6 })),
    ]
    const running: Running = { peer, address, silence, since: wallTime() }
    this.#blocked.delete(name)
    this.#running.set(name, running)
    peer.start()
  }

  #block(name: string, problem: string): void {
    if (this.#blocked.get(name)?.problem === problem) return
    this.#blocked.set(name, { problem, since: this.#ports.wallTime() })
  }

  #tell(name: string): void {
    const running = this.#running.get(name)
    const rib = this.#truth.ribs.get(name)
    if (running === undefined || rib === undefined) return
    const nextHops = nextHopsOf(running.peer.options, running.peer.status(), this.#truth.devices ?? [])
    const text = JSON.stringify(nextHops)
    if (running.told?.rib === rib && running.told.nextHops === text) return // thousands of routes that stay cost nothing
    running.told = { rib, nextHops: text }
    running.peer.setRoutes(routesFor(rib, nextHops))
  }

  /** Withdrawn in words first, whatever the router makes of the session's end. */
  #close(name: string, reason: string): void {
    this.#running.get(name)?.peer.setRoutes([])
    this.#drop(name, reason)
  }

  #drop(name: string, reason: string): void {
    const running = this.#running.get(name)
    if (running === undefined) return
    this.#running.delete(name)
    for (const quiet of running.silence) quiet()
    this.#closing.add(name)
    void running.peer.stop({ reason }).finally(() => {
      this.#closing.delete(name)
      for (const wanted of this.#wanted) if (wanted.peer === name) this.#hold(wanted)
      this.#tellHeld()
    })
  }

  #tellHeld(): void {
    this.#ports.onHeld?.([...this.#running.values()].map(({ peer }) => peer))
  }

  #now(name: string): SessionNow | undefined {
    const running = this.#running.get(name)
    return running === undefined
      ? undefined
      : { status: running.peer.status(), since: running.since, unannounced: running.peer.unannounced() }
  }
}
