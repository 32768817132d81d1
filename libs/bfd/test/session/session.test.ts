import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { random, SimClock, SimNet } from '@loadstone/sim'
import { createBfd, type Profile, type Session, type SessionEvents } from '../../src'
import { type ControlPacket, decodeControl, encodeControl } from '../../src/wire'
import { SimTransport } from '../../testing/sim-transport'
import { packet } from '../builders'
import { pair, raw } from '../pair'

const fast: Profile = { transmitIntervalMicros: 50_000, receiveIntervalMicros: 50_000 }

/** Everything a session tells, in order. */
function told(session: Session): { readonly name: keyof SessionEvents; readonly event: unknown }[] {
  const log: { name: keyof SessionEvents; event: unknown }[] = []
  for (const name of ['state', 'up', 'down', 'parameters', 'dropped', 'trouble'] as const)
    session.on(name, (event) => log.push({ name, event }))
  return log
}

describe('two sessions', () => {
  test('come up, and settle on the slower of what each sends and the other accepts', () => {
    const { clock, a, b } = pair(fast, { transmitIntervalMicros: 100_000, receiveIntervalMicros: 200_000, detectMultiplier: 5 })
    clock.advance(10_000)
    assert.deepEqual([a.status().state, b.status().state], ['up', 'up'])
    assert.deepEqual(a.status().pace, { transmitMicros: 200_000, detectionMicros: 500_000 })
    assert.deepEqual(b.status().pace, { transmitMicros: 100_000, detectionMicros: 600_000 })
  })

  test('tell that they are up with the pace of the start, then the pace they settled on', () => {
    const { clock, a } = pair(fast, fast)
    const log = told(a)
    clock.advance(10_000)
    const pace = { transmitMicros: 50_000, detectionMicros: 150_000 }
    assert.deepEqual(log.at(-1), { name: 'parameters', event: pace })
    assert.equal(log.filter(({ name }) => name === 'up').length, 1)
  })

  test('of which one is passive come up', () => {
    const { clock, a, b } = pair({ ...fast, passiveMode: true }, fast)
    clock.advance(5000)
    assert.deepEqual([a.status().state, b.status().state], ['up', 'up'])
  })

  test('that are both passive never speak', () => {
    const { clock, hosts, a } = pair({ passiveMode: true }, { passiveMode: true })
    clock.advance(60_000)
    assert.deepEqual([hosts.a.sent.length, hosts.b.sent.length, a.status().state], [0, 0, 'down'])
  })

  test('come up between two addresses several hops apart', () => {
    const { clock, a, hosts } = pair({ ...fast, minimumTtl: 250 }, fast, { multihop: true })
    hosts.a.conditions.ttl = 250
    hosts.b.conditions.ttl = 254
    clock.advance(5000)
    assert.equal(a.status().state, 'up')
  })
})

describe('RFC 5880 §6.8.4: a peer that falls silent', () => {
  test('is down when the detection time has passed, and not before', () => {
    const { clock, a, cut } = pair(fast, fast)
    clock.advance(10_000)
    const log = told(a)
    cut()
    let last = 0
    for (let at = 0; a.status().state === 'up' && at < 1000; at++) {
      clock.advance(1)
      last = at
    }
    assert.ok(last >= 100 && last <= 150, `${last} ms after the cut`)
    assert.deepEqual(log.at(-1), {
      name: 'down',
      event: {
        diagnostic: 'Control Detection Time Expired',
        by: 'silence',
        message: 'Control Detection Time Expired: nothing heard from 192.0.2.2 for 150 ms',
      },
    })
  })

  test('and comes back is up again, and both counted it', () => {
    const { clock, a, b, cut, mend } = pair(fast, fast)
    clock.advance(10_000)
    cut()
    clock.advance(1000)
    mend()
    clock.advance(10_000)
    for (const { sessionUpEvents, sessionDownEvents } of [a.status().counters, b.status().counters]) {
      assert.deepEqual([sessionUpEvents, sessionDownEvents], [2, 1])
    }
  })
})

