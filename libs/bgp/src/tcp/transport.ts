import type { Ip } from '@loadstone/ip'

/** Why a connection is gone or never came: the system's name for it (`ECONNREFUSED`), or `closed` when the peer just ended it. */
export type ConnectionLost = { readonly code: string; readonly message: string }

/** Where to connect, and how the socket must be set up for it. */
export type ConnectOptions = {
  readonly address: Ip
  readonly port: number
  readonly sourceAddress?: Ip
  readonly interface?: string
  readonly md5Password?: string
  /** TTL of what we send; absent leaves the kernel's. */
  readonly ttl?: number
  /** GTSM, RFC 5082: segments that arrive with less are dropped. */
  readonly minTtl?: number
}

/** Receives the events of a connection, never from within a call to it, and none after close(). Each function may call the Connection. */
export type ConnectionListener = {
  /** The connection is up. Called once, before any other function but onDown. */
  readonly onUp: (local: Ip, remote: Ip) => void
  readonly onBytes: (bytes: Uint8Array) => void
  /** There is room again, after send() returned false. */
  readonly onDrained: () => void
  /** The system has taken some of the waiting octets; waiting() says whether all. */
  readonly onWritten: () => void
  /** The connection is lost, or did not come up. The last call. */
  readonly onDown: (loss: ConnectionLost) => void
}

/** One TCP connection, being made or made. */
export type Connection = {
  /** Sends the octets, or queues them. False asks the caller to send no more until onDrained. */
  send(bytes: Uint8Array): boolean
  /** Whether octets are still queued, because the peer does not read (RFC 9687). */
  waiting(): boolean
  /** Sends the queued octets, then closes. Resolves when the connection is closed. Safe to repeat. */
  close(): Promise<void>
  /** A sentence about why the connection does not come up, if the system counted something that explains it. */
  diagnosis?(): string | undefined
}

/** Where to listen, for whom, and how the sockets must be set up. */
export type ListenOptions = {
  readonly address: Ip
  readonly port: number
  readonly interface?: string
  readonly md5: readonly { readonly peer: Ip; readonly key: string }[]
  readonly ttl?: number
  readonly minTtl?: number
}

/**
 * Called with every incoming connection. `link` is the interface of a link-local remote, where the transport knows it. Undefined closes the
 * connection; otherwise the returned listener receives its events, beginning with onUp.
 */
export type AcceptConnection = (connection: Connection, remote: Ip, link?: string) => ConnectionListener | undefined

/** What Peer and Listener need of TCP. tcpTransport() is that of the system. */
export type TcpTransport = {
  /** Begins to connect. Never throws: a failure arrives at onDown. */
  connect(to: ConnectOptions, listener: ConnectionListener): Connection
  /** Resolves with a function that stops listening, once connections are accepted. Accepted connections outlive it. Rejects with the system's error. */
  listen(at: ListenOptions, accept: AcceptConnection): Promise<() => Promise<void>>
}
