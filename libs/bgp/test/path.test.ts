import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { unhex } from '@loadstone/wire/testing'
import { route } from '../src/adj-rib-out/route'
import { stage } from './sim-peers'

const gone = 'BFD has lost 192.0.2.2 port 179 (6/10, RFC 9384): it hangs, or the path to it is broken'

test('RFC 9384 §3: a session whose path BFD finds broken is ended at once with Cease/BFD Down', () => {
  const { clock, peer, puppet, establish, failures } = stage()
  peer.setRoutes([route('198.51.100.1/32')])
  establish()
  clock.advance(5)
  peer.pathDown()
  assert.equal(peer.status().state, 'idle')
  assert.deepEqual(peer.status().told, { ipv4: 0, ipv6: 0 })
  clock.advance(2)
  assert.deepEqual(puppet.heard.slice(-2), ['notification 6/10', 'closed'])
  assert.deepEqual(failures, [{ by: 'us', code: 6, subcode: 10, message: gone }])
})

test('RFC 9384 §4: where graceful restart would keep the routes, BFD Down travels in a hard reset (RFC 8538)', () => {
  const options = { gracefulRestartSeconds: 60 }
  const { clock, peer, puppet, establish, failures } = stage({ options, theirs: { gracefulRestart: { seconds: 30, restarted: false } } })
  establish()
  peer.pathDown()
  clock.advance(2)
  assert.deepEqual(puppet.notifications, [unhex('0609 060a')])
  assert.equal(failures[0]?.subcode, 10, 'the cause, not its wrapping')
})

test('RFC 9384: it comes back as after any loss, BFD or no BFD, and is told everything', () => {
  const { clock, peer, puppet, establish } = stage()
  peer.setRoutes([route('198.51.100.1/32')])
  establish()
  clock.advance(20_000)
  peer.pathDown()
  clock.advance(740)
  assert.equal(puppet.connections, 1)
  clock.advance(300)
  assert.equal(puppet.connections, 2)
  puppet.say('open')
  puppet.say('keepalive')
  clock.advance(10)
  assert.deepEqual(peer.status().told, { ipv4: 1, ipv6: 0 })
})

test('RFC 9384: failures of the path are no refusals: the rest between attempts stays within 15 seconds', () => {
  const { clock, peer, puppet, establish } = stage()
  for (let i = 0; i < 10; i++) {
    establish()
    peer.pathDown()
    clock.advance(15_001)
    assert.equal(puppet.connections, i + 2)
  }
})

test('RFC 5882 §4.2: when BFD says that the path works again, the next attempt begins at once', () => {
  const { clock, peer, puppet, establish } = stage()
  for (let i = 0; i < 5; i++) {
    establish()
    peer.pathDown()
    clock.advance(1)
    peer.pathUp()
    clock.advance(2)
    assert.equal(puppet.connections, i + 2)
  }
})

test('what BFD says starts nothing that was stopped, disturbs no attempt, and calls on nobody who refused', () => {
  const { clock, peer, puppet, establish, states } = stage()
  peer.pathDown()
  peer.pathUp()
  assert.equal(peer.status().state, 'idle')
  peer.start()
  peer.pathDown()
  assert.deepEqual(states, ['connect'])
  establish()
  peer.pathUp()
  assert.equal(peer.status().state, 'established')
  puppet.say('notification', unhex('0602'))
  clock.advance(2)
  peer.pathUp()
  assert.equal(peer.status().state, 'idle')
  void peer.stop()
  peer.pathUp()
  clock.advance(100_000)
  assert.equal(puppet.connections, 1)
})
