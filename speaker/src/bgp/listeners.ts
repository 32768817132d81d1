import type { Cancel, Clock } from '@loadstone/clock'
import { type Family, familyOf, type Ip, isLinkLocal, parseIp } from '@loadstone/ip'
import type { Log } from '@loadstone/telemetry'
import type { Listener, ListenerOptions, ListenerPeer } from 'bgp-js'

/** One socket, and the sessions it takes connections for. */
type Place<P> = { readonly family: Family; readonly interface?: string; readonly peers: readonly P[] }

/**
 * Where routers may connect to, for the sessions that are held: one place for all of a family, one for each VRF and each unnumbered link.
 * Linux refuses a link's own socket beside the one for all of IPv6, so where there is that one, it serves unnumbered sessions as well.
 * Nothing in a connection tells apart sessions with one address, which differ in port or source address: they are left to our own dialling.
 */
export function listening<P extends Pick<ListenerPeer, 'options'>>(held: readonly P[]): readonly Place<P>[] {
  const sessions = held.flatMap((peer) => sessionOf(peer) ?? [])
  const told = sessions.filter((one) => sessions.every((other) => other === one || !isSameRouter(one, other)))
  const wide = told.some(({ address, device }) => device === undefined && familyOf(address) === 'ipv6')
  const places = new Map<string, Place<P>>()
  for (const { peer, address, device } of told) {
    const bound = wide && isLinkLocal(address) ? undefined : device
    const family = familyOf(address)
    const key = `${family} ${bound ?? ''}`
    const peers = [...(places.get(key)?.peers ?? []), peer]
    places.set(key, { family, ...(bound === undefined ? {} : { interface: bound }), peers })
  }
  return [...places.values()]
}

type Session<P> = { readonly peer: P; readonly address: Ip; readonly device: string | undefined }

function sessionOf<P extends Pick<ListenerPeer, 'options'>>(peer: P): Session<P> | undefined {
  const address = parseIp(peer.options.address)
  return address === undefined ? undefined : { peer, address, device: peer.options.interface }
}

const isSameRouter = (a: Session<unknown>, b: Session<unknown>): boolean => a.address === b.address && a.device === b.device

/** What is needed of a bgp-js Listener. */
export type ListenerPort = Pick<Listener, 'open' | 'close' | 'on'>
export type MakeListener = (options: ListenerOptions, peers: readonly ListenerPeer[]) => ListenerPort

export type BgpListenersPorts = { readonly clock: Clock; readonly log: Log; readonly listen: MakeListener }

/** A predecessor that leaves has the port for a moment, another BGP daemon for as long as it runs. */
const retryMillis = 1_000
const consequence = 'routers cannot connect to this node; it goes on connecting to them, and tries again every second'

/** Lets routers connect to us, for the sessions that are held. Told the whole truth each time; works out the difference itself. */
export class BgpListeners {
  readonly #ports: BgpListenersPorts
  readonly #posts = new Map<string, Post>()
  /** What the log says of each place, which outlives its sockets. */
  readonly #said = new Map<string, string>()
  #closed: Promise<unknown> = Promise.resolve()
  #refused = 0

  constructor(ports: BgpListenersPorts) {
    this.#ports = ports
  }

  /** For these sessions and no others. */
  reconcile(held: readonly ListenerPeer[]): void {
    const places = new Map(listening(held).map((place) => [nameOf(place), place]))
    for (const name of [...this.#said.keys()]) if (!places.has(name)) this.#said.delete(name)
    for (const [name, post] of [...this.#posts]) if (!isSame(post.place, places.get(name))) this.#close(name, post)
    for (const [name, place] of places) if (!this.#posts.has(name)) this.#posts.set(name, this.#open(name, place))
  }

  /** Resolves when the ports are free. */
  async close(): Promise<void> {
    this.reconcile([])
    await this.#closed
  }

  #open(name: string, place: Place<ListenerPeer>): Post {
    const { clock, listen } = this.#ports
    const { family, interface: device } = place
    const listener = listen({ address: anywhere[family], ...(device === undefined ? {} : { interface: device }) }, place.peers)
    listener.on('refused', ({ remote }) => this.#ports.log.debug({ event: 'bgp-refused', remote, refused: ++this.#refused }))
    const post = new Post(place, listener, { clock, onAttempt: (problem) => this.#note(name, place, problem) })
    void this.#closed.then(() => post.open()) // or what is just being closed would have the port
    return post
  }

  #close(name: string, post: Post): void {
    this.#posts.delete(name)
    this.#closed = Promise.all([this.#closed, post.close()])
  }

  #note(name: string, { family, interface: device }: Place<ListenerPeer>, problem: string | undefined): void {
    const says = problem ?? ''
    if (this.#said.get(name) === says) return
    this.#said.set(name, says)
    const where = { family, ...(device === undefined ? {} : { interface: device }) }
    if (problem === undefined) this.#ports.log.info({ event: 'bgp-listening', ...where })
    else this.#ports.log.warn({ event: 'bgp-not-listening', ...where, problem, consequence })
  }
}

type PostPorts = { readonly clock: Clock; readonly onAttempt: (problem: string | undefined) => void }

/** One place, held or tried for until it is closed. */
class Post {
  readonly place: Place<ListenerPeer>
  readonly #listener: ListenerPort
  readonly #ports: PostPorts
  #attempt: Promise<void> = Promise.resolve()
  #retry: Cancel | undefined
  #wanted = true

  constructor(place: Place<ListenerPeer>, listener: ListenerPort, ports: PostPorts) {
    this.place = place
    this.#listener = listener
    this.#ports = ports
  }

  open(): void {
    if (this.#wanted) this.#attempt = this.#try()
  }

  async close(): Promise<void> {
    this.#wanted = false
    this.#retry?.()
    await this.#attempt
    await this.#listener.close()
  }

  async #try(): Promise<void> {
    const problem = await this.#listener.open().then(() => undefined, messageOf)
    if (!this.#wanted) return
    if (problem !== undefined) this.#retry = this.#ports.clock.after(retryMillis, () => this.open())
    this.#ports.onAttempt(problem)
  }
}

const anywhere = { ipv4: '0.0.0.0', ipv6: '::' } as const

const nameOf = ({ family, interface: device }: Place<unknown>): string => `${family} ${device ?? ''}`

const isSame = (one: Place<ListenerPeer>, other: Place<ListenerPeer> | undefined): boolean =>
  one.peers.length === other?.peers.length && one.peers.every((peer, i) => peer === other.peers[i])

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
