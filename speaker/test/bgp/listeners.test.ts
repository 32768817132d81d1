import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { SimClock } from '@loadstone/sim'
import type { LogEvent } from '@loadstone/telemetry'
import type { PeerOptions } from 'bgp-js'
import { BgpListeners } from '../../src/bgp/listeners'
import { settle } from '../builders'
import { SimListeners } from '../sim/sim-listeners'
import { SimPeer } from '../sim/sim-peer'

function world() {
  const clock = new SimClock()
  const listening = new SimListeners()
  const logged: LogEvent[] = []
  const debugged: LogEvent[] = []
  const note = (event: LogEvent) => void logged.push(event)
  const log = { error: note, warn: note, info: note, debug: (event: LogEvent) => void debugged.push(event) }
  const listeners = new BgpListeners({ clock, log, listen: listening.listen })
  const elapse = async (millis: number) => {
    clock.advance(millis)
    await settle()
  }
  const reconcile = (...held: SimPeer[]) => {
    listeners.reconcile(held)
    return settle()
  }
  const events = () => logged.map(({ event, family, interface: device }) => [event, family, device ?? []].flat().join(' '))
  return { listeners, clock, listening, logged, debugged, reconcile, elapse, events }
}

function peer(address: string, more: Partial<PeerOptions> = {}): SimPeer {
  const made = new SimPeer({ address, localAs: 64_512, peerAs: 64_513, routerId: '192.0.2.5', ...more })
  made.start()
  return made
}

test('a router that a session is held with may connect; anybody else is closed, and counted in the log at debug', async () => {
  const { listening, debugged, reconcile } = world()
  const tor = peer('192.0.2.1', { md5Password: 'secret' })
  await reconcile(tor, peer('2001:db8::1'))
  assert.deepEqual(listening.open(), ['0.0.0.0 179 192.0.2.1=secret', ':: 179'])
  assert.deepEqual([listening.connect('192.0.2.1'), tor.accepted], ['taken', 1])
  assert.deepEqual([listening.connect('192.0.2.66'), listening.connect('2001:db8::66')], ['closed', 'closed'])
  assert.deepEqual(debugged, [
    { event: 'bgp-refused', remote: '192.0.2.66', refused: 1 },
    { event: 'bgp-refused', remote: '2001:db8::66', refused: 2 },
  ])
})

test('the same sessions again touch nothing; others, or one with another password, are listened for at once', async () => {
  const { listening, events, reconcile } = world()
  const [tor, spine] = [peer('192.0.2.1'), peer('192.0.2.2')]
  for (let i = 0; i < 3; i++) await reconcile(tor)
  assert.equal(listening.attempts, 1)
  await reconcile(tor, spine)
  assert.deepEqual([listening.attempts, listening.connect('192.0.2.2')], [2, 'taken'])
  await reconcile(peer('192.0.2.1', { md5Password: 'new' }), spine)
  assert.deepEqual(listening.open(), ['0.0.0.0 179 192.0.2.1=new'])
  await reconcile()
  assert.deepEqual([listening.open(), listening.connect('192.0.2.1')], [[], 'nobody listens'])
  assert.deepEqual(events(), ['bgp-listening ipv4'])
})

test('an address in use is tried for every second, and named once, as is that it was got at last', async () => {
  const { listening, logged, events, reconcile, elapse } = world()
  listening.taken = true
  await reconcile(peer('192.0.2.1'))
  for (let i = 0; i < 10; i++) await elapse(1_000)
  assert.deepEqual([listening.attempts, events()], [11, ['bgp-not-listening ipv4']])
  assert.equal(logged[0]?.['problem'], 'bind 0.0.0.0 port 179: address already in use (EADDRINUSE)')
  await reconcile(peer('192.0.2.2'))
  listening.taken = false
  await elapse(999)
  assert.deepEqual(listening.open(), [])
  await elapse(1)
  assert.deepEqual([listening.open(), events()], [['0.0.0.0 179'], ['bgp-not-listening ipv4', 'bgp-listening ipv4']])
})

test('one family that cannot be had keeps no other', async () => {
  const { listeners, listening, events, reconcile, elapse } = world()
  const stranger = new BgpListeners({
    clock: new SimClock(),
    log: { error() {}, warn() {}, info() {}, debug() {} },
    listen: listening.listen,
  })
  stranger.reconcile([peer('2001:db8::7')])
  await reconcile(peer('192.0.2.1'), peer('2001:db8::1'))
  assert.deepEqual(events(), ['bgp-listening ipv4', 'bgp-not-listening ipv6'])
  await stranger.close()
  await elapse(1_000)
  assert.equal(listening.connect('2001:db8::1'), 'taken')
  await listeners.close()
  assert.deepEqual(listening.open(), [])
})

test('closed, it tries no more, even if it was closed before the first attempt ended, and may begin anew', async () => {
  const { listeners, listening, reconcile, elapse } = world()
  const tor = peer('192.0.2.1')
  listeners.reconcile([tor])
  await Promise.resolve() // it has begun to try
  await listeners.close()
  await elapse(5_000)
  assert.deepEqual(listening.open(), [])
  listening.taken = true
  await reconcile(tor)
  await listeners.close()
  const { attempts } = listening
  await elapse(5_000)
  assert.equal(listening.attempts, attempts)
  listening.taken = false
  await reconcile(tor)
  assert.equal(listening.connect('192.0.2.1'), 'taken')
})

test('unnumbered sessions know their router by its link, on a socket of the link or on the one for all of IPv6', async () => {
  const { listening, events, reconcile } = world()
  const [one, two] = [peer('fe80::1', { interface: 'eth1' }), peer('fe80::1', { interface: 'eth2' })]
  const connected = () => [['eth1', 'eth2', 'eth3'].map((link) => listening.connect('fe80::1', link)), [one.accepted, two.accepted]]
  await reconcile(one, two)
  assert.deepEqual(listening.open(), [':: 179 eth1', ':: 179 eth2'])
  assert.deepEqual(connected(), [['taken', 'taken', 'nobody listens'], [1, 1]]) // biome-ignore format: one line
  await reconcile(one, two, peer('2001:db8::1'))
  assert.deepEqual(listening.open(), [':: 179'])
  assert.deepEqual(connected(), [['taken', 'taken', 'closed'], [2, 2]]) // biome-ignore format: one line
  await reconcile(one, two)
  assert.deepEqual(listening.open(), [':: 179 eth1', ':: 179 eth2'])
  assert.ok(!events().some((event) => event.startsWith('bgp-not-listening')), 'what it closes is out of the way first')
})
