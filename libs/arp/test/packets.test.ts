import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { announcementDelaysMillis, mayDefend, probeDelaysMillis, probeWindowMillis } from '@loadstone/ip/l2'
import { encodeToBytes } from '@loadstone/wire'
import { unhex } from '@loadstone/wire/testing'
import { announcements, arpFrame, probe, request } from '../src'
import { asking, captured, everybody, far, farIp, near, nearIp, nobody, noIp, stranger } from './vectors'

describe('an announcement', () => {
  const [request, reply] = announcements({ source: near }, nearIp)

  test('RFC 5227 §2.3: is a request with sender and target alike and no target MAC', () => {
    assert.deepEqual(request, { ...asking, targetIp: nearIp, targetMac: nobody })
  })

  test('RFC 5944 §4.6: and a reply whose target MAC is the one to remember, octet for octet what arping -A sends', () => {
    assert.deepEqual(encodeToBytes(arpFrame, reply, 'arp'), unhex(captured.gratuitousReply))
  })

  test('in another’s name still comes from our own interface', () => {
    const both = announcements({ source: near, mac: stranger }, nearIp)
    assert.equal(both.length, 2)
    for (const { source, senderMac, destination } of both) {
      assert.deepEqual({ source, senderMac, destination }, { source: near, senderMac: stranger, destination: everybody })
    }
  })
})

test('RFC 5227 §2.1.1: a probe has the sender’s MAC, no sender’s address and no target MAC', () => {
  assert.deepEqual(probe(near, farIp), { ...asking, senderIp: noIp, targetMac: nobody })
})

test('RFC 826: a request goes to everybody, or to the one station whose answer is wanted', () => {
  assert.deepEqual(encodeToBytes(arpFrame, request(near, nearIp, farIp), 'arp'), unhex(captured.request))
  assert.deepEqual(request(near, nearIp, farIp, far), { ...asking, destination: far })
})

test('RFC 5227 §2.4: a conflict is defended against once in ten seconds, not more', () => {
  assert.ok(mayDefend(undefined, 0))
  assert.ok(!mayDefend(1_000, 1_000))
  assert.ok(!mayDefend(1_000, 10_999))
  assert.ok(mayDefend(1_000, 11_000))
})

test('announcements are repeated for five seconds, never faster than once a second', () => {
  const gaps = announcementDelaysMillis.slice(1).map((delay, i) => delay - (announcementDelaysMillis[i] ?? 0))
  assert.equal(announcementDelaysMillis[0], 0)
  assert.ok(gaps.every((gap) => gap > 1_000))
  assert.ok((announcementDelaysMillis.at(-1) ?? 0) <= 5_000 && (announcementDelaysMillis.at(-1) ?? 0) + 1_100 > 5_000)
})

test('three probes, each with time for an answer before the address is taken', () => {
  assert.deepEqual(
    probeDelaysMillis.map((delay) => probeWindowMillis - delay),
    [150, 100, 50],
  )
})
