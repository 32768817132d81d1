import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { parseIp } from '@loadstone/ip'
import { openPacketSocket } from '@loadstone/packet'
import { block, delivered, inNetns, ip, role, roleEnvironment, stamping, until } from '@loadstone/packet/testing'
import { openUdpSocket } from '@loadstone/packet/udp'
import { createBfd } from '../../src'
import { type Arrival, udpTransport } from '../../src/transport'
import { cable, calm, families, withOtherEnd } from '../other-end'

const address = (text: string) => {
  const parsed = parseIp(text)
  assert.ok(parsed !== undefined)
  return parsed
}
/** Sends one datagram to a port of ours over loopback. */
function knock(to: '127.0.0.1' | '::1', port: number, ttl: number): void {
  const sender = openUdpSocket({ family: to === '::1' ? 'ipv6' : 'ipv4', ttl })
  assert.equal(sender.send(Uint8Array.of(ttl), address(to), port), undefined)
  sender.close()
}

for (const [family, host] of [
  ['ipv4', '127.0.0.1'],
  ['ipv6', '::1'],
] as const) {
  inNetns(`RFC 5881 §5: of datagrams to the single-hop port the kernel hands over those with TTL 255 only, ${family}`, async () => {
    const got: number[] = []
    const close = udpTransport().listen({ family, multihop: false }, ({ octets }) => got.push(octets[0]!))
    // What the kernel hands over comes in the order in which it was sent, so the last one proves that the others were kept back.
    for (const ttl of [1, 64, 254, 255]) knock(host, 3784, ttl)
    await until('the last one', () => got.length > 0)
    close()
    assert.deepEqual(got, [255])
  })

  inNetns(`a datagram to the multihop port says with what TTL, to whom and on which interface it came, ${family}`, async () => {
    const got: Omit<Arrival, 'lateMicros'>[] = []
    const close = udpTransport().listen({ family, multihop: true }, ({ lateMicros: _late, octets, ...arrival }) => {
      got.push({ ...arrival, octets: octets.slice() })
    })
    knock(host, 4784, 250)
    await until('the datagram', () => got.length > 0)
    close()
    assert.deepEqual(got, [{ from: host, to: host, link: 1, ttl: 250, multihop: true, octets: Uint8Array.of(250) }])
  })
}

inNetns('a datagram read late says how late: the kernel stamped it when it came', async () => {
  const got: { readonly late: number; readonly read: number }[] = []
  const receive = ({ lateMicros }: Arrival): void => void got.push({ late: lateMicros / 1_000, read: performance.now() })
  const stopStamping = await stamping()
  const close = udpTransport().listen({ family: 'ipv4', multihop: false }, receive)
  for (const busyMillis of [0, 200]) {
    const [before, count] = [performance.now(), got.length]
    knock('127.0.0.1', 3784, 255)
    delivered()
    block(busyMillis)
    await until('the datagram', () => got.length > count)
    const { late, read } = got.at(-1)!
    // It came before the thread was busy and after it was sent, whatever else the machine did; two clocks may differ by a rounding.
    assert.ok(late >= busyMillis - 1 && late < read - before + 2, `${late} of at most ${read - before} ms`)
  }
  close()
  stopStamping()
})

inNetns('what had arrived is received before settled() runs', async () => {
  const transport = udpTransport()
  let got = 0
  const close = transport.listen({ family: 'ipv4', multihop: false }, () => got++)
  for (let i = 0; i < 200; i++) knock('127.0.0.1', 3784, 255)
  assert.equal(got, 0)
  await new Promise<void>((resolve) => transport.settled(resolve))
  close()
  assert.equal(got, 200)
})

