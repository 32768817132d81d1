import assert from 'node:assert/strict'
import type { Ip } from '@loadstone/ip'
import type { Arrival, PacketSender, SessionPath, UdpTransport } from '../../src/transport'

type UdpTransportUnderTest = {
  /** Of the host that sends, and of the one that listens. */
  readonly near: UdpTransport
  readonly far: UdpTransport
  readonly at: { readonly near: Ip; readonly far: Ip; readonly far6: Ip }
  /** An interface both have. */
  readonly interface: string
  /** What was sent arrives at the other host; from then on its thread is busy with something else for so long. */
  readonly busy: (millis: number) => void
  /** Lets time pass for everything under way. */
  readonly rest: () => Promise<void>
}

const kind = { family: 'ipv4', multihop: false } as const

/** The contract of UdpTransport, for UDP and its simulation. Without Jest, because one side runs in a network namespace. */
export const transportPromises: Readonly<Record<string, (where: UdpTransportUnderTest) => Promise<void>>> = {
  'a packet arrives once, with its addresses, interface and TTL 255; what is written to the octets afterwards does not count': async (
    w,
  ) => {
    const { heard } = listening(w)
    const { line } = opened(w)
    const octets = Buffer.of(1, 2, 3)
    assert.equal(line.send(octets), true)
    octets.fill(0)
    await w.rest()
    const [{ lateMicros, ...arrival }] = heard as [Arrival]
    assert.deepEqual(
      { ...arrival, octets: [...arrival.octets] },
      { octets: [1, 2, 3], from: w.at.near, to: w.at.far, link: 1, ttl: 255, multihop: false },
    )
    assert.ok(lateMicros >= 0)
    assert.equal(heard.length, 1)
  },

  'single hop and multihop are apart, and so are the families': async (w) => {
    const single = listening(w)
    const multi = listening(w, { ...kind, multihop: true })
    const six = listening(w, { ...kind, family: 'ipv6' })
    opened(w).line.send(Buffer.of(1))
    opened(w, { multihop: true }).line.send(Buffer.of(2))
    opened(w, { peer: w.at.far6, local: undefined }).line.send(Buffer.of(3))
    await w.rest()
    const octets = [single, multi, six].map(({ heard }) => heard.map((arrival) => [...arrival.octets]))
    assert.deepEqual(octets, [[[1]], [[2]], [[3]]])
    assert.deepEqual(multi.heard.map(({ multihop }) => multihop), [true]) // biome-ignore format: one line
  },

  'a control port can be had once; when it is closed nothing more is heard there, and it can be had again': async (w) => {
    const { heard, close } = listening(w)
    assert.throws(() => listening(w))
    listening(w, { ...kind, multihop: true }).close()
    close()
    opened(w).line.send(Buffer.of(1))
    await w.rest()
    assert.deepEqual(heard, [])
    listening(w).close()
  },

  'settled() runs after all that had arrived was received': async (w) => {
    const { heard } = listening(w)
    const { line } = opened(w)
    for (let i = 0; i < 20; i++) line.send(Buffer.of(i))
    w.busy(1)
    assert.equal(heard.length, 0)
    await new Promise<void>((resolve) => w.far.settled(resolve))
    assert.deepEqual(heard.map(({ octets }) => octets[0]), Array.from({ length: 20 }, (_, i) => i)) // biome-ignore format: one line
  },

  'what is received late says how late': async (w) => {
    const { heard } = listening(w)
    opened(w).line.send(Buffer.of(1))
    w.busy(40)
    await w.rest()
    // two clocks may differ by a rounding
    assert.ok(heard[0] !== undefined && heard[0].lateMicros >= 39_000, `${heard[0]?.lateMicros}`)
  },

  'a line takes its port with the first packet, another one if it is taken, and keeps it until it is closed': async (w) => {
    listening(w)
    const [one, two] = [opened(w, {}, 50_000), opened(w, {}, 50_000)]
    assert.deepEqual([one.asked(), two.asked()], [[], []])
    for (let i = 0; i < 2; i++) for (const { line } of [one, two]) assert.equal(line.send(Buffer.of(1)), true)
    assert.deepEqual([one.asked(), two.asked()], [[50_000], [50_000, 50_001]])
    one.line.close()
    const three = opened(w, {}, 50_000)
    three.line.send(Buffer.of(1))
    assert.deepEqual(three.asked(), [50_000])
  },

  'a line that is closed sends nothing more': async (w) => {
    const { heard } = listening(w)
    const { line } = opened(w)
    line.close()
    assert.equal(line.send(Buffer.of(1)), false)
    assert.equal(line.link, undefined)
    await w.rest()
    assert.deepEqual(heard, [])
  },

  'the interface of a path is known by its index; of a path over none there is none': async (w) => {
    assert.equal(opened(w, { interface: w.interface }).line.link, 1)
    assert.equal(opened(w).line.link, undefined)
  },

  'over an interface that is not there nothing leaves, and it is said in words': async (w) => {
    const { line, troubles } = opened(w, { interface: 'nowhere' })
    assert.equal(line.send(Buffer.of(1)), false)
    assert.equal(line.link, undefined)
    assert.match(troubles[0] ?? '', /^no packet leaves for [\d.]+: /)
  },

  'a packet that leaves takes the word of trouble back': async (w) => {
    const { line, troubles } = opened(w)
    line.send(Buffer.of(1))
    assert.deepEqual(troubles.at(-1), undefined)
    assert.equal(troubles.length, 1)
  },
}

function listening(w: UdpTransportUnderTest, what: Parameters<UdpTransport['listen']>[0] = kind) {
  const heard: Arrival[] = []
  const close = w.far.listen(what, (arrival) => void heard.push({ ...arrival, octets: Uint8Array.from(arrival.octets) }))
  return { heard, close }
}

let nextFirst = 51_000

function opened(
  w: UdpTransportUnderTest,
  more: { [K in keyof SessionPath]?: SessionPath[K] | undefined } = {},
  first: number = nextFirst++,
) {
  const asked: number[] = []
  const troubles: (string | undefined)[] = []
  const nextPort = (): number => {
    asked.push(first + asked.length)
    return asked.at(-1) ?? first
  }
  const given = { peer: w.at.far, local: w.at.near, multihop: false, ...more }
  const path = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as SessionPath
  const line: PacketSender = w.near.open(path, nextPort, (message) => void troubles.push(message))
  return { line, troubles, asked: () => asked }
}