describe('a thread that was late', () => {
  test('hears what arrived meanwhile before it declares its peer down', () => {
    const { clock, hosts, a } = pair(fast, fast)
    clock.advance(10_000)
    const log = told(a)
    hosts.a.stall() // nothing is read, unless it is asked for
    clock.advance(2000)
    hosts.a.resume()
    clock.advance(1000)
    assert.deepEqual(log, [])
  })

  test('judges silence by when packets arrived, not by when it read them', () => {
    const { clock, hosts, a, cut } = pair(fast, fast)
    clock.advance(10_000)
    hosts.a.stall()
    clock.advance(60)
    cut()
    clock.advance(80)
    hosts.a.resume()
    assert.equal(a.status().state, 'up', 'no more than 140 ms of silence')
    clock.advance(75)
    assert.equal(a.status().state, 'down', 'read 75 ms ago, but it had arrived 80 ms before that')
  })
})

describe('parameters', () => {
  test('change by a Poll Sequence while the session stays up', () => {
    const { clock, a, b } = pair(fast, fast)
    clock.advance(10_000)
    const log = told(b)
    a.update({ transmitIntervalMicros: 300_000, receiveIntervalMicros: 400_000, detectMultiplier: 7 })
    clock.advance(3000)
    assert.deepEqual(a.status().pace, { transmitMicros: 300_000, detectionMicros: 1_200_000 })
    assert.deepEqual(b.status().pace, { transmitMicros: 400_000, detectionMicros: 2_100_000 })
    a.update(fast)
    clock.advance(3000)
    assert.deepEqual(b.status().pace, { transmitMicros: 50_000, detectionMicros: 150_000 })
    assert.ok(log.length > 0 && log.every(({ name }) => name === 'parameters'))
  })

  test('that are refused change nothing', () => {
    const { clock, a } = pair(fast, fast)
    clock.advance(10_000)
    assert.throws(() => a.update({ detectMultiplier: 0 }), { name: 'RangeError', message: /detect multiplier is 0/ })
    assert.equal(a.status().pace?.detectionMicros, 150_000)
  })
})

describe('RFC 5880 §6.8.16: a session that is closed', () => {
  test('tells the peer that this is no failure, and resolves when the peer has followed', async () => {
    const { clock, a, b } = pair(fast, fast)
    clock.advance(10_000)
    const log = told(b)
    let done = false
    const closed = a.close().then(() => {
      done = true
    })
    await new Promise(setImmediate)
    assert.equal(done, false, 'nobody has heard of it')
    clock.advance(5)
    await closed
    assert.deepEqual(log[1], {
      name: 'down',
      event: {
        diagnostic: 'Neighbor Signaled Session Down',
        by: 'peer',
        message: 'Neighbor Signaled Session Down: 192.0.2.1 is admin-down, its diagnostic Administratively Down',
      },
    })
  })

  test('is AdminDown for a second at least, then gone', () => {
    const { clock, a, bfds, hosts } = pair(fast, fast)
    clock.advance(10_000)
    void a.close()
    const before = hosts.a.sent.length
    clock.advance(3000)
    assert.deepEqual(bfds.a.sessions(), [])
    const states = hosts.a.sent.slice(before).map(({ octets }) => decodeControl(octets).state)
    assert.ok(states.length >= 1 && states.every((state) => state === 'admin-down'))
    assert.ok(hosts.a.sent.every(({ atMillis }) => atMillis <= 11_000))
  })

  test('resolves although the peer is gone', async () => {
    const { clock, a, cut } = pair(fast, fast)
    clock.advance(10_000)
    cut()
    let closed = false
    const closing = a.close().then(() => {
      closed = true
    })
    await Promise.resolve()
    assert.ok(!closed, 'it says so for a while')
    clock.advance(1000)
    await closing
    assert.ok(closed)
  })

  test('and made anew goes on from what is known of the peer, RFC 5880 §6.8.1', () => {
    const { clock, a, bfds, hosts } = pair(fast, fast)
    clock.advance(10_000)
    const { discriminator } = a.status()
    void a.close()
    clock.advance(100)
    const again = bfds.a.session({ peer: '192.0.2.2', profile: fast })
    assert.equal(again.status().discriminator, discriminator)
    assert.notEqual(again.status().peer, undefined)
    assert.equal(new Set(hosts.a.ports).size, 1, 'RFC 5881 §4: its source port stays')
    clock.advance(10_000)
    assert.equal(again.status().state, 'up')
  })

  test('and made anew is out of reach of the handle to the old one', () => {
    const { clock, a, bfds } = pair(fast, fast)
    clock.advance(10_000)
    void a.close()
    const again = bfds.a.session({ peer: '192.0.2.2', profile: fast })
    void a.close()
    a.disable()
    a.handOver()
    clock.advance(20_000)
    assert.deepEqual([again.status().state, bfds.a.sessions().length], ['up', 1])
  })

  test('cannot be enabled again, one that is disabled can', () => {
    const { clock, a, b } = pair(fast, fast)
    clock.advance(10_000)
    a.disable()
    clock.advance(5000)
    assert.deepEqual([a.status().state, b.status().state], ['admin-down', 'down'])
    a.enable()
    clock.advance(5000)
    assert.deepEqual([a.status().state, b.status().state], ['up', 'up'])
    void a.close()
    a.enable()
    clock.advance(50)
    assert.equal(a.status().state, 'admin-down')
  })
})

