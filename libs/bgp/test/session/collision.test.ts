import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { Ip } from '@loadstone/ip'
import { random, SimClock, SimStreamNet } from '@loadstone/sim'
import { unhex } from '@loadstone/wire/testing'
import { route } from '../../src/adj-rib-out/route'
import { Listener } from '../../src/listener'
import type { PeerOptions } from '../../src/options'
import type { Peer } from '../../src/peer'
import { type CollidingConnection, type CollisionOutcome, collide } from '../../src/session/collision'
import { simPeer, simTransport, smooth, stage } from '../sim-peers'

const low = { id: '192.0.2.1' as Ip, as: 65001 }
const high = { id: '192.0.2.2' as Ip, as: 65002 }
const ours = (state: CollidingConnection['state']): CollidingConnection => ({ state, dialledBy: 'us' })
const theirs = (state: CollidingConnection['state']): CollidingConnection => ({ state, dialledBy: 'them' })

describe('RFC 4271 §6.8', () => {
  test('the connection that the higher identifier dialled stays, whichever brings the OPEN first', () => {
    assert.equal(collide(low, high, theirs('open-confirm'), ours('open-sent')), 'keep-fresh')
    assert.equal(collide(low, high, ours('open-confirm'), theirs('open-sent')), 'keep-other')
    assert.equal(collide(high, low, theirs('open-confirm'), ours('open-sent')), 'keep-other')
    assert.equal(collide(high, low, ours('open-confirm'), theirs('open-confirm')), 'keep-fresh')
  })

  test('RFC 6286 §2.3: with equal identifiers the higher AS decides', () => {
    const [us, them] = [low, { ...low, as: 65002 }]
    assert.equal(collide(us, them, theirs('open-confirm'), ours('open-confirm')), 'keep-fresh')
    assert.equal(collide(them, us, theirs('open-confirm'), ours('open-confirm')), 'keep-other')
  })

  test('an established connection stays, whoever dialled it', () => {
    for (const [us, them] of [
      [low, high],
      [high, low],
    ] as const) {
      assert.equal(collide(us, them, theirs('open-confirm'), ours('established')), 'keep-other')
    }
  })

  test('a dial that is not through yet is given up, unless it is the one that must win', () => {
    assert.equal(collide(low, high, theirs('open-confirm'), ours('connect')), 'keep-fresh')
    assert.equal(collide(high, low, theirs('open-confirm'), ours('connect')), 'keep-both')
  })

  test('both ends always agree, for any two states on the way', () => {
    const mirrored = ({ state, dialledBy }: CollidingConnection): CollidingConnection => ({
      state,
      dialledBy: dialledBy === 'us' ? 'them' : 'us',
    })
    const survivor = (verdict: CollisionOutcome, fresh: CollidingConnection, other: CollidingConnection): string =>
      verdict === 'keep-fresh' ? fresh.dialledBy : other.dialledBy
    for (const state of ['open-sent', 'open-confirm'] as const) {
      for (const fresh of [ours('open-confirm'), theirs('open-confirm')]) {
        const other = mirrored({ ...fresh, state })
        const here = survivor(collide(low, high, fresh, other), fresh, other)
        const there = survivor(collide(high, low, mirrored(fresh), mirrored(other)), mirrored(fresh), mirrored(other))
        assert.notEqual(here, there, 'what one calls ours the other calls theirs')
      }
    }
  })
})

type End = { readonly peer: Peer; readonly listener: Listener; readonly drops: string[] }

/** Two speakers that both dial and both listen. */
function both(seed: number, more: Partial<PeerOptions> = {}) {
  const clock = new SimClock()
  const roll = random(seed)
  const net = new SimStreamNet(clock, () => ({ ...smooth, latency: Math.floor(roll() * 20) }))
  const end = (mine: string, their: string, as: number): End => {
    const options = { sourceAddress: mine, address: their, localAs: as, peerAs: as === 65001 ? 65002 : 65001, routerId: mine, ...more }
    const peer = simPeer(net, clock, options, seed + as)
    const drops: string[] = []
    peer.on('state', ({ state, previous }) => void (previous === 'established' && drops.push(state)))
    const listener = new Listener({}, [peer], simTransport(net, mine))
    void listener.open()
    peer.setRoutes([route(`198.51.100.${as & 255}/32`)])
    return { peer, listener, drops }
  }
  return { clock, net, roll, one: end('192.0.2.1', '192.0.2.2', 65001), two: end('192.0.2.2', '192.0.2.1', 65002) }
}

test('RFC 4271 §6.8: two ends that dial at once come to one session, and keep it: 500 seeds', () => {
  for (let seed = 1; seed <= 500; seed++) {
    const { clock, roll, one, two } = both(seed)
    one.peer.start()
    clock.advance(Math.floor(roll() * 30))
    two.peer.start()
    clock.advance(30_000)
    for (const { peer, drops } of [one, two]) {
      assert.equal(peer.status().state, 'established', `seed ${seed}`)
      assert.deepEqual(peer.status().told, { ipv4: 1, ipv6: 0 }, `seed ${seed}`)
      assert.deepEqual(peer.status().heard, { ipv4: 1, ipv6: 0 }, `seed ${seed}`)
      assert.deepEqual(drops, [], `seed ${seed}: a session that was up went down`)
    }
  }
})

