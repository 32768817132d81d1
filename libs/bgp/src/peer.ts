import type { Prefix } from '@loadstone/ip'
import type { PeerEvents, PeerStatus, Unannounced } from './events'
import type { PeerOptions } from './options'
import type { Route } from './route'

export class Peer {
  readonly options: PeerOptions

  /** Throws RangeError that names the option and what it must be. Starts nothing. */
  constructor(options: PeerOptions) {
    this.options = options
  }

  /** Begins to connect, and goes on by itself whatever happens until stop() or end(). */
  start(_how: { readonly signal?: AbortSignal } = {}): void {
    throw new Error('under construction')
  }

  /** The whole truth: what is not in it is withdrawn. Only differences are sent. Safe to repeat, in any state. */
  setRoutes(_routes: Iterable<Route>): void {
    throw new Error('under construction')
  }

  /** Adds or changes these routes. */
  announce(_routes: Iterable<Route>): void {
    throw new Error('under construction')
  }

  withdraw(_prefixes: Iterable<Prefix>): void {
    throw new Error('under construction')
  }

  /** Wanted routes that the peer is not told at present, and why. Empty unless established. */
  unannounced(): readonly Unannounced[] {
    return []
  }

  status(): PeerStatus {
    throw new Error('under construction')
  }

  /** Calls the listener at each such event, until the returned function is called. */
  on<Name extends keyof PeerEvents>(_name: Name, _listener: (event: PeerEvents[Name]) => void): () => void {
    throw new Error('under construction')
  }

  /** The next such event. Rejects when the signal aborts. */
  once<Name extends keyof PeerEvents>(_name: Name, _how: { readonly signal?: AbortSignal } = {}): Promise<PeerEvents[Name]> {
    throw new Error('under construction')
  }

  /** Cease/Administrative Shutdown with the reason (RFC 9003: at most 255 octets of UTF-8, cut if longer), then closes. Routes are kept for the next start(). */
  stop(_how: { readonly reason?: string } = {}): Promise<void> {
    throw new Error('under construction')
  }

  /** Closes TCP without a NOTIFICATION, as a process that restarts does: with graceful restart the peer keeps our routes (RFC 4724 §4). */
  end(): Promise<void> {
    throw new Error('under construction')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}