test('a session cannot be resumed beside the one it is of', () => {
  const { clock, a, bfds } = pair(fast, fast)
  clock.advance(10_000)
  const resume = a.handOver()
  bfds.a.session({ peer: '192.0.2.2', resume })
  assert.throws(() => bfds.a.session({ peer: '192.0.2.3', resume }), {
    name: 'RangeError',
    message: /resume is of a session that still runs here/,
  })
})

test('a session handed over goes on in the successor, and the peer notices nothing', () => {
  const { clock, a, b, bfds, successor } = pair(fast, fast)
  clock.advance(10_000)
  const log = told(b)
  const left = JSON.parse(JSON.stringify(a.handOver())) as ReturnType<Session['handOver']>
  assert.deepEqual(bfds.a.sessions(), [])
  clock.advance(60)
  const next = successor().session({ peer: '192.0.2.2', profile: fast, resume: left })
  clock.advance(10_000)
  assert.deepEqual(log, [])
  assert.equal(next.status().state, 'up')
  assert.equal(next.status().discriminator, left.discriminator)
})

describe('a packet that is not accepted', () => {
  const down = (change: Partial<ControlPacket> = {}): Uint8Array => encodeControl({ ...packet, yourDiscriminator: 0, ...change })

  test('RFC 5880 §6.8.6: with authentication, where none is in use, is refused by name', () => {
    const { clock, send, a } = raw(fast)
    const log = told(a)
    for (let i = 0; i < 3; i++) send(down({ authentication: Uint8Array.of(1, 3, 1) }))
    clock.advance(1)
    assert.equal(a.status().counters.dropped.authentication, 3)
    assert.deepEqual(log, [{ name: 'dropped', event: a.status().lastDropped }], 'told once')
    assert.match(
      a.status().lastDropped?.message ?? '',
      /^a packet from 192\.0\.2\.2 was dropped: it carries authentication, .* switch BFD authentication off/,
    )
    assert.equal(a.status().state, 'down')
  })

  test('RFC 5881 §5: from a distance is dropped, TTL 254 already', () => {
    const { clock, send, host, a } = raw(fast)
    host.conditions.ttl = 254
    send(down())
    clock.advance(1)
    assert.deepEqual([a.status().counters.dropped.ttl, a.status().state], [1, 'down'])
  })

  test('with less than the minimum TTL is dropped from a multihop session', () => {
    const { clock, send, host, a } = raw({ ...fast, minimumTtl: 250 }, { multihop: true })
    host.conditions.ttl = 249
    send(down())
    clock.advance(1)
    assert.deepEqual([a.status().counters.dropped.ttl, a.status().state], [1, 'down'])
    host.conditions.ttl = 250
    send(down())
    clock.advance(1)
    assert.equal(a.status().state, 'init')
  })

  test('RFC 5880 §6.8.6: that names no session but says Init or Up is dropped', () => {
    const { clock, send, a } = raw(fast)
    for (const state of ['init', 'up'] as const) send(down({ state }))
    clock.advance(1)
    assert.deepEqual([a.status().counters.dropped['unnamed-session'], a.status().state], [2, 'down'])
  })

  test('RFC 5880 §6.8.6: that names a discriminator nobody has is dropped', () => {
    const { clock, send, a, bfd } = raw(fast)
    send(down({ yourDiscriminator: (a.status().discriminator % 0xffff_ffff) + 1 }))
    clock.advance(1)
    assert.deepEqual([bfd.strays()['unknown-session'], a.status().state], [1, 'down'])
  })

  test('RFC 5880 §6.8.6: that is malformed is counted for the session of its sender', () => {
    const { clock, send, a, bfd } = raw(fast)
    send(Uint8Array.of(1, 2, 3))
    clock.advance(1)
    assert.deepEqual([bfd.strays().malformed, a.status().counters.dropped.malformed, a.status().state], [1, 1, 'down'])
  })

  test('that came to the multihop port does not reach a single-hop session, even by its discriminator', () => {
    const { clock, send, a, bfd } = raw(fast)
    bfd.session({ peer: '192.0.2.9', local: '192.0.2.1', multihop: true })
    send(down({ yourDiscriminator: a.status().discriminator }), true)
    clock.advance(1)
    assert.deepEqual([a.status().counters.dropped['unknown-session'], a.status().state], [1, 'down'])
    send(down(), true)
    clock.advance(1)
    assert.deepEqual([bfd.strays()['unknown-session'], a.status().state], [1, 'down'])
  })

  test('none of these puts off the detection time', () => {
    const { clock, send, a } = raw(fast)
    const yourDiscriminator = a.status().discriminator
    send(down())
    clock.advance(1)
    send(down({ state: 'init', yourDiscriminator, desiredMinTxMicros: 50_000, detectMultiplier: 3 }))
    clock.advance(1)
    assert.equal(a.status().state, 'up')
    for (let i = 0; i < 20; i++) {
      send(down({ state: 'up', yourDiscriminator, authentication: Uint8Array.of(1, 3, 1) }))
      clock.advance(10)
    }
    assert.equal(a.status().state, 'down')
  })
})

