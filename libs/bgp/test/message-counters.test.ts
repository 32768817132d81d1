import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { route } from '../src/adj-rib-out/route'
import { messageTypes } from '../src/message/frame'
import { encodeRefresh } from '../src/message/route-refresh'
import type { Peer } from '../src/peer'
import { stage } from './sim-peers'

/** How often each kind stands in what the puppet heard; a connection that closed is no message. */
const countsOf = (heard: readonly string[]) =>
  Object.fromEntries(Object.keys(messageTypes).map((kind) => [kind, heard.filter((one) => one.split(' ')[0] === kind).length]))
const sentBy = (peer: Peer) => peer.status().counters.sent

test('what is counted as sent is what the peer heard: OPEN, KEEPALIVE, UPDATE with End-of-RIB, ROUTE-REFRESH', () => {
  const { peer, puppet, establish, clock } = stage({ theirs: { holdSeconds: 9 } })
  peer.setRoutes([route('198.51.100.1/32'), route('198.51.100.2/32', { communities: ['65001:1'] })])
  establish()
  clock.advance(5_000)
  puppet.say('refresh', encodeRefresh('ipv4', 'request'))
  peer.requestRefresh('ipv4')
  clock.advance(10)
  const sent = sentBy(peer)
  assert.deepEqual(sent, countsOf(puppet.heard))
  assert.equal(sent.open, 1)
  assert.ok(sent.refresh >= 1 && sent.update >= 4 && sent.keepalive >= 2, JSON.stringify(sent))
})

test('what the peer says is counted by kind, and counting goes on over sessions', async () => {
  const { peer, puppet, establish, clock } = stage()
  establish()
  const before = peer.status().counters.received
  puppet.say('keepalive')
  puppet.say('keepalive')
  clock.advance(2)
  assert.deepEqual(peer.status().counters.received, { ...before, keepalive: before.keepalive + 2 })
  puppet.close()
  clock.advance(2_000)
  assert.deepEqual(sentBy(peer), countsOf(puppet.heard))
  assert.equal(sentBy(peer).open, 2)
  const stopped = peer.stop()
  clock.advance(10)
  await stopped
  assert.equal(sentBy(peer).notification, 1)
})

test('what was never handed to a connection is not counted', () => {
  const { peer } = stage()
  peer.setRoutes([route('198.51.100.1/32')])
  assert.deepEqual(sentBy(peer), countsOf([]))
})
