import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { parseIp } from '@loadstone/ip'
import { openPacketSocket, openUdpSocket } from '@loadstone/packet'
import { inNetns, ip, role, roleEnvironment, startRole } from '@loadstone/packet/testing'
import { type Arrival, createBfd, type Profile, udpTransport } from '../src'

const fast: Profile = { transmitIntervalMicros: 50_000, receiveIntervalMicros: 50_000 }
const address = (text: string) => {
  const parsed = parseIp(text)
  assert.ok(parsed !== undefined)
  return parsed
}
const sleep = (millis: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, millis))
async function until(holds: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 500 && !holds(); i++) await sleep(10)
  assert.ok(holds(), `waited 5 s in vain for ${what}`)
}
/** A thread that does something else. */
const block = (millis: number): void => {
  for (const end = performance.now() + millis; performance.now() < end; );
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
    for (const ttl of [1, 64, 254, 255]) knock(host, 3784, ttl)
    await sleep(50)
    close()
    assert.deepEqual(got, [255])
  })

  inNetns(`a datagram to the multihop port says with what TTL, to whom and on which interface it came, ${family}`, async () => {
    const got: Omit<Arrival, 'lateMicros'>[] = []
    const close = udpTransport().listen({ family, multihop: true }, ({ lateMicros: _late, octets, ...arrival }) => {
      got.push({ ...arrival, octets: octets.slice() })
    })
    knock(host, 4784, 250)
    await sleep(50)
    close()
    assert.deepEqual(got, [{ from: host, to: host, link: 1, ttl: 250, multihop: true, octets: Uint8Array.of(250) }])
  })
}

inNetns('a datagram read late says how late: the kernel stamped it when it came', async () => {
  const late: number[] = []
  const close = udpTransport().listen({ family: 'ipv4', multihop: false }, ({ lateMicros }) => late.push(lateMicros))
  knock('127.0.0.1', 3784, 255)
  await sleep(20)
  knock('127.0.0.1', 3784, 255)
  block(200)
  await sleep(20)
  close()
  assert.ok(late[0]! < 15_000, `${late}`)
  assert.ok(late[1]! > 190_000 && late[1]! < 260_000, `${late}`)
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
  await sleep(2200)
  session.handOver()
  far.close()
  assert.ok(frames.length >= 3, `${frames.length}`)
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
  await sleep(250)
  assert.equal(session.status().trouble, undefined)
  session.handOver()
})

/** A veth in this namespace. */
function cable(): void {
  ip('link add near type veth peer name far')
  ip('addr add 192.0.2.1/24 dev near')
  ip('addr add 2001:db8::1/64 dev near nodad')
  ip('link set near addrgenmode none')
  ip('link set near up')
  ip('addr add fe80::1/64 dev near nodad')
  ip('link set far up')
}

const indexOf = (name: string): number =>
  (JSON.parse(ip('-j link show')) as { ifname: string; ifindex: number }[]).find(({ ifname }) => ifname === name)?.ifindex ?? 0

/** The other end, in a namespace of its own: takes the far end of the cable and runs sessions to all our addresses. */
role('other end', async () => {
  execFileSync('nsenter', ['-t', String(process.ppid), '-n', 'ip', 'link', 'set', 'far', 'netns', String(process.pid)])
  ip('link set far addrgenmode none')
  ip('addr add 192.0.2.2/24 dev far')
  ip('addr add 2001:db8::2/64 dev far nodad')
  ip('link set far up')
  ip('addr add fe80::2/64 dev far nodad')
  const bfd = createBfd()
  for (const peer of ['192.0.2.1', '2001:db8::1', 'fe80::1']) {
    const session = bfd.session({ peer, interface: 'far', profile: fast })
    session.on('down', ({ message }) => console.log(`other end: ${message}`))
  }
  await sleep(Number(process.env.LIFE_MILLIS ?? 5000))
  process.exit(0)
})

/** Runs `what` while the other end lives; resolves to what that printed. */
async function withOtherEnd(lifeMillis: number, what: () => Promise<void>): Promise<string> {
  cable()
  process.env.LIFE_MILLIS = String(lifeMillis)
  const other = startRole('other end', ['unshare', '-n'])
  try {
    await what()
  } finally {
    await other
  }
  const { code, output } = await other
  assert.equal(code, 0, output)
  return output
}

const soon = { signal: AbortSignal.timeout(10_000) }

for (const [kind, peer] of [
  ['IPv4', '192.0.2.2'],
  ['IPv6', '2001:db8::2'],
  ['IPv6 link-local', 'fe80::2'],
] as const) {
  inNetns(`two processes come up at 50 ms × 3, and one that is gone is missed within the detection time: ${kind}`, async () => {
    await withOtherEnd(4000, async () => {
      const session = createBfd().session({ peer, interface: 'near', profile: fast })
      const fell = session.once('down', soon)
      await until(() => session.status().pace?.detectionMicros === 150_000, 'the detection time of the profile')
      let heardAt = 0
      let input = 0
      const watch = setInterval(() => {
        const { controlPacketInput } = session.status().counters
        if (controlPacketInput > input) heardAt = performance.now()
        input = controlPacketInput
      }, 1)
      const { by } = await fell
      clearInterval(watch)
      assert.equal(by, 'silence')
      const silence = performance.now() - heardAt
      assert.ok(silence > 140 && silence < 250, `down after ${silence} ms of silence`)
      session.handOver()
    })
  })
}

inNetns('a session outlives its interface: it says what is missing, and comes up when it is back', async () => {
  await withOtherEnd(9000, async () => {
    const session = createBfd().session({ peer: '192.0.2.2', interface: 'near', profile: fast })
    await session.once('up', soon)
    ip('link set near name away')
    ip('link set away down')
    await session.once('down', soon)
    await until(() => session.status().trouble !== undefined, 'trouble')
    assert.match(session.status().trouble ?? '', /no packet leaves for 192\.0\.2\.2: /)
    ip('link set away name near')
    ip('link set near up')
    await session.once('up', soon)
    assert.equal(session.status().trouble, undefined)
    session.handOver()
  })
})

inNetns('a session handed over goes on through new sockets, and the other end notices nothing', async () => {
  const output = await withOtherEnd(4000, async () => {
    const options = { peer: '192.0.2.2', interface: 'near', profile: fast }
    const old = createBfd().session(options)
    await until(() => old.status().pace?.detectionMicros === 150_000, 'the detection time of the profile')
    const left = structuredClone(old.handOver())
    await sleep(50)
    const next = createBfd().session({ ...options, resume: left })
    let fell = 0
    next.on('down', () => fell++)
    await sleep(1500)
    assert.deepEqual([next.status().state, fell], ['up', 0])
    await sleep(2500)
    next.handOver()
  })
  assert.equal(output, '')
})

role('wire', () => {
  const session = createBfd().session({ peer: '192.0.2.2', interface: 'near', profile: fast })
  session.on('up', () => console.log('up in the worker'))
})

inNetns('a session runs in a worker, and the worker ends cleanly with the session still up', async () => {
  await withOtherEnd(4000, async () => {
    const worker = new Worker(__filename, { env: roleEnvironment('wire'), stdout: true })
    const [said] = (await once(worker.stdout, 'data')) as [Buffer]
    assert.match(said.toString(), /up in the worker/)
    assert.equal(await worker.terminate(), 1)
  })
})
