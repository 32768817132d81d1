import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { unhex } from '@loadstone/wire/testing'
import { route } from '../src/adj-rib-out/route'
import { Peer } from '../src/peer'
import { stage } from './sim-peers'

test('RFC 4271 §8.2.2: a session comes up through all states', () => {
  const { states, establish, events } = stage()
  establish()
  assert.deepEqual(states, ['connect', 'open-sent', 'open-confirm', 'established'])
  assert.deepEqual(events, ['established', 'told'])
})

test('routes wanted before the session are told when it is up', () => {
  const { peer, puppet, establish, clock } = stage()
  peer.setRoutes([route('198.51.100.1/32'), route('198.51.100.2/32')])
  establish()
  clock.advance(10)
  assert.deepEqual(puppet.heard, ['open', 'keepalive', 'update', 'update', 'update'])
  assert.deepEqual(peer.status().told, { ipv4: 2, ipv6: 0 })
})

test('RFC 4271 §6.5: a silent peer is dropped when the agreed hold time runs out, not before', () => {
  const { clock, peer, puppet, failures, establish } = stage({ theirs: { holdSeconds: 9 } })
  establish() // the last KEEPALIVE came at 3 ms
  clock.advance(8_998)
  assert.equal(peer.status().state, 'established')
  clock.advance(2)
  assert.equal(peer.status().state, 'idle')
  clock.advance(2)
  assert.equal(puppet.heard.filter((kind) => kind.startsWith('notification')).join(), 'notification 4/0')
  assert.equal(failures[0]?.message, 'nothing heard from 192.0.2.2 port 179 for 9 s (hold time): it hangs, or the path to it is broken')
})

test('RFC 4271 §4.4 and §10: keepalives come at a third of the hold time, up to a quarter sooner', () => {
  const { clock, puppet, establish } = stage({ theirs: { holdSeconds: 9 } })
  establish()
  const before = puppet.heard.length
  for (let second = 0; second < 300; second++) {
    clock.advance(1000)
    puppet.say('keepalive')
  }
  const sent = puppet.heard.length - before
  assert.ok(sent >= 100 && sent <= 134, `${sent}`)
})

test('RFC 4271 §4.4: KEEPALIVEs are never closer than a second, whatever the jitter', () => {
  const { clock, puppet, establish } = stage({ theirs: { holdSeconds: 3 } })
  establish()
  clock.advance(100)
  for (let seconds = 0; seconds < 60; seconds++) {
    const before = puppet.heard.length
    puppet.say('keepalive')
    clock.advance(1000)
    assert.ok(puppet.heard.length - before <= 1)
  }
  assert.throws(() => new Peer({ ...good, keepaliveSeconds: 0.5 }), /keepaliveSeconds is 0.5; it must be at least 1 \(RFC 4271 §4.4\)/)
})

test('RFC 8654 §4: a peer that reads our offer may send more than 4096 octets, whatever it can take itself', () => {
  const { clock, peer, puppet, establish } = stage()
  establish()
  const nets = Array.from(
    { length: 2000 },
    (_, i) => `18 0a${(i >> 8).toString(16).padStart(2, '0')}${(i & 255).toString(16).padStart(2, '0')}`,
  )
  puppet.say('update', unhex(`0000 0014 40010100 4002060201 0000fdea 400304c0000202 ${nets.join(' ')}`))
  clock.advance(5)
  assert.deepEqual(peer.status().heard, { ipv4: 2000, ipv6: 0 })
})

test('RFC 4271 §4.2: with a hold time of zero nothing is ever timed', () => {
  const { clock, peer, puppet, establish } = stage({ theirs: { holdSeconds: 0 } })
  establish()
  clock.advance(10)
  const before = puppet.heard.length
  assert.deepEqual(puppet.heard, ['open', 'keepalive', 'update', 'update'])
  clock.advance(3_600_000)
  assert.equal(peer.status().state, 'established')
  assert.deepEqual(puppet.heard.slice(before), [])
})

test('a peer that was lost is called again within about a second', () => {
  const { clock, peer, puppet, establish, failures } = stage()
  establish()
  clock.advance(20_000)
  puppet.close()
  clock.advance(2)
  assert.equal(peer.status().state, 'idle')
  assert.equal(failures[0]?.message, '192.0.2.2 port 179 closed the connection')
  clock.advance(1000)
  assert.equal(puppet.connections, 2)
})

test('a peer that refuses is called at growing intervals, up to a minute', () => {
  const { clock, puppet, peer } = stage()
  peer.start()
  const times: number[] = []
  for (let second = 0, seen = 0; second < 600; second++) {
    clock.advance(1000)
    if (puppet.connections > seen) {
      seen = puppet.connections
      times.push(second)
      puppet.say('notification', unhex('0202'))
    }
  }
  const gaps = times.slice(1).map((time, i) => time - (times[i] as number))
  assert.ok((gaps[0] as number) <= 3)
  assert.ok(gaps.length > 10)
  assert.ok(
    gaps.slice(7).every((gap) => gap >= 44 && gap <= 62),
    gaps.join(),
  )
})

