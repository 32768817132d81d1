import assert from 'node:assert/strict'
import { type Ip, parseIp } from '@loadstone/ip'
import { filters } from '../../src'
import { type Datagram, openUdpSocket, type UdpSocketOptions } from '../../src/udp'
import { block, delivered, inNetns, ip, stamping, until, veth } from '../../testing'

const at = (text: string): Ip => parseIp(text) ?? assert.fail(text)

/** A socket that keeps what it hears. */
function listen(options: Omit<UdpSocketOptions, 'onDatagram'>) {
  const heard: Datagram[] = []
  const socket = openUdpSocket({ ...options, onDatagram: (datagram) => heard.push({ ...datagram, bytes: datagram.bytes.slice() }) })
  return { heard, socket }
}

for (const [family, host, filter] of [
  ['ipv4', '127.0.0.1', filters.udp4Ttl255],
  ['ipv6', '::1', filters.udp6HopLimit255],
] as const) {
  inNetns(`RFC 5082: the filter lets datagrams with TTL 255 pass and no other (${family})`, async () => {
    const { heard, socket } = listen({ family, port: 5000, filter })
    for (const ttl of [1, 64, 254, 255]) openUdpSocket({ family, ttl }).send(Uint8Array.of(ttl), at(host), 5000)
    await until('one arrived', () => heard.length > 0)
    assert.deepEqual(
      heard.map(({ bytes, from, to, ttl, ifIndex }) => ({ bytes, from, to, ttl, ifIndex })),
      [{ bytes: Uint8Array.of(255), from: host, to: host, ttl: 255, ifIndex: 1 }],
    )
    socket.close()
  })
}

inNetns('a datagram can be answered: its sender and port are told', async () => {
  const { heard, socket } = listen({ family: 'ipv4', port: 5000 })
  const asker = listen({ family: 'ipv4', source: at('127.0.0.2'), port: 6000 })
  asker.socket.send(Uint8Array.of(1), at('127.0.0.1'), 5000)
  await until('it arrived', () => heard.length === 1)
  assert.deepEqual([heard[0]?.from, heard[0]?.fromPort], ['127.0.0.2', 6000])
  socket.send(Uint8Array.of(2), at('127.0.0.2'), 6000)
  await until('the answer arrived', () => asker.heard.length === 1)
  asker.socket.close()
  socket.close()
})

inNetns('a socket bound to a device hears nothing from another, and knows its index', async () => {
  const { near } = veth()
  const bound = listen({ family: 'ipv4', port: 5000, device: 'near' })
  const sender = openUdpSocket({ family: 'ipv4' })
  sender.send(Uint8Array.of(1), at('127.0.0.1'), 5000)
  const free = listen({ family: 'ipv4', port: 5001 })
  sender.send(Uint8Array.of(2), at('127.0.0.1'), 5001)
  await until('the other socket heard the later one', () => free.heard.length === 1)
  assert.equal(bound.heard.length, 0)
  assert.equal(bound.socket.ifIndex, near.index)
  for (const socket of [bound.socket, free.socket, sender]) socket.close()
})

inNetns('a datagram that waited says how long', async () => {
  const stopStamping = await stamping()
  const { heard, socket } = listen({ family: 'ipv4', port: 5000 })
  openUdpSocket({ family: 'ipv4' }).send(Uint8Array.of(1), at('127.0.0.1'), 5000)
  delivered()
  block(30)
  await until('it arrived', () => heard.length === 1)
  assert.ok((heard[0]?.lateMicros ?? 0) >= 29_000, `${heard[0]?.lateMicros} µs`) // two clocks may differ by a rounding
  socket.close()
  stopStamping()
})

inNetns('a refusal of the kernel is told, and leaves the socket usable', () => {
  const socket = openUdpSocket({ family: 'ipv4' })
  assert.equal(socket.send(Uint8Array.of(1), at('192.0.2.99'), 5000)?.code, 'ENETUNREACH')
  assert.equal(socket.send(new Uint8Array(3_000), at('127.0.0.1'), 5000)?.code, 'EMSGSIZE')
  assert.equal(socket.send(Uint8Array.of(1), at('127.0.0.1'), 5000), undefined)
  socket.close()
  assert.throws(() => openUdpSocket({ family: 'ipv4', device: 'nowhere' }), { code: 'ENODEV' })
  veth()
  ip('addr add 192.0.2.1/24 dev near')
  const one = openUdpSocket({ family: 'ipv4', source: at('192.0.2.1'), port: 5000 })
  assert.throws(() => openUdpSocket({ family: 'ipv4', source: at('192.0.2.1'), port: 5000 }), {
    code: 'EADDRINUSE',
    message: /192\.0\.2\.1 port 5000/,
  })
  one.close()
})
