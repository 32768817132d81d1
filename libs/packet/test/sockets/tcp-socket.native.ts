import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer, type Server, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Ip, parseIp } from '@loadstone/ip'
import { readDropCounters, type TcpListenerOptions, type TcpSocketOptions, tcpListenerFd, tcpSocketFd } from '../../src/tcp'
import { inNetns, ip, veth } from '../../testing'

const at = (text: string): Ip => parseIp(text) ?? assert.fail(text)
const [router, speaker] = [at('127.0.0.1'), at('127.0.0.2')]
const port = 1790

/** A router that says what it heard from whom, and answers. */
async function listen(options: Omit<TcpListenerOptions, 'port'>): Promise<{ readonly heard: string[]; readonly server: Server }> {
  const heard: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (data) => {
      heard.push(`${socket.remoteAddress} ${data.toString()}`)
      socket.end('pong')
    })
  })
  server.listen({ fd: tcpListenerFd({ ...options, port }) })
  await once(server, 'listening')
  return { heard, server }
}

type Outcome = { readonly outcome: string; readonly from?: string | undefined }

/** What came of saying ping: the answer, the error's code, or silence for 4 s, in which a SYN that got lost was repeated twice. */
async function ping(host: string, options: TcpSocketOptions): Promise<Outcome> {
  const socket = new Socket({ fd: tcpSocketFd(options), readable: true, writable: true, ...{ manualStart: true } })
  const silence = new AbortController()
  const outcome = await Promise.race([
    once(socket.connect({ host, port }), 'connect').then(async () => {
      const from = socket.localAddress
      socket.write('ping')
      const [data] = (await once(socket, 'data')) as [Buffer]
      return { outcome: data.toString(), from }
    }),
    sleep(4_000, { outcome: 'silence' }, { signal: silence.signal }),
  ]).catch((error: NodeJS.ErrnoException) => ({ outcome: error.code ?? error.message }))
  silence.abort()
  socket.destroy()
  return outcome
}

inNetns('a socket bound to a source address connects from it, by both families', async () => {
  for (const [family, host, source] of [
    ['ipv4', '127.0.0.1', '127.0.0.2'],
    ['ipv6', '::1', '2001:db8::2'],
  ] as const) {
    if (family === 'ipv6') ip(`addr add ${source}/128 dev lo nodad`)
    const { heard, server } = await listen({ family })
    assert.deepEqual(await ping(host, { family, source: at(source) }), { outcome: 'pong', from: source })
    assert.deepEqual(heard, [`${source} ping`])
    server.close()
  }
})

inNetns(
  'RFC 2385: the right key connects; a wrong key, no key and an unexpected key meet silence, and the counters tell which',
  async () => {
    const { heard, server } = await listen({ family: 'ipv4', md5: [{ peer: speaker, key: 'right' }] })
    const client = { family: 'ipv4', source: speaker } as const
    const with5 = (key: string): TcpSocketOptions => ({ ...client, md5: [{ peer: router, key }] })
    const started = readDropCounters()
    assert.deepEqual(await ping(router, with5('right')), { outcome: 'pong', from: speaker })
    assert.deepEqual(readDropCounters(), started)
    assert.deepEqual(await ping(router, with5('righT')), { outcome: 'silence' })
    const wrong = readDropCounters()
    assert.ok(wrong.md5Failure > started.md5Failure && wrong.md5NotFound === started.md5NotFound)
    assert.deepEqual(await ping(router, client), { outcome: 'silence' })
    const missing = readDropCounters()
    assert.ok(missing.md5NotFound > wrong.md5NotFound)
    assert.deepEqual(await ping(router, { ...with5('right'), source: at('127.0.0.3') }), { outcome: 'silence' })
    assert.ok(readDropCounters().md5Unexpected > missing.md5Unexpected)
    assert.deepEqual(heard, ['127.0.0.2 ping'])
    server.close()
  },
)