test('a passive peer waits for the other to dial', () => {
  const { clock, one, two } = both(1, { passive: true })
  one.peer.start()
  two.peer.start()
  clock.advance(60_000)
  assert.equal(one.peer.status().state, 'active')
  const active = both(2)
  const { net } = active
  const passive = simPeer(net, active.clock, {
    sourceAddress: '192.0.2.3',
    address: '192.0.2.1',
    passive: true,
    localAs: 65003,
    peerAs: 65001,
  })
  void new Listener({}, [passive], simTransport(net, '192.0.2.3')).open()
  const dialler = simPeer(net, active.clock, { sourceAddress: '192.0.2.1', address: '192.0.2.3', peerAs: 65003, routerId: '192.0.2.9' })
  passive.start()
  dialler.start()
  active.clock.advance(5000)
  assert.deepEqual([passive.status().state, dialler.status().state], ['established', 'established'])
})

test('RFC 4271 §8.2.2: in Idle connections are refused, and a stranger always', async () => {
  const { clock, net, one } = both(3)
  const refused: string[] = []
  one.listener.on('refused', ({ remote }) => void refused.push(remote))
  simPeer(net, clock, { sourceAddress: '192.0.2.2', address: '192.0.2.1' }).start()
  simPeer(net, clock, { sourceAddress: '192.0.2.77', address: '192.0.2.1' }).start()
  clock.advance(100)
  assert.deepEqual(refused.sort(), ['192.0.2.2', '192.0.2.77'])
})

test('a second connection that ends before its OPEN leaves nothing: no dial beside the session, and room for the next one', () => {
  const { clock, net, puppet, peer, establish } = stage()
  const refused: string[] = []
  const listener = new Listener({}, [peer], simTransport(net, '192.0.2.1'))
  listener.on('refused', ({ remote }) => void refused.push(remote))
  void listener.open()
  establish()
  for (let i = 0; i < 3; i++) {
    const second = net.dial('192.0.2.2', '192.0.2.1', { onUp: () => {}, onBytes: () => {}, onDrained: () => {}, onDown: () => {} })
    clock.advance(2)
    void second.close()
    clock.advance(2)
  }
  clock.advance(30_000)
  assert.deepEqual([peer.status().state, refused, puppet.connections], ['established', [], 1])
})

test('RFC 4724 §4.2: with graceful restart, a peer that connects anew has lost the old session', () => {
  const { clock, net, one, two } = both(4, { gracefulRestartSeconds: 60 })
  one.peer.start()
  two.peer.start()
  clock.advance(20_000)
  assert.equal(one.peer.status().state, 'established')
  net.cut('192.0.2.1', '192.0.2.2', { loud: false })
  const again = simPeer(net, clock, {
    sourceAddress: '192.0.2.2',
    address: '192.0.2.1',
    localAs: 65002,
    peerAs: 65001,
    routerId: '192.0.2.2',
    gracefulRestartSeconds: 60,
  })
  again.start()
  clock.advance(1000)
  assert.deepEqual([one.peer.status().state, again.status().state], ['established', 'established'])
  assert.match(one.peer.status().lastFailure?.message ?? '', /has connected anew/)
})

test('RFC 4724 §4.2: so has one that says nothing of a restart, if it told of graceful restart in the old session', () => {
  const { clock, net, one, two } = both(4)
  one.peer.start()
  two.peer.start()
  clock.advance(20_000)
  net.cut('192.0.2.1', '192.0.2.2', { loud: false })
  const again = simPeer(net, clock, {
    sourceAddress: '192.0.2.2',
    address: '192.0.2.1',
    localAs: 65002,
    peerAs: 65001,
    routerId: '192.0.2.2',
  })
  again.start()
  clock.advance(1000)
  assert.deepEqual([one.peer.status().state, again.status().state], ['established', 'established'])
  assert.match(one.peer.status().lastFailure?.message ?? '', /has connected anew/)
})

test('RFC 4271 §6.8: a peer that never told of graceful restart loses the new connection, and the old one stays', () => {
  const { clock, net, peer, puppet } = stage()
  const plain = unhex('04 fdea 005a c0000202 00')
  void new Listener({}, [peer], simTransport(net, '192.0.2.1')).open()
  peer.start()
  clock.advance(2)
  puppet.say('open', plain)
  for (let second = 0; second < 10; second++) {
    puppet.say('keepalive')
    clock.advance(1000)
  }
  puppet.dial(net, '192.0.2.1')
  clock.advance(5)
  puppet.say('open', plain)
  clock.advance(5)
  assert.equal(peer.status().state, 'established')
  assert.equal(peer.status().lastFailure, undefined)
  assert.deepEqual(puppet.heard.slice(-2), ['notification 6/7', 'closed'])
})

test('a peer that says nothing holds up nobody: its second connection works', () => {
  const { clock, puppet, peer } = stage()
  peer.start()
  clock.advance(5)
  assert.equal(peer.status().state, 'open-sent')
  puppet.say('open')
  puppet.say('keepalive')
  clock.advance(5)
  assert.equal(peer.status().state, 'established')
})
