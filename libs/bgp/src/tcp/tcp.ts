import { createServer, type Server, Socket } from 'node:net'
import { type Cancel, type Clock, systemClock } from '@loadstone/clock'
import { familyOf, type Ip, isLinkLocal, parseIp } from '@loadstone/ip'
import { readDropCounters, tcpListenerFd, tcpSocketFd } from '@loadstone/packet'
import { present } from '../present'
import { type Attempt, Attempts, type Drops } from './connect-attempts'
import type { Accept, Dial, Line, LineListener, Listen, Loss, Transport } from './transport'

/** A peer that reads nothing any more must not hold our end open. */
const lingerMillis = 2_000
/** How much may wait in this process before send() asks to hold back. */
const highWaterMark = 1 << 20
/** After so much at once send() asks to hold back for a turn of the event loop, or a whole table would keep everybody else waiting. */
const turnOctets = 1 << 15
/** CS6, RFC 4594 §3.1. */
const networkControl = 0xc0

/** TCP, the only place that touches the outside. */
export function tcpTransport(clock: Clock): Transport {
  const attempts = new Attempts(drops)
  return {
    dial: (to, listener) => {
      try {
        return dial(to, listener, { clock, attempt: attempts.begin(to) })
      } catch (error) {
        return failed(lossOf(error), listener, clock)
      }
    },
    listen: (at, accept) => listen(at, accept, clock),
  }
}

function dial(to: Dial, listener: LineListener, { clock, attempt }: { readonly clock: Clock; readonly attempt: Attempt }): Line {
  const { line, report } = lineOver(open(to), clock)
  const ending = <Args extends unknown[]>(run: (...args: Args) => void) => {
    return (...args: Args): void => {
      attempt.end()
      run(...args)
    }
  }
  report({ ...listener, onUp: ending(listener.onUp), onDown: ending(listener.onDown) })
  const hangUp = (): Promise<void> => {
    attempt.end()
    return line.hangUp()
  }
  return { ...line, hangUp, suspicion: attempt.suspicion }
}

/** One kernel, one transport: attempts of all peers are known to each other, since the kernel counts for all of them together. */
export const systemTransport = tcpTransport(systemClock)

function open(to: Dial): Socket {
  const { address, port, sourceAddress, interface: device, md5Password, ttl, minTtl } = to
  const family = familyOf(address)
  const md5 = md5Password === undefined ? undefined : [{ peer: address, key: md5Password }]
  const fd = tcpSocketFd(present({ family, trafficClass: networkControl, source: sourceAddress, device, ttl, minTtl, md5 }))
  // manualStart: reading before the connection is up would be answered with an error
  const options = { fd, readable: true, writable: true, manualStart: true } as ConstructorParameters<typeof Socket>[0]
  const host = device !== undefined && isLinkLocal(address) ? `${address}%${device}` : address
  return new Socket(options).connect({ host, port })
}

async function listen(
  { address, port, interface: device, md5, ttl, minTtl }: Listen,
  accept: Accept,
  clock: Clock,
): Promise<() => Promise<void>> {
  const fd = tcpListenerFd(
    present({ family: familyOf(address), source: address, port, device, md5, ttl, minTtl, trafficClass: networkControl }),
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

function take(socket: Socket, accept: Accept, clock: Clock): void {
  const [local, remote] = [addressOf(socket.localAddress), addressOf(socket.remoteAddress)]
  if (local === undefined || remote === undefined) {
    socket.destroy() // gone before we looked
    return
  }
  const { line, report } = lineOver(socket, clock)
  const listener = accept(line, remote, linkOf(socket.remoteAddress))
  if (listener === undefined) {
    void line.hangUp()
    return
  }
  report(listener)
  listener.onUp(local, remote)
}

/** Reports a loss in a moment, since no listener hears from within dial(). */
function failed(loss: Loss, listener: LineListener, clock: Clock): Line {
  const cancel = clock.after(0, () => listener.onDown(loss))
  return {
    send: () => true,
    waiting: () => false,
    hangUp: () => {
      cancel()
      return Promise.resolve()
    },
  }
}

const lossOf = (error: unknown): Loss => {
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

function lineOver(socket: Socket, clock: Clock): { readonly line: Line; readonly report: (to: LineListener) => void } {
  let heard: LineListener | undefined
  const room = roomOf(socket, clock, () => heard?.onDrained())
  const down = (loss: Loss): void => {
    const told = heard
    heard = undefined
    socket.destroy()
    told?.onDown(loss)
  }
  socket.setNoDelay(true)
  socket.on('connect', () => {
    const [local, remote] = [addressOf(socket.localAddress), addressOf(socket.remoteAddress)]
    if (local !== undefined && remote !== undefined) heard?.onUp(local, remote)
  })
  socket.on('data', (bytes) => heard?.onBytes(bytes))
  socket.on('end', () => down({ code: 'closed', message: 'closed by the peer' }))
  socket.on('error', (error) => down(lossOf(error)))
  socket.on('close', () => down({ code: 'closed', message: 'closed' }))
  const taken = (error?: Error | null): void => {
    if (!error) heard?.onTaken()
  }
  const line: Line = {
    send: (bytes) => {
      socket.write(bytes, taken)
      return room(bytes.length)
    },
    waiting: () => socket.writableLength > 0,
    hangUp: () => {
      heard = undefined
      return hangUp(socket, clock)
    },
  }
  const report = (to: LineListener): void => {
    heard = to
  }
  return { line, report }
}

function hangUp(socket: Socket, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) {
      resolve()
      return
    }
    const giveUp = clock.after(lingerMillis, () => socket.destroy())
    socket.once('close', () => {
      giveUp()
      resolve()
    })
    if (socket.connecting) socket.destroy()
    else socket.end()
    socket.resume()
  })
}

/** Not every system has them. */
function drops(): Drops | undefined {
  try {
    return readDropCounters()
  } catch {
    return undefined
  }
}

/** IPv4 clients of a dual-stack socket look like ::ffff:192.0.2.1; a zone names the link of a link-local address. */
const addressOf = (text = ''): Ip | undefined => parseIp(text.replace(/%.*$/, ''))
const linkOf = (text = ''): string | undefined => text.split('%')[1]
