import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { decodeExactly, encodeToBytes, WireError } from '@loadstone/wire'
import { unhex, vectorTests } from '@loadstone/wire/testing'
import fc from 'fast-check'
import { arpFrame } from '../src'
import { asking, captured, everybody, far, farIp, near, nearIp, noIp } from './vectors'

const reply = {
  ...asking,
  destination: near,
  source: far,
  operation: 2,
  senderMac: far,
  senderIp: farIp,
  targetMac: near,
  targetIp: nearIp,
}

vectorTests('ARP', arpFrame, [
  { name: 'a request that Linux sent', hex: captured.request, value: asking },
  { name: 'a reply that Linux sent', hex: captured.reply, value: reply },
  { name: 'a probe that arping sent', hex: captured.probe, value: { ...asking, senderIp: noIp, targetMac: everybody } },
  { name: 'a gratuitous request', hex: captured.gratuitousRequest, value: { ...asking, targetMac: everybody, targetIp: nearIp } },
  { name: 'a gratuitous reply', hex: captured.gratuitousReply, value: { ...asking, operation: 2, targetMac: near, targetIp: nearIp } },
])

test('the padding of a short Ethernet frame is kept and is not part of the packet', () => {
  const padded = unhex(`${captured.request.replaceAll(/#.*/g, '')} ${'00'.repeat(18)}`)
  const frame = decodeExactly(arpFrame, padded, 'arp')
  assert.deepEqual(frame, { ...asking, padding: new Uint8Array(18) })
  assert.deepEqual(encodeToBytes(arpFrame, frame, 'arp'), padded)
})

const refused = {
  'another EtherType': [12, 'etherType'],
  'another kind of hardware': [15, 'hardwareType'],
  'another protocol': [16, 'protocolType'],
  'a hardware address of another length': [18, 'hardwareLength'],
  'a protocol address of another length': [19, 'protocolLength'],
} as const
test.each(Object.entries(refused))('RFC 826: a packet for %s is not ours to understand', (_, [at, field]) => {
  const frame = unhex(captured.request)
  assert.throws(() => decodeExactly(arpFrame, frame.with(at, 0x77), 'arp'), { name: 'WireError', field: `arp.${field}` })
})

test('decoding is total: any octets give a frame that encodes to them again, or a WireError', () => {
  const near42 = fc.tuple(fc.constantFrom(...Object.values(captured)), fc.nat(41), fc.nat(255), fc.nat(60))
  const mutants = near42.map(([hex, at, octet, length]) => unhex(hex).with(at, octet).slice(0, length))
  fc.assert(
    fc.property(fc.oneof(mutants, fc.uint8Array({ maxLength: 64 })), (octets) => {
      try {
        assert.deepEqual(encodeToBytes(arpFrame, decodeExactly(arpFrame, octets, 'arp'), 'arp'), octets)
      } catch (error) {
        assert.ok(error instanceof WireError)
      }
    }),
    { numRuns: 2_000 },
  )
})