inNetns('RFC 5881 §4, §5: a session sends from one port from 49152 on, to port 3784, with TTL 255 and as network control', async () => {
  cable()
  ip('neigh add 192.0.2.2 lladdr 02:00:5e:10:00:02 dev near')
  const frames: Buffer[] = []
  const far = openPacketSocket({
    ifIndex: indexOf('far'),
    etherType: 0x0800,
    filter: [{ size: 2, at: 36, is: [3784] }],
    onFrames: (all) => frames.push(...all.map(({ bytes }) => Buffer.from(bytes))),
    onError: ({ error }) => assert.fail(error),
  })
  const session = createBfd().session({ peer: '192.0.2.2', interface: 'near' })
  await until('three packets', () => frames.length >= 3)
  session.handOver()
  far.close()
  const sourcePorts = new Set(frames.map((frame) => frame.readUInt16BE(34)))
  assert.equal(sourcePorts.size, 1)
  for (const port of sourcePorts) assert.ok(port >= 49_152)
  for (const frame of frames) assert.deepEqual([frame[22], frame[15], frame.length], [255, 0xc0, 66])
})

inNetns('a session says who has its port, and takes it when it is free', async () => {
  const other = openUdpSocket({ family: 'ipv4', port: 3784, onDatagram: () => undefined })
  const session = createBfd().session({ peer: '127.0.0.1' })
  assert.match(session.status().trouble ?? '', /UDP port 3784 \(ipv4\): .*EADDRINUSE/)
  other.close()
  await until('the end of the trouble', () => session.status().trouble === undefined)
  session.handOver()
})

const indexOf = (name: string): number =>
  (JSON.parse(ip('-j link show')) as { ifname: string; ifindex: number }[]).find(({ ifname }) => ifname === name)?.ifindex ?? 0

const soon = { signal: AbortSignal.timeout(25_000) }

for (const [kind, peer] of families) {
  inNetns(`two processes agree on a pace, and one that is gone is missed by its silence: ${kind}`, async () => {
    await withOtherEnd({ profile: calm, millis: 3_000 }, async () => {
      const session = createBfd().session({ peer, interface: 'near', profile: calm })
      const fell = session.once('down', soon)
      await until('the detection time of the profile', () => session.status().pace?.detectionMicros === 900_000)
      assert.equal((await fell).by, 'silence')
      session.handOver()
    })
  })
}

inNetns('a session outlives its interface: it says what is missing, and comes up when it is back', async () => {
  await withOtherEnd({ profile: calm, millis: 9_000 }, async () => {
    const session = createBfd().session({ peer: '192.0.2.2', interface: 'near', profile: calm })
    await session.once('up', soon)
    ip('link set near name away')
    ip('link set away down')
    await session.once('down', soon)
    await until('trouble', () => session.status().trouble !== undefined)
    assert.match(session.status().trouble ?? '', /no packet leaves for 192\.0\.2\.2: /)
    ip('link set away name near')
    ip('link set near up')
    await session.once('up', soon)
    assert.equal(session.status().trouble, undefined)
    session.handOver()
  })
})

inNetns('a session handed over goes on through new sockets, and the other end notices nothing', async () => {
  const output = await withOtherEnd({ profile: calm, millis: 5_000 }, async () => {
    const options = { peer: '192.0.2.2', interface: 'near', profile: calm }
    const old = createBfd().session(options)
    await until('the detection time of the profile', () => old.status().pace?.detectionMicros === 900_000)
    const left = structuredClone(old.handOver())
    await sleep(50)
    const next = createBfd().session({ ...options, resume: left })
    const fell = next.once('down', soon)
    const inherited = next.status().counters.controlPacketInput
    await until('packets heard by the new sockets', () => next.status().counters.controlPacketInput > inherited + 5)
    assert.equal(next.status().state, 'up')
    await fell // the other end has gone, having heard the new sockets to the last
    next.handOver()
  })
  assert.equal(output, '')
})

role('wire', () => {
  const session = createBfd().session({ peer: '192.0.2.2', interface: 'near', profile: calm })
  session.on('up', () => console.log('up in the worker'))
})

inNetns('a session runs in a worker, and the worker ends cleanly with the session still up', async () => {
  await withOtherEnd({ profile: calm, millis: 3_000 }, async () => {
    const worker = new Worker(__filename, { env: roleEnvironment('wire'), stdout: true })
    const [said] = (await once(worker.stdout, 'data')) as [Buffer]
    assert.match(said.toString(), /up in the worker/)
    assert.equal(await worker.terminate(), 1)
  })
})
