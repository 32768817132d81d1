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

/** What a connection reports, never from within a call to it. After close() it reports nothing. */
export type ConnectionListener = {
  readonly onUp: (local: Ip, remote: Ip) => void
  readonly onBytes: (bytes: Uint8Array) => void
  /** After send() answered false: there is room again. */
  readonly onDrained: () => void
  /** The system has taken some of what waited, perhaps all: waiting() tells. */
  readonly onWritten: () => void
  readonly onDown: (loss: ConnectionLost) => void
}

/** One TCP connection, being made or made. */
export type Connection = {
  /** The bytes are taken in any case; false asks to hold back until onDrained. */
  send(bytes: Uint8Array): boolean
  /** Whether anything that was sent is still here, because the system takes no more as long as the peer does not (RFC 9687). */
  waiting(): boolean
  /** Sends what is waiting, then closes; resolves when it is gone. Safe to repeat. */
  close(): Promise<void>
  /** What the system noticed, if anything, while the connection would not come up: in words. */
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
 * Asked for every connection that comes. `link` is the interface of a link-local remote, where the transport knows it. Undefined closes the
 * connection; else it reports to the listener returned, beginning with onUp.
 */
export type AcceptConnection = (connection: Connection, remote: Ip, link?: string) => ConnectionListener | undefined

/** The port to TCP: real in tcp.ts, simulated in tests. */
export type TcpTransport = {
  connect(to: ConnectOptions, listener: ConnectionListener): Connection
  /** Resolves, with how to stop, when connections are taken. Connections taken before stay, and stopping does not wait for them. */
  listen(at: ListenOptions, accept: AcceptConnection): Promise<() => Promise<void>>
}