inNetns('RFC 2385 over IPv6', async () => {
  ip('addr add 2001:db8::2/128 dev lo nodad')
  const [host, source] = [at('::1'), at('2001:db8::2')]
  const { server } = await listen({ family: 'ipv6', md5: [{ peer: source, key: 'right' }] })
  const options = { family: 'ipv6', source } as const
  assert.deepEqual(await ping(host, { ...options, md5: [{ peer: host, key: 'right' }] }), { outcome: 'pong', from: source })
  assert.deepEqual(await ping(host, { ...options, md5: [{ peer: host, key: 'rightly' }] }), { outcome: 'silence' })
  server.close()
})

inNetns('a key of 80 octets is taken, one of 81 and an empty one are refused before any socket is left open', async () => {
  const longest = 'k'.repeat(80)
  const { server } = await listen({ family: 'ipv4', md5: [{ peer: speaker, key: longest }] })
  const ping80 = await ping(router, { family: 'ipv4', source: speaker, md5: [{ peer: router, key: longest }] })
  assert.equal(ping80.outcome, 'pong')
  server.close()
  for (const key of ['k'.repeat(81), '', 'ü'.repeat(41)]) {
    assert.throws(() => tcpSocketFd({ family: 'ipv4', md5: [{ peer: router, key }] }), { name: 'RangeError', message: /1 to 80/ })
  }
})

inNetns('a port where nobody listens: refused at once without a key, silent with one', async () => {
  assert.deepEqual(await ping(router, { family: 'ipv4' }), { outcome: 'ECONNREFUSED' })
  assert.deepEqual(await ping(router, { family: 'ipv4', md5: [{ peer: router, key: 'right' }] }), { outcome: 'silence' })
})

for (const [family, host] of [
  ['ipv4', '127.0.0.1'],
  ['ipv6', '::1'],
] as const) {
  inNetns(`RFC 5082: with a minimum of 255 a segment sent with 255 arrives and one with 64 does not (${family})`, async () => {
    const { server } = await listen({ family, ttl: 255, minTtl: 255 })
    const started = readDropCounters()
    assert.equal((await ping(host, { family, ttl: 255, minTtl: 255 })).outcome, 'pong')
    assert.deepEqual(readDropCounters(), started)
    assert.equal((await ping(host, { family, ttl: 64 })).outcome, 'silence')
    assert.ok(readDropCounters().minTtl > started.minTtl)
    server.close()
  })
}

inNetns('a socket bound to a device does not leave by another', async () => {
  veth()
  const { server } = await listen({ family: 'ipv4' })
  assert.equal((await ping(router, { family: 'ipv4', device: 'lo' })).outcome, 'pong')
  assert.notEqual((await ping(router, { family: 'ipv4', device: 'near' })).outcome, 'pong')
  server.close()
})

inNetns('a listener bound to a device does not hear another', async () => {
  veth()
  const { server } = await listen({ family: 'ipv4', device: 'near' })
  assert.deepEqual(await ping(router, { family: 'ipv4' }), { outcome: 'ECONNREFUSED' })
  server.close()
})

inNetns('what the kernel refuses says which option of which socket, and what to do, and leaves no descriptor open', () => {
  const before = readdirSync('/proc/self/fd').length
  assert.throws(() => tcpSocketFd({ family: 'ipv4', source: at('192.0.2.77') }), {
    name: 'SocketError',
    code: 'EADDRNOTAVAIL',
    message: /bind 192\.0\.2\.77: .* no interface of this machine has that address/,
  })
  assert.throws(() => tcpSocketFd({ family: 'ipv4', device: 'nowhere' }), {
    code: 'ENODEV',
    message: /bind to nowhere: .*removed or renamed/,
  })
  assert.throws(() => tcpSocketFd({ family: 'ipv4', ttl: 256 }), { code: 'EINVAL', message: /ttl/ })
  assert.equal(readdirSync('/proc/self/fd').length, before)
})
