import { createServer, type Server, Socket } from 'node:net'
import { type Cancel, type Clock, systemClock } from '@loadstone/clock'
import { familyOf, type Ip, isLinkLocal, parseIp } from '@loadstone/ip'
import { readDropCounters, tcpListenerFd, tcpSocketFd } from '@loadstone/packet/tcp'
import { omitUndefined } from '../omit-undefined'
import { type ConnectAttempt, ConnectAttempts, type Drops } from './connect-attempts'
import type {
  AcceptConnection,
  Connection,
  ConnectionListener,
  ConnectionLost,
  ConnectOptions,
  ListenOptions,
  TcpTransport,
} from './transport'

/** A peer that reads nothing any more must not hold our end open. */
const lingerMillis = 2_000
/** How much may wait in this process before send() asks to hold back. */
const highWaterMark = 1 << 20
/** After so much at once send() asks to hold back for a turn of the event loop, or a whole table would keep everybody else waiting. */
const turnOctets = 1 << 15
/** CS6, RFC 4594 §3.1. */
const networkControl = 0xc0

/** TCP of the system. One transport serves every Peer of a process, because the kernel counts dropped segments for all of them together. */
export function tcpTransport(clock: Clock): TcpTransport {
  const attempts = new ConnectAttempts(drops)
  return {
    connect: (to, listener) => {
      try {
        return connect(to, listener, { clock, attempt: attempts.begin(to) })
      } catch (error) {
        return failed(lossOf(error), listener, clock)
      }
    },
    listen: (at, accept) => listen(at, accept, clock),
  }
}

function connect(
  to: ConnectOptions,
  listener: ConnectionListener,
  { clock, attempt }: { readonly clock: Clock; readonly attempt: ConnectAttempt },
): Connection {
  const { connection, report } = connectionOver(open(to), clock)
  const ending = <Args extends unknown[]>(run: (...args: Args) => void) => {
    return (...args: Args): void => {
      attempt.end()
      run(...args)
    }
  }
  report({ ...listener, onUp: ending(listener.onUp), onDown: ending(listener.onDown) })
  const close = (): Promise<void> => {
    attempt.end()
    return connection.close()
  }
  return { ...connection, close, diagnosis: attempt.diagnosis }
}

/** One kernel, one transport: attempts of all peers are known to each other, since the kernel counts for all of them together. */
export const systemTransport = tcpTransport(systemClock)

function open(to: ConnectOptions): Socket {
  const { address, port, sourceAddress, interface: device, md5Password, ttl, minTtl } = to
  const family = familyOf(address)
  const md5 = md5Password === undefined ? undefined : [{ peer: address, key: md5Password }]
  const fd = tcpSocketFd(omitUndefined({ family, trafficClass: networkControl, source: sourceAddress, device, ttl, minTtl, md5 }))
  // manualStart: reading before the connection is up would be answered with an error
  const options = { fd, readable: true, writable: true, manualStart: true } as ConstructorParameters<typeof Socket>[0]
  const host = device !== undefined && isLinkLocal(address) ? `${address}%${device}` : address
  return new Socket(options).connect({ host, port })
}

async function listen(
  { address, port, interface: device, md5, ttl, minTtl }: ListenOptions,
  accept: AcceptConnection,
  clock: Clock,
): Promise<() => Promise<void>> {
  const fd = tcpListenerFd(
    omitUndefined({ family: familyOf(address), source: address, port, device, md5, ttl, minTtl, trafficClass: networkControl }),
  )
  const server = createServer((socket) => take(socket, accept, clock))
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject) // one that comes later, of a connection that cannot be taken, ends nothing
    server.listen({ fd }, resolve)
  })
  return () => closed(server)
}

/** The port is free at once. Node would call back only when every connection that was taken has ended as well. */
function closed(server: Server): Promise<void> {
  server.close()
  return Promise.resolve()
}

function take(socket: Socket, accept: AcceptConnection, clock: Clock): void {
  const [local, remote] = [addressOf(socket.localAddress), addressOf(socket.remoteAddress)]
  if (local === undefined || remote === undefined) {
    socket.destroy() // gone before we looked
    return
  }
  const { connection, report } = connectionOver(socket, clock)
  const listener = accept(connection, remote, linkOf(socket.remoteAddress))
  if (listener === undefined) {
    void connection.close()
    return
  }
  report(listener)
  listener.onUp(local, remote)
}

/** Reports a loss in a moment, since no listener hears from within dial(). */
function failed(loss: ConnectionLost, listener: ConnectionListener, clock: Clock): Connection {
  const cancel = clock.after(0, () => listener.onDown(loss))
  return {
    send: () => true,
    waiting: () => false,
    close: () => {
      cancel()
      return Promise.resolve()
    },
  }
}

const lossOf = (error: unknown): ConnectionLost => {
  const { code = 'failed', message = String(error) } = error as { readonly code?: string; readonly message?: string }
  return { code, message }
}

/** Whether more may be written after so many octets; if not, `drained` is called when it may. */
function roomOf(socket: Socket, clock: Clock, drained: () => void): (octets: number) => boolean {
  let turn: Cancel | undefined
  const room = (): boolean => turn === undefined && socket.writableLength < highWaterMark
  const look = (): void => {
    if (room()) drained()
  }
  const nextTurn = (): void => {
    turn = undefined
    look()
  }
  socket.on('drain', look)
  return (octets) => {
    if (octets >= turnOctets) turn ??= clock.after(0, nextTurn)
    return room()
  }
}

function connectionOver(
  socket: Socket,
  clock: Clock,
): { readonly connection: Connection; readonly report: (to: ConnectionListener) => void } {
  let listener: ConnectionListener | undefined
  const room = roomOf(socket, clock, () => listener?.onDrained())
  const down = (loss: ConnectionLost): void => {
    const last = listener
    listener = undefined
    socket.destroy()
    last?.onDown(loss)
  }
  socket.setNoDelay(true)
  socket.on('connect', () => {
    const [local, remote] = [addressOf(socket.localAddress), addressOf(socket.remoteAddress)]
    if (local !== undefined && remote !== undefined) listener?.onUp(local, remote)
  })
  socket.on('data', (bytes) => listener?.onBytes(bytes))
  socket.on('end', () => down({ code: 'closed', message: 'closed by the peer' }))
  socket.on('error', (error) => down(lossOf(error)))
  socket.on('close', () => down({ code: 'closed', message: 'closed' }))
  const written = (error?: Error | null): void => {
    if (!error) listener?.onWritten()
  }
  const connection: Connection = {
    send: (bytes) => {
      socket.write(bytes, written)
      return room(bytes.length)
    },
    waiting: () => socket.writableLength > 0,
    close: () => {
      listener = undefined
      return closeSocket(socket, clock)
    },
  }
  const report = (to: ConnectionListener): void => {
    listener = to
  }
  return { connection, report }
}

function closeSocket(socket: Socket, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) {
      resolve()
      return
    }
    const cancel = clock.after(lingerMillis, () => socket.destroy())
    socket.once('close', () => {
      cancel()
      resolve()
    })
    if (socket.connecting) socket.destroy()
    else socket.end()
    socket.resume()
  })
}

/** Not every system has them; any other error is a fault of ours. */
function drops(): Drops | undefined {
  try {
    return readDropCounters()
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}

/** IPv4 clients of a dual-stack socket look like ::ffff:192.0.2.1; a zone names the link of a link-local address. */
const addressOf = (text = ''): Ip | undefined => parseIp(text.replace(/%.*$/, ''))
const linkOf = (text = ''): string | undefined => text.split('%')[1]