describe('RFC 5880 §6.8.6: the session is found', () => {
  test('by the discriminator alone, once the peer names it, wherever the packet comes from', () => {
    const { clock, net, host, a } = raw(fast)
    const stranger = net.attach('198.51.100.7')
    const octets = encodeControl({ ...packet, yourDiscriminator: a.status().discriminator })
    stranger.send('192.0.2.1', Uint8Array.from([0, ...octets]))
    clock.advance(1)
    assert.equal(a.status().state, 'init')
    assert.ok(host.sent.length > 0)
  })

  test('RFC 5881 §3: by the address and the interface before that', () => {
    const { clock, send, bfd, a } = raw(fast)
    const elsewhere = bfd.session({ peer: '192.0.2.3' })
    const toAnother = bfd.session({ peer: '192.0.2.2', local: '192.0.2.99' })
    const bound = bfd.session({ peer: '192.0.2.2', interface: 'eth0' })
    send(encodeControl({ ...packet, yourDiscriminator: 0 }))
    clock.advance(1)
    const states = [a, elsewhere, bound, toAnother].map((session) => session.status().state)
    assert.deepEqual(states, ['down', 'down', 'init', 'down'], 'the one that says most of where its packets come from')
  })

  test('RFC 5881 §3: not by a packet that came in on another interface', () => {
    const { clock, send, bfd, a } = raw(fast, { interface: 'eth0' })
    const before = bfd.strays()['unknown-session']
    send(encodeControl({ ...packet, yourDiscriminator: 0 }), false, 2)
    clock.advance(1)
    assert.deepEqual([a.status().state, bfd.strays()['unknown-session'] - before], ['down', 1])
  })
})

