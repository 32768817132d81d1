import { Emitter } from '@loadstone/fsm'
import { type Family, familyOf, type Ip, isLinkLocal, parseIp } from '@loadstone/ip'
import { omitUndefined } from './omit-undefined'
import { type PeerSettings, settingsOf } from './options'
import type { Peer } from './peer'
import { systemTransport } from './tcp/tcp'
import type { Connection, ConnectionListener, ListenOptions, TcpTransport } from './tcp/transport'

/** Where a Listener accepts connections. */
export type ListenerOptions = {
  /** Where to listen, IPv4 or IPv6. Default: every address of the families that the peers have. */
  readonly address?: string
  /** TCP port, 179 by default (RFC 4271 §8.2.1), which needs CAP_NET_BIND_SERVICE. */
  readonly port?: number
  /** Interface the sockets are bound to (SO_BINDTODEVICE). Default: none. */
  readonly interface?: string
}

/** The events of a Listener, by name. Listeners run at once and must not throw. A listener may call any method of the Listener. */
export type ListenerEvents = {
  /** Fires between open() and close(): a connection from no peer, or one that its peer refused, in Idle or with two connections already. */
  readonly refused: { readonly remote: Ip }
}

/** What a Listener needs of a Peer. */
export type ListenerPeer = Pick<Peer, 'options' | 'accept'>

type Known = { readonly peer: ListenerPeer; readonly settings: PeerSettings }

/** Accepts the connections that peers begin. One socket serves all its peers of a family, so they share the options of the socket. */
export class Listener implements AsyncDisposable {
  readonly #sockets: readonly ListenOptions[]
  readonly #interface: string | undefined
  readonly #peers: ReadonlyMap<string, Known>
  readonly #transport: TcpTransport
  readonly #listeners = new Emitter<ListenerEvents>()
  #closings: (() => Promise<void>)[] = []

  /** Throws RangeError when `address` is none, or peers of one family disagree on ttlSecurityHops: the kernel has one setting for the port. Starts nothing. */
  constructor(options: ListenerOptions, peers: readonly ListenerPeer[], transport: TcpTransport = systemTransport) {
    const known = peers.map((peer) => ({ peer, settings: settingsOf(peer.options) }))
    this.#interface = options.interface
    this.#peers = new Map(known.map((one) => [nameOf(one.settings.connect.address, one.settings.connect.interface), one]))
    this.#transport = transport
    this.#sockets = socketsFor(options, known)
  }

  /** Resolves when connections are accepted. Rejects with the system's error: EACCES for a privileged port, EADDRINUSE for a taken one. */
  async open(): Promise<void> {
    for (const place of this.#sockets) this.#closings.push(await this.#transport.listen(place, (...from) => this.#accept(...from)))
  }

  /** Accepts no more connections. Accepted connections stay. */
  async close(): Promise<void> {
    const closings = this.#closings
    this.#closings = []
    await Promise.all(closings.map((close) => close()))
  }

  /** Calls the listener at each such event, until the returned function is called. */
  on<Name extends keyof ListenerEvents>(name: Name, listener: (event: ListenerEvents[Name]) => void): () => void {
    return this.#listeners.on(name, listener)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #accept(connection: Connection, remote: Ip, link = this.#interface): ConnectionListener | undefined {
    const taken = this.#peers.get(nameOf(remote, link))?.peer.accept(connection)
    if (taken === undefined) this.#listeners.emit('refused', { remote })
    return taken
  }
}

/** The same link-local address may be somebody else on every link. */
const nameOf = (address: Ip, link: string | undefined): string => (isLinkLocal(address) ? `${address}%${link ?? ''}` : address)

const anywhere: Readonly<Record<Family, Ip>> = { ipv4: '0.0.0.0' as Ip, ipv6: '::' as Ip }

function socketsFor({ address, port = 179, interface: device }: ListenerOptions, known: readonly Known[]): readonly ListenOptions[] {
  const given = address === undefined ? undefined : parseIp(address)
  if (address !== undefined && given === undefined) throw new RangeError(`address is "${address}"; it must be an IPv4 or IPv6 address`)
  const families = given === undefined ? [...new Set(known.map(({ settings }) => familyOf(settings.connect.address)))] : [familyOf(given)]
  return families.map((family) => {
    const connects = known.map(({ settings }) => settings.connect).filter((dial) => familyOf(dial.address) === family)
    const md5 = connects.flatMap(({ address: peer, md5Password: key }) => (key === undefined ? [] : [{ peer, key }]))
    const [minTtl, ...others] = [...new Set(connects.map((dial) => dial.minTtl))]
    if (others.length > 0) throw new RangeError('ttlSecurityHops must be the same for all peers of one listener and family')
    const ttl = Math.max(1, ...connects.map((dial) => dial.ttl ?? 255)) // one peer behind hops makes it so for all
    return omitUndefined({ address: given ?? anywhere[family], port, interface: device, md5, ttl, minTtl })
  })
}