test('a peer that does not answer at all is tried again after the connect time', () => {
  const { clock, link, peer, puppet, failures } = stage({ options: { connectSeconds: 5 } })
  link.stalled = true
  peer.start()
  clock.advance(6_000)
  assert.match(failures[0]?.message ?? '', /did not answer within 5 s/)
  assert.equal(peer.status().state, 'connect')
  link.stalled = false
  clock.advance(100)
  assert.equal(puppet.connections, 1, 'the abandoned attempt must not arrive as well')
})

test('a peer of another AS is refused in words', () => {
  const { clock, puppet, failures, establish } = stage({ theirs: { localAs: 65009 } })
  establish()
  clock.advance(2)
  assert.equal(puppet.heard.at(-1), 'closed')
  assert.ok(puppet.heard.includes('notification 2/2'))
  assert.match(failures[0]?.message ?? '', /it says AS 65009, and we expect AS 65002/)
})

test('RFC 9003: stop() says why, comes to rest, and keeps the routes for the next start', async () => {
  const { clock, peer, puppet, establish } = stage()
  peer.setRoutes([route('198.51.100.1/32')])
  establish()
  const stopped = peer.stop({ reason: 'drained' })
  clock.advance(600_000)
  await stopped
  assert.equal(peer.status().state, 'idle')
  assert.equal(puppet.connections, 1)
  assert.deepEqual(puppet.heard.slice(-2), ['notification 6/2', 'closed'])
  establish()
  clock.advance(5)
  assert.equal(puppet.connections, 2)
  assert.deepEqual(peer.status().told, { ipv4: 1, ipv6: 0 })
})

test('RFC 4724 §4: end() closes without a NOTIFICATION', async () => {
  const { clock, peer, puppet, establish } = stage()
  establish()
  const ended = peer.end()
  clock.advance(5)
  await ended
  assert.deepEqual(
    puppet.heard.filter((kind) => kind.startsWith('notification')),
    [],
  )
  assert.equal(puppet.heard.at(-1), 'closed')
})

test('an abort of the signal stops', () => {
  const { clock, peer } = stage()
  const abort = new AbortController()
  peer.start({ signal: abort.signal })
  clock.advance(1)
  abort.abort()
  clock.advance(60_000)
  assert.equal(peer.status().state, 'idle')
})

test('RFC 2918 §4: a refresh tells all again', () => {
  const { clock, peer, puppet, establish } = stage()
  peer.setRoutes([route('198.51.100.1/32')])
  establish()
  clock.advance(5)
  const before = puppet.updates.length
  puppet.say('refresh', unhex('0001 00 01'))
  clock.advance(5)
  assert.equal(puppet.updates.length - before, 1)
})

test('received routes are handed over and counted', () => {
  const { clock, peer, puppet, establish } = stage()
  establish()
  const updates: unknown[] = []
  peer.on('update', ({ announced }) => void updates.push(...announced))
  puppet.say('update', unhex('0000 0014 40010100 4002060201 0000fdea 400304c0000202 18c63364 18c63365'))
  clock.advance(5)
  assert.equal(updates.length, 1)
  assert.deepEqual(peer.status().heard, { ipv4: 2, ipv6: 0 })
})

test('RFC 4271 §6.1: garbage ends the session with the NOTIFICATION that names it', () => {
  const { clock, peer, puppet, establish } = stage()
  establish()
  puppet.sayBytes(new Uint8Array(19))
  clock.advance(5)
  assert.equal(peer.status().state, 'idle')
  assert.ok(puppet.heard.includes('notification 1/1'))
})

test('messages may come in any pieces', () => {
  const { clock, peer, puppet, establish } = stage()
  establish()
  const update = unhex(`${'ff'.repeat(16)} 002f 02 0000 0014 40010100 4002060201 0000fdea 400304c0000202 18c63364`)
  for (const octet of update) puppet.sayBytes(Uint8Array.of(octet))
  clock.advance(5)
  assert.deepEqual(peer.status().heard, { ipv4: 1, ipv6: 0 })
})