describe('what a session needs of its own', () => {
  test('RFC 5880 §6.8.1: discriminators are unique, random and not zero', () => {
    const { bfd } = raw(fast)
    for (let host = 10; host < 110; host++) bfd.session({ peer: `192.0.2.${host}` })
    const numbers = bfd.sessions().map((session) => session.status().discriminator)
    assert.equal(new Set(numbers).size, 101)
    assert.ok(numbers.every((number) => number > 0 && number <= 0xffff_ffff))
    assert.ok(Math.max(...numbers) - Math.min(...numbers) > 2 ** 30, 'spread over the whole range')
  })

  test('RFC 5881 §4: source ports are unique and from 49152 on', () => {
    const { bfd, host } = raw(fast)
    for (let peer = 10; peer < 110; peer++) bfd.session({ peer: `192.0.2.${peer}` })
    assert.equal(new Set(host.ports).size, 101)
    assert.ok(host.ports.every((port) => port >= 49_152 && port <= 65_535))
  })

  test('a random that repeats itself gives no two sessions the same discriminator or port', () => {
    const clock = new SimClock()
    const roll = random(9)
    const host = new SimTransport(new SimNet(clock, 1, () => ({ latency: 0, loss: 0 })), clock, '192.0.2.1')
    const bfd = createBfd({ transport: host, clock, random: () => Math.floor(roll() * 64) / 64 })
    for (let peer = 10; peer < 60; peer++) bfd.session({ peer: `192.0.2.${peer}` })
    assert.equal(bfd.sessions().length, 50)
    assert.equal(new Set(bfd.sessions().map((session) => session.status().discriminator)).size, 50)
    assert.equal(new Set(host.ports).size, 50)
  })

  test('RFC 5881 §2: one path has one session', () => {
    const { bfd } = raw(fast)
    assert.throws(() => bfd.session({ peer: '192.0.2.2' }), {
      name: 'RangeError',
      message: /there is a single-hop 192\.0\.2\.2 session already/,
    })
    bfd.session({ peer: '192.0.2.2', local: '192.0.2.1' })
  })

  test('a port that somebody else has is asked for again, and the session says so meanwhile', () => {
    const clock = new SimClock()
    const { host, bfd } = raw(fast, {}, clock)
    host.conditions.portTaken = true
    const session = bfd.session({ peer: '192.0.2.77', local: '192.0.2.1', multihop: true })
    assert.match(session.status().trouble ?? '', /UDP port 4784 \(ipv4\): address already in use/)
    host.conditions.portTaken = false
    clock.advance(200)
    assert.equal(session.status().trouble, undefined)
  })

  test.each([
    ['an address', { peer: 'router' }, /peer is "router"; it must be an IPv4 or IPv6 address/],
    ['an interface for a link-local peer', { peer: 'fe80::1' }, /interface is missing: fe80::1/],
    ['a local address for a multihop session', { peer: '192.0.2.5', multihop: true }, /local is missing/],
    ['a profile that is not refused', { peer: '192.0.2.5', profile: { echoMode: true } }, /echo mode is not supported/],
  ])('%s', (_title, options, message) => {
    const bfd = createBfd({ transport: raw(fast).host, clock: new SimClock(), random: () => 0.5 })
    assert.throws(() => bfd.session(options), { name: 'RangeError', message })
  })
})

describe('waiting for an event', () => {
  test('once() resolves with the next one', async () => {
    const { clock, a } = pair(fast, fast)
    const up = a.once('up')
    clock.advance(5000)
    assert.ok((await up).detectionMicros > 0)
  })

  test('once() rejects when the signal aborts, before or after', async () => {
    const { a } = pair(fast, fast)
    const controller = new AbortController()
    const late = a.once('up', { signal: controller.signal })
    controller.abort(new Error('enough'))
    await assert.rejects(late, /enough/)
    await assert.rejects(a.once('up', { signal: controller.signal }), /enough/)
  })

  test('a listener that was taken off hears nothing more', () => {
    const { clock, a } = pair(fast, fast)
    let heard = 0
    const off = a.on('state', () => heard++)
    off()
    clock.advance(5000)
    assert.equal(heard, 0)
  })
})
