import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { systemClock } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import { inNetns, until } from '@loadstone/packet/testing'
import { keepalive } from '../../src/message/frame'
import { tcpTransport } from '../../src/tcp/tcp'
import type { Connection } from '../../src/tcp/transport'

const loopback = '127.0.0.1' as Ip

inNetns(
  'RFC 9687: what the kernel does not take waits, far below the mark where we hold back, and is reported when it is taken',
  async () => {
    const server = createServer({ pauseOnConnect: true }).listen(1790, loopback)
    const connected = once(server, 'connection') as Promise<[Socket]>
    const seen = { up: 0, taken: 0, drained: 0 }
    const line = tcpTransport(systemClock).connect(
      { address: loopback, port: 1790 },
      {
        onUp: () => void seen.up++,
        onBytes: () => {},
        onDrained: () => void seen.drained++,
        onWritten: () => void seen.taken++,
        onDown: () => {},
      },
    )
    const [deaf] = await connected
    await until('the connection', () => seen.up > 0)
    const chunk = new Uint8Array(16_384) // below what is held back for a turn
    for (let octets = 0; octets < 1 << 26 && !line.waiting(); octets += chunk.length) assert.equal(line.send(chunk), true)
    assert.equal(line.waiting(), true)
    assert.equal(line.send(keepalive), true, 'room for more, but the peer takes nothing')
    await new Promise(setImmediate)
    const { taken } = seen
    assert.equal(line.waiting(), true)
    deaf.resume()
    await until('the kernel took it', () => !line.waiting())
    await until('word of it', () => seen.taken > taken)
    await line.close()
    server.close()
  },
)

inNetns('a transport that stops listening frees the port at once, although a connection it took is still up', async () => {
  const transport = tcpTransport(systemClock)
  const place = { address: loopback, port: 1790, md5: [] }
  const seen = { up: 0, down: 0 }
  const listener = {
    onUp: () => void seen.up++,
    onBytes: () => {},
    onDrained: () => {},
    onWritten: () => {},
    onDown: () => void seen.down++,
  }
  const taken: Connection[] = []
  const stop = await transport.listen(place, (line) => {
    taken.push(line)
    return listener
  })
  const dialled = transport.connect({ address: loopback, port: 1790 }, listener)
  await until('both ends', () => seen.up === 2)
  await stop()
  const stopAgain = await transport.listen(place, () => undefined)
  await stopAgain()
  assert.equal(seen.down, 0)
  await Promise.all([dialled, ...taken].map((line) => line.close()))
})
