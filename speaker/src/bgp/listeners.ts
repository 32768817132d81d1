import type { Cancel, Clock } from '@loadstone/clock'
import { type Family, familyOf, type Ip, isLinkLocal, parseIp } from '@loadstone/ip'
import type { Log } from '@loadstone/telemetry'
import type { Listener, ListenerOptions, ListenerPeer } from 'bgp-js'

/** One socket, and the sessions it takes connections for. */
type ListenAddress<P> = { readonly family: Family; readonly interface?: string; readonly peers: readonly P[] }

/**
 * Where routers may connect to, for the running sessions: one socket for each family, VRF and unnumbered link. Linux refuses a socket of a
 * link beside the wildcard socket of IPv6, so the wildcard socket serves unnumbered sessions as well where it exists.
 * Sessions with the same router address cannot be told apart in an incoming connection, so this node alone connects for them.
 */
export function listenAddresses<P extends Pick<ListenerPeer, 'options'>>(held: readonly P[]): readonly ListenAddress<P>[] {
  const sessions = held.flatMap((peer) => sessionOf(peer) ?? [])
  const distinct = sessions.filter((one) => sessions.every((other) => other === one || !isSameRouter(one, other)))
  const wide = distinct.some(({ address, device }) => device === undefined && familyOf(address) === 'ipv6')
  const addresses = new Map<string, ListenAddress<P>>()
  for (const { peer, address, device } of distinct) {
    const bound = wide && isLinkLocal(address) ? undefined : device
    const family = familyOf(address)
    const key = `${family} ${bound ?? ''}`
    const peers = [...(addresses.get(key)?.peers ?? []), peer]
    addresses.set(key, { family, ...(bound === undefined ? {} : { interface: bound }), peers })
  }
  return [...addresses.values()]
}

type ListenedSession<P> = { readonly peer: P; readonly address: Ip; readonly device: string | undefined }

function sessionOf<P extends Pick<ListenerPeer, 'options'>>(peer: P): ListenedSession<P> | undefined {
  const address = parseIp(peer.options.address)
  return address === undefined ? undefined : { peer, address, device: peer.options.interface }
}

const isSameRouter = (a: ListenedSession<unknown>, b: ListenedSession<unknown>): boolean => a.address === b.address && a.device === b.device

/** What BgpListeners needs of a bgp-js Listener. */
export type ListenerHandle = Pick<Listener, 'open' | 'close' | 'on'>
export type MakeListener = (options: ListenerOptions, peers: readonly ListenerPeer[]) => ListenerHandle

type BgpListenersDeps = { readonly clock: Clock; readonly log: Log; readonly listen: MakeListener }

/** A predecessor that leaves holds the port for a moment, another BGP daemon for as long as it runs. */
const retryMillis = 1_000
const consequence = 'routers cannot connect to this node; it goes on connecting to them, and tries again every second'

/** Accepts connections of routers, for the running sessions. */
export class BgpListeners {
  readonly #deps: BgpListenersDeps
  readonly #sockets = new Map<string, ListeningSocket>()
  /** The last log line of each address, which outlives its sockets. */
  readonly #logged = new Map<string, string>()
  #closed: Promise<unknown> = Promise.resolve()
  #refused = 0

  constructor(deps: BgpListenersDeps) {
    this.#deps = deps
  }

  /** Listens for exactly these sessions. */
  reconcile(held: readonly ListenerPeer[]): void {
    const addresses = new Map(listenAddresses(held).map((address) => [nameOf(address), address]))
    for (const name of [...this.#logged.keys()]) if (!addresses.has(name)) this.#logged.delete(name)
    for (const [name, socket] of [...this.#sockets]) if (!isSame(socket.address, addresses.get(name))) this.#close(name, socket)
    for (const [name, address] of addresses) if (!this.#sockets.has(name)) this.#sockets.set(name, this.#open(name, address))
  }

  /** Resolves when the ports are free. */
  async close(): Promise<void> {
    this.reconcile([])
    await this.#closed
  }

  #open(name: string, address: ListenAddress<ListenerPeer>): ListeningSocket {
    const { clock, listen } = this.#deps
    const { family, interface: device } = address
    const listener = listen({ address: anywhere[family], ...(device === undefined ? {} : { interface: device }) }, address.peers)
    listener.on('refused', ({ remote }) => this.#deps.log.debug({ event: 'bgp-refused', remote, refused: ++this.#refused }))
    const socket = new ListeningSocket(address, listener, { clock, onAttempt: (problem) => this.#note(name, address, problem) })
    void this.#closed.then(() => socket.open()) // a socket that is still closing would hold the port
    return socket
  }

  #close(name: string, socket: ListeningSocket): void {
    this.#sockets.delete(name)
    this.#closed = Promise.all([this.#closed, socket.close()])
  }

  #note(name: string, { family, interface: device }: ListenAddress<ListenerPeer>, problem: string | undefined): void {
    const says = problem ?? ''
    if (this.#logged.get(name) === says) return
    this.#logged.set(name, says)
    const where = { family, ...(device === undefined ? {} : { interface: device }) }
    if (problem === undefined) this.#deps.log.info({ event: 'bgp-listening', ...where })
    else this.#deps.log.warn({ event: 'bgp-not-listening', ...where, problem, consequence })
  }
}

type ListeningSocketDeps = { readonly clock: Clock; readonly onAttempt: (problem: string | undefined) => void }

/** One listening socket; retries every second until it is closed. */
class ListeningSocket {
  readonly address: ListenAddress<ListenerPeer>
  readonly #listener: ListenerHandle
  readonly #deps: ListeningSocketDeps
  #attempt: Promise<void> = Promise.resolve()
  #retry: Cancel | undefined
  #active = true

  constructor(address: ListenAddress<ListenerPeer>, listener: ListenerHandle, deps: ListeningSocketDeps) {
    this.address = address
    this.#listener = listener
    this.#deps = deps
  }

  open(): void {
    if (this.#active) this.#attempt = this.#try()
  }

  async close(): Promise<void> {
    this.#active = false
    this.#retry?.()
    await this.#attempt
    await this.#listener.close()
  }

  async #try(): Promise<void> {
    const problem = await this.#listener.open().then(() => undefined, messageOf)
    if (!this.#active) return
    if (problem !== undefined) this.#retry = this.#deps.clock.after(retryMillis, () => this.open())
    this.#deps.onAttempt(problem)
  }
}

const anywhere = { ipv4: '0.0.0.0', ipv6: '::' } as const

const nameOf = ({ family, interface: device }: ListenAddress<unknown>): string => `${family} ${device ?? ''}`

const isSame = (one: ListenAddress<ListenerPeer>, other: ListenAddress<ListenerPeer> | undefined): boolean =>
  one.peers.length === other?.peers.length && one.peers.every((peer, i) => peer === other.peers[i])

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