test('while the peer does not read, changes gather; RFC 9687 §5: in the end it is dropped', () => {
  const { clock, link, peer, puppet, establish, failures } = stage()
  establish()
  clock.advance(5)
  link.deaf = true
  peer.setRoutes(Array.from({ length: 40_000 }, (_, i) => route(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`)))
  assert.ok(peer.status().told.ipv4 < 40_000)
  for (let seconds = 0; seconds < 479; seconds++) {
    puppet.say('keepalive')
    clock.advance(1000)
  }
  assert.equal(peer.status().state, 'established')
  clock.advance(2_000)
  assert.equal(peer.status().state === 'established', false)
  assert.match(failures[0]?.message ?? '', /RFC 9687/)
  assert.equal(failures[0]?.code, 8)
})

test('RFC 9687 §4.3: the send hold timer runs for a single KEEPALIVE that nobody takes, and anew when something was taken', () => {
  const { clock, link, peer, puppet, establish, failures } = stage({ theirs: { holdSeconds: 9 } })
  establish()
  clock.advance(100)
  const wait = (seconds: number): void => {
    for (let second = 0; second < seconds; second++) {
      puppet.say('keepalive')
      clock.advance(1000)
    }
  }
  link.deaf = true
  wait(470)
  link.deaf = false
  clock.advance(100)
  link.deaf = true
  wait(470)
  assert.equal(peer.status().state, 'established')
  wait(15)
  assert.equal(peer.status().state === 'established', false)
  assert.equal(failures[0]?.code, 8)
})

test('a peer that reads again is told the rest', () => {
  const { clock, link, peer, establish } = stage()
  establish()
  link.stalled = true
  peer.setRoutes(Array.from({ length: 40_000 }, (_, i) => route(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`)))
  clock.advance(1000)
  link.stalled = false
  clock.advance(100)
  assert.deepEqual(peer.status().told, { ipv4: 40_000, ipv6: 0 })
})

test('once() answers with the next event, or rejects when the signal aborts', async () => {
  const { peer, establish } = stage()
  const established = peer.once('established')
  const abort = new AbortController()
  const never = peer.once('failed', { signal: abort.signal })
  establish()
  assert.equal((await established).local, '192.0.2.1')
  abort.abort(new Error('enough'))
  await assert.rejects(never, /enough/)
})

test('a listener that was taken off hears no more', () => {
  const { peer, establish } = stage()
  const seen: string[] = []
  const off = peer.on('state', ({ state }) => void seen.push(state))
  peer.start()
  off()
  establish()
  assert.deepEqual(seen, ['connect'])
})

const good = { address: '192.0.2.2', localAs: 65001, peerAs: 65002 }
const bad: Readonly<Record<string, readonly [object, RegExp]>> = {
  'a link-local address without its link': [
    { address: 'fe80::2', routerId: '192.0.2.1' },
    /^RangeError: interface is undefined; it must be given, since a link-local address needs it/,
  ],
  'an address that is none': [{ address: 'router1' }, /^RangeError: address is "router1"; it must be an IPv4 or IPv6 address/],
  'AS 0': [{ localAs: 0 }, /localAs is 0; it must be an AS number, 1 to 4294967295/],
  'an AS of five octets': [{ peerAs: 2 ** 32 }, /peerAs is 4294967296/],
  'a hold time of 2 seconds': [{ holdSeconds: 2 }, /holdSeconds is 2; it must be 0 or a whole number from 3 to 65535/],
  'a port that is none': [{ port: 70_000 }, /port is 70000/],
  'a password longer than the kernel takes': [{ md5Password: 'x'.repeat(81) }, /md5Password is 81 octets long/],
  'an empty password': [{ md5Password: '' }, /md5Password is 0 octets long/],
  'a router id that is no IPv4 address': [{ routerId: '2001:db8::1' }, /routerId is 2001:db8::1; it must be a dotted value/],
  'an IPv6 session without a router id': [{ address: '2001:db8::2' }, /routerId is undefined; it must be given/],
  'RFC 9494 §4.1: long-lived graceful restart without the other': [
    { longLivedSeconds: 60 },
    /longLivedSeconds is 60; it must be given with/,
  ],
  'a source of the other family': [{ sourceAddress: '2001:db8::1' }, /sourceAddress .* same family/],
  'no family': [{ families: [] }, /families/],
  'an OPEN delayed by less than nothing': [{ delayOpenSeconds: -1 }, /delayOpenSeconds is -1; it must be 0 or more/],
  'a TTL beyond 255': [{ ebgpMultiHop: 256 }, /ebgpMultiHop is 256/],
}
test.each(Object.entries(bad))('refused when made, naming the option: %s', (_, [change, message]) => {
  assert.throws(() => new Peer({ ...good, ...change }), message)
})

test.each(['localPref', 'med', 'pathId'] as const)('a route whose %s does not fit into four octets is refused, naming it', (name) => {
  for (const value of [-1, 1.5, 2 ** 32, Number.NaN]) {
    assert.throws(
      () => route('198.51.100.1/32', { [name]: value }),
      new RegExp(`${name} is ${value}; it must be a whole number from 0 to 4294967295`),
    )
  }
  assert.equal(route('198.51.100.1/32', { [name]: 2 ** 32 - 1 })[name], 2 ** 32 - 1)
})
