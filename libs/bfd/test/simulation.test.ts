import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { random, SimClock, SimNet } from '@loadstone/sim'
import { type Bfd, createBfd, type Profile, type Session } from '../src'
import { decodeControl } from '../src/wire'
import { SimTransport } from '../testing/sim-transport'

/** SIM_SEEDS=5000 for a long run; the seed of a failure is in its message, and SIM_SEED=n runs that one alone. */
const count = Number(process.env.SIM_SEEDS ?? 40)
const seeds = process.env.SIM_SEED === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [Number(process.env.SIM_SEED)]

type Weather = { loss: number; latencyMillis: number; jitterMillis: number; duplicates: number }
type Host = {
  readonly address: string
  readonly transport: SimTransport
  readonly bfd: Bfd
  session: Session
  profile: Required<Pick<Profile, 'transmitIntervalMicros' | 'receiveIntervalMicros' | 'detectMultiplier'>>
}

/** Two hosts on a network with weather: latency that varies reorders. */
function world(seed: number, weather: Weather) {
  const clock = new SimClock()
  const roll = random(seed)
  const net = new SimNet(clock, seed + 1, () => ({
    latency: weather.latencyMillis + Math.floor(roll() * weather.jitterMillis),
    loss: weather.loss,
  }))
  const host = (address: string, peer: string, salt: number): Host => {
    const transport = new SimTransport(net, clock, address)
    transport.conditions.duplicates = () => roll() < weather.duplicates
    const bfd = createBfd({ transport, clock, random: random(seed * 7919 + salt) })
    const profile = {
      transmitIntervalMicros: pick(paces, roll),
      receiveIntervalMicros: pick(paces, roll),
      detectMultiplier: pick([1, 2, 3, 5], roll),
    }
    return { address, transport, bfd, session: bfd.session({ peer, profile }), profile }
  }
  return { clock, roll, weather, a: host('192.0.2.1', '192.0.2.2', 1), b: host('192.0.2.2', '192.0.2.1', 2) }
}

const paces = [50_000, 70_000, 100_000, 333_333, 1_000_000, 2_500_000]
const pick = <T>(from: readonly T[], roll: () => number): T => from[Math.floor(roll() * from.length)] as T

/** What both must have settled on, RFC 5880 §6.8.4 and §6.8.7, computed from the profiles alone. */
function assertSettled(me: Host, other: Host, why: string): void {
  const transmitMicros = Math.max(me.profile.transmitIntervalMicros, other.profile.receiveIntervalMicros)
  const heardEveryMicros = Math.max(me.profile.receiveIntervalMicros, other.profile.transmitIntervalMicros)
  assert.equal(me.session.status().state, 'up', why)
  assert.deepEqual(me.session.status().pace, { transmitMicros, detectionMicros: other.profile.detectMultiplier * heardEveryMicros }, why)
}

/** One thing that happens to a network in a bad hour. */
const mischief: readonly ((w: ReturnType<typeof world>, host: Host, peer: Host) => void)[] = [
  ({ weather, roll }) => {
    weather.loss = pick([0, 0.1, 0.3, 0.7, 1], roll)
  },
  ({ weather, roll }) => {
    weather.jitterMillis = pick([0, 5, 40, 300], roll)
  },
  ({ weather, roll }) => {
    weather.duplicates = pick([0, 0.2, 1], roll)
  },
  ({ roll }, host) => {
    host.profile = {
      transmitIntervalMicros: pick(paces, roll),
      receiveIntervalMicros: pick(paces, roll),
      detectMultiplier: pick([1, 2, 3, 5], roll),
    }
    host.session.update(host.profile)
  },
  (_w, host) => host.session.disable(),
  (_w, host) => host.session.enable(),
  (_w, host) => host.transport.stall(),
  (_w, host) => host.transport.resume(),
  (_w, host, peer) => {
    void host.session.close()
    host.session = host.bfd.session({ peer: peer.address, profile: host.profile })
  },
  (_w, host, peer) => {
    const resume = host.session.handOver()
    host.session = host.bfd.session({ peer: peer.address, profile: host.profile, resume })
  },
  (_w, host, peer) => {
    host.session.handOver() // a crash: all is forgotten
    host.session = host.bfd.session({ peer: peer.address, profile: host.profile })
  },
]

