import { type Ip, prefixText } from '@loadstone/ip'
import { SimClock, SimStreamNet, type StreamListener } from '@loadstone/sim'
import { Peer, type PeerEvents, type PeerOptions, type PeerStatus, type Route, type Unannounced } from 'bgp-js'
import type { Connection, ConnectionListener } from 'bgp-js/transport'
import type { PeerHandle } from '../../src/bgp/announcer'
import { ip } from '../builders'

/**
 * A bgp-js Peer with the router at the other end, which is one as well: only the network between them and the time are simulated. It has a
 * clock of its own, which moves when a test says what the router does and not before; so a session stays in Connect until then.
 */
export class SimPeer implements PeerHandle {
  /** What was handed over last, and how often something was. */
  routes: readonly Route[] = []
  handed = 0
  life: 'new' | 'started' | 'stopped' | 'ended' = 'new'
  reason: string | undefined
  draining = false
  /** How often the path was said to work. */
  hurried = 0
  /** Connections of the router's making that it has taken. */
  accepted = 0
  /** Whether a connection that is closed takes until closing() to be gone. */
  slow = false
  readonly #clock = new SimClock()
  readonly #peer: Peer
  #answering = false
  #local: Ip = ip('0.0.0.0')
  #router: Peer | undefined
  readonly #known = new Map<string, readonly string[]>()
  readonly #net = new SimStreamNet(this.#clock, () => ({ latency: 0, stalled: !this.#answering, refused: false }))

  constructor(options: PeerOptions) {
    const connect = (_to: unknown, listener: ConnectionListener): Connection => this.#net.dial('node', 'router', this.#hearing(listener))
    const transport = { connect, listen: () => Promise.reject(new Error('this peer only dials')) }
    this.#peer = new Peer(options, { clock: this.#clock, random: () => 0, transport })
    this.#net.listen('router', (line) => {
      const listener = this.#router?.accept(line)
      return listener && { ...listener, onUp: () => listener.onUp(ip(options.address), this.#local) }
    })
  }

  #hearing(listener: ConnectionListener): StreamListener {
    return { ...listener, onUp: () => listener.onUp(this.#local, ip(this.options.address)) }
  }

  get options(): PeerOptions {
    return this.#peer.options
  }

  retime(timers: Pick<PeerOptions, 'connectSeconds' | 'keepaliveSeconds'>): void {
    this.#peer.retime(timers)
  }

  start(): void {
    this.life = 'started'
    this.#peer.start()
  }

  accept(line: Connection): ConnectionListener | undefined {
    const listener = this.#peer.accept(line)
    if (listener !== undefined) this.accepted++
    return listener
  }

  setRoutes(routes: Iterable<Route>): void {
    this.handed++
    this.routes = [...routes]
    this.#peer.setRoutes(this.routes)
  }

  drain(draining = true): void {
    this.draining = draining
    this.#peer.drain(draining)
  }

  pathDown(): void {
    this.#peer.pathDown()
  }

  pathUp(): void {
    this.hurried++
    this.#peer.pathUp()
  }

  status(): PeerStatus {
    return this.#peer.status()
  }

  unannounced(): readonly Unannounced[] {
    return this.#peer.unannounced()
  }

  on<Name extends keyof PeerEvents>(name: Name, listener: (event: PeerEvents[Name]) => void): () => void {
    return this.#peer.on(name, listener)
  }

  stop({ reason }: { readonly reason?: string } = {}): Promise<void> {
    this.life = 'stopped'
    this.reason = reason
    return this.#closes(this.#peer.stop(reason === undefined ? {} : { reason }))
  }

  end(): Promise<void> {
    this.life = 'ended'
    return this.#closes(this.#peer.end())
  }

  /** What is on its way arrives; after it a connection that was hung up is gone. */
  closing(): void {
    this.#clock.advance(0)
  }

  async #closes(closed: Promise<void>): Promise<void> {
    if (this.slow) await new Promise<void>((resolve) => this.#clock.after(0, resolve))
    else this.closing()
    await closed
  }

  /** The router answers, and our end of the connection has this address. */
  establish(local: string): void {
    this.#meet(local)
    if (this.status().state !== 'established') throw new Error(`the session is ${this.status().state}`)
  }

  /** The router answers, but is configured for another AS than ours. */
  refuse(local: string): void {
    this.#meet(local, { peerAs: this.options.localAs + 2 })
  }

  #meet(local: string, more: Partial<PeerOptions> = {}): void {
    this.#local = ip(local)
    this.#router = this.#routerAt(local, more)
    this.#answering = true
    // Longer than any rest after a failure (60 s), shorter than the hold time where there was none.
    for (let waited = 0; waited < 61_000 && this.status().state === 'idle'; waited += 100) this.#clock.advance(100)
    this.#clock.advance(10) // a dial that found no answer looks for one that often
    this.#answering = this.status().state === 'established'
  }

  #routerAt(local: string, more: Partial<PeerOptions>): Peer {
    const { localAs, peerAs, interface: device, gracefulRestartSeconds } = this.options
    const its = peerAs === 'internal' ? localAs : peerAs === 'external' ? localAs + 1 : peerAs
    const options = {
      address: local,
      localAs: its,
      peerAs: localAs,
      routerId: '192.0.2.254',
      passive: true,
      ...(device === undefined ? {} : { interface: device }),
      ...(gracefulRestartSeconds === undefined ? {} : { gracefulRestartSeconds }),
    }
    const router = new Peer({ ...options, ...more }, { clock: this.#clock, random: () => 0 })
    this.#known.clear()
    router.on('update', ({ announced, withdrawn, attributes }) => {
      for (const { paths } of withdrawn) for (const { prefix } of paths) this.#known.delete(prefixText(prefix))
      const communities = (attributes?.communities ?? []).map(String)
      for (const { paths } of announced) for (const { prefix } of paths) this.#known.set(prefixText(prefix), communities)
    })
    router.on('failed', () => this.#known.clear())
    router.start()
    return router
  }

  /** The router crashes: the connection is reset. */
  lose(): void {
    this.#answering = false
    this.#net.cut('node', 'router', { loud: true })
  }

  prefixes(): string[] {
    return this.routes.map(({ prefix }) => prefixText(prefix)).sort()
  }

  /** What the router has been told, and not been told otherwise: prefix and communities. */
  known(): string[] {
    this.#clock.advance(0)
    return [...this.#known].map(([prefix, communities]) => [prefix, ...communities].join(' ')).sort()
  }
}
