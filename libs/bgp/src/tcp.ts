import { randomInt } from 'node:crypto'
import { Socket } from 'node:net'
import type { Clock } from '@loadstone/clock'
import { familyOf, type Ip, parseIp } from '@loadstone/ip'
import { tcpSocketFd } from '@loadstone/packet'
import { present } from './present'
import type { Dial, Line, LineListener, Transport } from './transport'

/** A peer that reads nothing any more must not hold our end open. */
const lingerMillis = 2_000
/** How much may wait in this process before send() asks to hold back. */
const highWaterMark = 1 << 20

/** TCP, the only place that touches the outside. */
export const tcpTransport = (clock: Clock): Transport => ({
  dial: (to, listener) => {
    try {
      return lineOver(open(to), listener, clock)
    } catch (error) {
      return failed(error, listener, clock)
    }
  },
})

/** Uniform in [0, 1). */
export const randomness = (): number => randomInt(2 ** 32) / 2 ** 32

function open(to: Dial): Socket {
  const { address, port, sourceAddress, interface: device, md5Password, ttl, minTtl } = to
  const family = familyOf(address)
  const md5 = md5Password === undefined ? undefined : [{ peer: address, key: md5Password }]
  const fd = tcpSocketFd(present({ family, trafficClass: networkControl, source: sourceAddress, device, ttl, minTtl, md5 }))
  // manualStart: reading before the connection is up would be answered with an error
  const options = { fd, readable: true, writable: true, manualStart: true } as ConstructorParameters<typeof Socket>[0]
  return new Socket(options).connect({ host: address, port })
}

/** CS6, RFC 4594 §3.1. */
const networkControl = 0xc0

/** A socket that could not even be made, told as a line that is lost: in a moment, since no listener hears from within dial(). */
function failed(error: unknown, listener: LineListener, clock: Clock): Line {
  const cancel = clock.after(0, () => listener.onDown(lossOf(error)))
  return {
    send: () => true,
    hangUp: () => {
      cancel()
      return Promise.resolve()
    },
  }
}

const lossOf = (error: unknown): { readonly code: string; readonly message: string } => {
  const { code = 'failed', message = String(error) } = error as { readonly code?: string; readonly message?: string }
  return { code, message }
}

function lineOver(socket: Socket, listener: LineListener, clock: Clock): Line {
  let heard: LineListener | undefined = listener
  const down = (code: string, message: string): void => {
    const told = heard
    heard = undefined
    socket.destroy()
    told?.onDown({ code, message })
  }
  socket.setNoDelay(true)
  socket.on('connect', () => heard?.onUp(addressOf(socket.localAddress), addressOf(socket.remoteAddress)))
  socket.on('data', (bytes) => heard?.onBytes(bytes))
  socket.on('drain', () => heard?.onDrained())
  socket.on('end', () => down('closed', 'closed by the peer'))
  socket.on('error', (error) => down(lossOf(error).code, error.message))
  socket.on('close', () => down('closed', 'closed'))
  return {
    send: (bytes) => {
      socket.write(bytes)
      return socket.writableLength < highWaterMark
    },
    hangUp: () => {
      heard = undefined
      return hangUp(socket, clock)
    },
  }
}

function hangUp(socket: Socket, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve()
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

/** IPv4 clients of a dual-stack socket look like ::ffff:192.0.2.1; a zone names the link of a link-local address. */
function addressOf(text = ''): Ip {
  const ip = parseIp(text.replace(/%.*$/, ''))
  if (ip === undefined) throw new Error(`the kernel gave the address "${text}"`)
  return ip
}
