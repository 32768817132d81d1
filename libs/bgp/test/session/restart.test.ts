import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { decodeExactly } from '@loadstone/wire'
import { unhex } from '@loadstone/wire/testing'
import fc from 'fast-check'
import { route } from '../../src/adj-rib-out/route'
import { openMessage } from '../../src/message/open'
import { peerOpenOf } from '../../src/session/peer-open'
import { restartDelay } from '../../src/session/restart-delay'
import { stage } from '../sim-peers'

const ends = (updates: readonly Uint8Array[]): number => updates.filter((body) => Buffer.from(body).equals(unhex('00000000'))).length
const theirs = { gracefulRestart: { seconds: 30, restarted: false } }
const options = { gracefulRestartSeconds: 60 }

test('RFC 4724 §4.1: the first session of a process says that it has restarted, later ones do not', () => {
  const { clock, puppet, establish, peer } = stage({ options, theirs })
  establish()
  puppet.close()
  clock.advance(2000)
  const bits = puppet.opens.map((body) => peerOpenOf(decodeExactly(openMessage, body, 'OPEN')).gracefulRestart?.restarted)
  assert.deepEqual(bits, [true, false])
  assert.equal(peer.status().lastFailure?.by, 'transport')
})

test('RFC 4724 §4.1: after a restart End-of-RIB waits until the routes are known again', () => {
  const { clock, puppet, establish, peer } = stage({ options, theirs })
  establish()
  clock.advance(5)
  assert.equal(ends(puppet.updates), 0)
  peer.setRoutes([route('198.51.100.1/32')])
  clock.advance(5)
  assert.equal(ends(puppet.updates), 1)
  assert.ok(puppet.updates[0] !== undefined && puppet.updates[0].length > 4, 'the routes first')
})

test('RFC 8538 §4: a stop that must remove the routes is a hard reset with the true reason inside', () => {
  const { clock, puppet, establish, peer } = stage({ options, theirs })
  establish()
  void peer.stop({ reason: 'gone' })
  clock.advance(5)
  assert.ok(puppet.heard.includes('notification 6/9'))
  assert.deepEqual(puppet.notifications, [unhex('0609 0602 04 676f6e65')])
})

test('RFC 8538 §4: where nobody keeps our routes, a stop is a plain one', () => {
  const { clock, puppet, establish, peer } = stage({ theirs })
  establish()
  void peer.stop()
  clock.advance(5)
  assert.ok(puppet.heard.includes('notification 6/2'))
})

test('RFC 8326 §4: draining announces all again with the community, and no longer when it is taken back', () => {
  const { clock, puppet, establish, peer } = stage()
  peer.setRoutes([route('198.51.100.1/32', { communities: ['65001:7'] })])
  establish()
  clock.advance(5)
  const said = (): string => Buffer.from(puppet.updates.at(-1) ?? []).toString('hex')
  peer.drain()
  peer.drain()
  clock.advance(5)
  assert.match(said(), /c008 ?08fde90007ffff0000/)
  const count = puppet.updates.length
  peer.drain(false)
  clock.advance(5)
  assert.equal(puppet.updates.length, count + 1)
  assert.doesNotMatch(said(), /ffff0000/)
})

test('RFC 2918 §4: a refresh can be asked for while a session is up', () => {
  const { clock, puppet, establish, peer } = stage()
  assert.equal(peer.requestRefresh('ipv4'), false)
  establish()
  assert.equal(peer.requestRefresh('ipv4'), true)
  clock.advance(5)
  assert.equal(puppet.heard.at(-1), 'refresh')
})

test('RFC 2918 §4: of a peer that did not offer it no refresh is asked', () => {
  const { clock, puppet, peer } = stage()
  peer.start()
  clock.advance(2)
  puppet.say('open', unhex('04 fdea 005a c0000202 00'))
  puppet.say('keepalive')
  clock.advance(5)
  assert.equal(peer.status().state, 'established')
  assert.equal(peer.requestRefresh('ipv4'), false)
})

test('RFC 2918 §4, RFC 7313 §5: a refresh of another family, or of a subtype nobody knows, is ignored', () => {
  const { clock, puppet, establish, peer } = stage({ options: { families: ['ipv4'] } })
  peer.setRoutes([route('198.51.100.1/32')])
  establish()
  clock.advance(5)
  const before = puppet.heard.length
  for (const body of ['0002 00 01', '0019 00 46', '0001 03 01', '0001 ff 01']) puppet.say('refresh', unhex(body))
  clock.advance(5)
  assert.equal(peer.status().state, 'established')
  assert.deepEqual(puppet.heard.slice(before), [])
  puppet.say('refresh', unhex('0001 00 01'))
  clock.advance(5)
  assert.ok(puppet.heard.length > before)
})

test('RFC 7313 §4: the marks of its answer are handed on', () => {
  const { clock, puppet, establish, peer } = stage()
  const marks: string[] = []
  peer.on('refresh', ({ family, mark }) => void marks.push(`${mark} ${family}`))
  establish()
  puppet.say('refresh', unhex('0001 01 01'))
  puppet.say('refresh', unhex('0001 02 01'))
  clock.advance(5)
  assert.deepEqual(marks, [], 'before its End-of-RIB, which graceful restart promises, they do not count')
  puppet.say('update', unhex('0000 0000'))
  puppet.say('refresh', unhex('0001 02 01'))
  puppet.say('refresh', unhex('0001 01 01'))
  puppet.say('refresh', unhex('0001 02 01'))
  clock.advance(5)
  assert.deepEqual(marks, ['begin ipv4', 'end ipv4'])
})

test('RFC 7313 §5: a mark of the wrong length ends the session, and the message is in the data', () => {
  const { clock, puppet, establish, peer } = stage()
  establish()
  puppet.say('refresh', unhex('0001 01 01 ff'))
  clock.advance(5)
  assert.equal(peer.status().state, 'idle')
  assert.ok(puppet.heard.includes('notification 7/1'))
})

test('RFC 4271 §8.1.1: the rest in Idle grows, never beyond its limit, and is up to a quarter shorter at random', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (failures, refused, roll) => {
      const seconds = restartDelay({ failures, refused }, () => roll)
      const longest = refused ? 60 : 15
      assert.ok(seconds >= 0.75 && seconds <= longest)
      assert.ok(restartDelay({ failures: failures + 1, refused }, () => roll) >= seconds)
    }),
  )
})

test('RFC 4271 §8.2.2: a router that hangs up before its OPEN, as one that has not done with the last session, is tried again within a second', () => {
  const { clock, puppet, peer, states } = stage({ options: { connectSeconds: 10 } })
  peer.start()
  const attempts: number[] = []
  for (const began = clock.now(); attempts.length < 6; clock.advance(1)) {
    if (puppet.connections > attempts.length) {
      attempts.push(clock.now() - began)
      puppet.close()
    }
  }
  const waits = attempts.slice(1).map((at, i) => at - (attempts[i] ?? 0))
  // 1, 2, 4, 8 and then connectSeconds, each jittered as the delay after a failure and as ConnectRetryTimer (§10).
  for (const [i, most] of [1_000, 2_000, 4_000, 8_000, 10_000].entries()) {
    assert.ok(waits[i]! <= most + 10 && waits[i]! >= most / 2, `${waits.join()}`)
  }
  assert.ok(states.includes('active') && !states.includes('idle'))
  clock.advance(10_005)
  puppet.say('open')
  puppet.say('keepalive')
  clock.advance(2)
  assert.equal(peer.status().state, 'established')
})