describe('two hosts, many seeds', () => {
  test('after a bad hour nothing is stuck: both are up and at the pace their profiles come to', () => {
    for (const seed of seeds) {
      const w = world(seed, { loss: 0, latencyMillis: 1, jitterMillis: 0, duplicates: 0 })
      for (let turn = 0; turn < 40; turn++) {
        const [host, peer] = w.roll() < 0.5 ? [w.a, w.b] : [w.b, w.a]
        pick(mischief, w.roll)(w, host, peer)
        w.clock.advance(Math.floor(w.roll() * 1500))
      }
      Object.assign(w.weather, { loss: 0, jitterMillis: 0, duplicates: 0 })
      for (const host of [w.a, w.b]) {
        host.transport.resume()
        host.session.enable()
      }
      w.clock.advance(60_000)
      assertSettled(w.a, w.b, `SIM_SEED=${seed}`)
      assertSettled(w.b, w.a, `SIM_SEED=${seed}`)
    }
  })

  test('latency that varies by less than the jitter margin, and duplicates, take no session down', () => {
    for (const seed of seeds) {
      const w = world(seed, { loss: 0, latencyMillis: 5, jitterMillis: 20, duplicates: 0.3 })
      for (const host of [w.a, w.b]) {
        host.profile = { ...host.profile, detectMultiplier: 3 }
        host.session.update(host.profile)
      }
      w.clock.advance(20_000) // a Down that is overtaken by its Init may take a session down that has just come up
      const fell: string[] = []
      for (const { session } of [w.a, w.b]) session.on('down', ({ message }) => fell.push(message))
      w.clock.advance(60_000)
      assert.deepEqual(fell, [], `SIM_SEED=${seed}`)
      assertSettled(w.a, w.b, `SIM_SEED=${seed}`)
    }
  })

  test('a loop in a switch, which doubles what passes and mixes its order, makes no storm', () => {
    for (const seed of seeds) {
      const w = world(seed, { loss: 0, latencyMillis: 1, jitterMillis: 5, duplicates: 1 })
      w.clock.advance(10_000)
      w.a.session.disable()
      w.clock.advance(3000)
      w.a.session.enable()
      w.clock.advance(7000)
      for (const { transport } of [w.a, w.b])
        assert.ok(transport.sent.length < 20 * 150, `SIM_SEED=${seed}: ${transport.sent.length} packets in 20 s`)
    }
  })

  test('a network cut for good takes both down within the detection time each had settled on', () => {
    for (const seed of seeds) {
      const w = world(seed, { loss: 0, latencyMillis: 2, jitterMillis: 0, duplicates: 0 })
      w.clock.advance(40_000)
      const detectionMillis = [w.a, w.b].map(({ session }) => (session.status().pace?.detectionMicros ?? 0) / 1000)
      w.weather.loss = 1
      w.clock.advance(Math.max(...detectionMillis) + 3)
      for (const { session } of [w.a, w.b]) assert.equal(session.status().lastDown?.by, 'silence', `SIM_SEED=${seed}`)
    }
  })

  test('RFC 5880 §6.8.7: periodic packets keep the distance the peer asks for, whatever else happens', () => {
    for (const seed of seeds) {
      const w = world(seed, { loss: 0.05, latencyMillis: 1, jitterMillis: 3, duplicates: 0 })
      w.clock.advance(60_000)
      for (const [host, peer] of [
        [w.a, w.b],
        [w.b, w.a],
      ] as const)
        assertSpaced(host, peer, `SIM_SEED=${seed}`)
    }
  })
})

/** Between two periodic packets of one state lie 75 % of the interval at least; Finals and news of a change of state are extra. */
function assertSpaced(host: Host, peer: Host, why: string): void {
  let before = { atMillis: Number.NEGATIVE_INFINITY, state: 'none' }
  for (const { atMillis, octets } of host.transport.sent) {
    const { state, final, desiredMinTxMicros, yourDiscriminator } = decodeControl(octets)
    const wish = yourDiscriminator === 0 ? 0 : peer.profile.receiveIntervalMicros // forgotten with the peer
    const least = 0.75 * Math.max(desiredMinTxMicros, wish)
    const gap = (atMillis - before.atMillis) * 1000
    if (state !== before.state) before = { atMillis: Number.NEGATIVE_INFINITY, state }
    else if (!final) {
      assert.ok(gap >= least, `${why}: ${gap} µs between two packets, ${state}, at ${atMillis} ms`)
      before = { atMillis, state }
    }
  }
}
