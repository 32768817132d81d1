import { prefixText } from '@loadstone/ip'
import type { Agreed, Counts, Line, LineListener, PeerEvents, PeerOptions, PeerStatus, Route, Unannounced } from 'bgp-js'
import type { PeerPort } from '../src/bgp-announcer'
import { ip } from './builders'

type Listener = (event: never) => void

const noMessages = { open: 0, update: 0, notification: 0, keepalive: 0, refresh: 0 }

/** A peer that behaves as bgp-js does, without a network: a test says when it establishes or fails. */
export class SimPeer implements PeerPort {
  readonly options: PeerOptions
  routes: readonly Route[] = []
  life: 'new' | 'started' | 'stopped' | 'ended' = 'new'
  reason: string | undefined
  draining = false
  /** How often the path was said to work. */
  hurried = 0
  readonly #listeners = new Map<string, Set<Listener>>()
  #status: PeerStatus = {
    state: 'idle',
    sinceMillis: 0,
    told: { ipv4: 0, ipv6: 0 },
    heard: { ipv4: 0, ipv6: 0 },
    counters: { sent: noMessages, received: noMessages },
  }
  /** While set, stop() stays open until it is called. */
  closing: (() => void) | undefined
  slow = false
  /** How often routes were handed over. */
  handed = 0

  constructor(options: PeerOptions) {
    if (options.md5Password !== undefined && options.md5Password.length > 80) throw new RangeError('md5Password: 1 to 80 octets')
    this.options = options
  }

  start(): void {
    this.life = 'started'
    this.#become('connect')
  }

  /** Connections of the router's making that it has taken. */
  accepted = 0

  accept(_line: Line): LineListener | undefined {
    if (this.life !== 'started') return undefined
    this.accepted++
    return { onUp: () => {}, onBytes: () => {}, onDrained: () => {}, onTaken: () => {}, onDown: () => {} }
  }

  setRoutes(routes: Iterable<Route>): void {
    this.handed++
    const before = JSON.stringify(this.routes)
    this.routes = [...routes]
    if (this.#status.state === 'established' && JSON.stringify(this.routes) !== before) this.#tell()
  }

  drain(draining = true): void {
    this.draining = draining
  }

  pathDown(): void {
    this.fail('BFD Down')
  }

  pathUp(): void {
    this.hurried++
  }

  status(): PeerStatus {
    return this.#status
  }

  unannounced(): readonly Unannounced[] {
    return []
  }

  on<Name extends keyof PeerEvents>(name: Name, listener: (event: PeerEvents[Name]) => void): () => void {
    const set = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, set.add(listener as Listener))
    return () => void set.delete(listener as Listener)
  }

  stop({ reason }: { readonly reason?: string } = {}): Promise<void> {
    this.life = 'stopped'
    this.reason = reason
    return this.slow ? new Promise((resolve) => (this.closing = resolve)) : Promise.resolve()
  }

  end(): Promise<void> {
    this.life = 'ended'
    return Promise.resolve()
  }

  establish(local: string): void {
    this.#status = { ...this.#status, local: ip(local) }
    this.#become('established')
    this.#emit('established', { agreed: {} as Agreed, local: ip(local), remote: ip('192.0.2.1') })
    this.#tell()
  }

  fail(message: string): void {
    const failure = { by: 'peer' as const, message }
    this.#status = { ...this.#status, lastFailure: failure }
    this.#become('idle')
    this.#emit('failed', failure)
  }

  prefixes(): string[] {
    return this.routes.map(({ prefix }) => prefixText(prefix)).sort()
  }

  #tell(): void {
    const told: Counts = { ipv4: this.routes.length, ipv6: 0 }
    this.#status = { ...this.#status, told }
    this.#emit('told', told)
  }

  #become(state: PeerStatus['state']): void {
    const previous = this.#status.state
    this.#status = { ...this.#status, state }
    this.#emit('state', { state, previous })
  }

  #emit<Name extends keyof PeerEvents>(name: Name, event: PeerEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) (listener as (event: PeerEvents[Name]) => void)(event)
  }
}
