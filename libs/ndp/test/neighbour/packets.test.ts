import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { Ip } from '@loadstone/ip'
import { announcementDelaysMillis, mayDefend, probeDelaysMillis, probeWindowMillis } from '@loadstone/ip/l2'
import { encodeToBytes } from '@loadstone/wire'
import { unhex } from '@loadstone/wire/testing'
import { advertisement, groupMac, ndpFrame, probe, solicitation, solicitedNodeGroup } from '../../src'
import { asking, captured, far, farIp, frame, group, linkLayer, near, nearIp, noIp, stranger } from '../vectors'

test('RFC 4291 §2.7.1: the solicited-node group of the example there', () => {
  assert.equal(solicitedNodeGroup('4037::1:800:200e:8c6c' as Ip), 'ff02::1:ff0e:8c6c')
  assert.equal(solicitedNodeGroup(farIp), group.ip)
})

test('RFC 2464 §7: the MAC of a group', () => {
  assert.equal(groupMac(group.ip), group.mac)
  assert.equal(groupMac('ff02::1' as Ip), '33:33:00:00:00:01')
})

describe('an unsolicited advertisement', () => {
  test('RFC 4861 §7.2.6: is octet for octet what Linux sends for an address of its own', () => {
    const sent = advertisement({ source: far.mac, linkLocal: far.linkLocal }, far.linkLocal)
    assert.deepEqual(encodeToBytes(ndpFrame, sent, 'ndp'), unhex(captured.unsolicited))
  })

  test('in another’s name still comes from our own interface', () => {
    const { source, packet } = advertisement({ source: far.mac, linkLocal: far.linkLocal, mac: stranger }, farIp)
    assert.deepEqual([source, packet.source, packet.message.options], [far.mac, far.linkLocal, [linkLayer(2, stranger)]])
  })
})

test('RFC 4862 §5.4.2: a probe comes from nobody and says no MAC', () => {
  assert.deepEqual(probe(near.mac, farIp), frame({ packet: { source: noIp }, message: { options: [] } }))
})

test('RFC 4861 §7.2.2: a solicitation goes to the solicited-node group, or to the one station whose answer is wanted', () => {
  const linux = { source: near.mac, linkLocal: nearIp }
  assert.deepEqual(encodeToBytes(ndpFrame, solicitation(linux, farIp), 'ndp'), unhex(captured.solicitation))
  assert.deepEqual(solicitation(linux, farIp, far.mac), {
    ...asking,
    destination: far.mac,
    packet: { ...asking.packet, destination: farIp },
  })
})

test('a conflict is defended against once in ten seconds, not more', () => {
  assert.deepEqual(
    [mayDefend(undefined, 0), mayDefend(1_000, 1_000), mayDefend(1_000, 10_999), mayDefend(1_000, 11_000)],
    [true, false, false, true],
  )
})

test('RFC 4861 §7.2.6: advertisements are never nearer to each other than a second', () => {
  const gaps = announcementDelaysMillis.slice(1).map((delay, i) => delay - (announcementDelaysMillis[i] ?? 0))
  assert.equal(announcementDelaysMillis[0], 0)
  assert.ok(gaps.every((gap) => gap >= 1_000))
  assert.ok((announcementDelaysMillis.at(-1) ?? 0) <= 5_000 && (announcementDelaysMillis.at(-1) ?? 0) + 1_100 > 5_000)
})

test('three probes, each with time for an answer before the address is taken', () => {
  assert.deepEqual(
    probeDelaysMillis.map((delay) => probeWindowMillis - delay),
    [150, 100, 50],
  )
})
