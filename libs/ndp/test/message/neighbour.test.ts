import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { decodeExactly, encodeToBytes, WireError } from '@loadstone/wire'
import { unhex, vectorTests } from '@loadstone/wire/testing'
import fc from 'fast-check'
import { ndpFrame } from '../../src'
import { advertising, allNodes, asking, captured, far, farIp, frame, group, linkLayer, near, nearIp, noIp } from '../vectors'

vectorTests('NDP', ndpFrame, [
  { name: 'a solicitation that Linux sent', hex: captured.solicitation, value: asking },
  { name: 'an advertisement that Linux sent', hex: captured.answer, value: advertising },
  {
    name: 'a probe of duplicate address detection, with an option we do not know',
    hex: captured.probe,
    value: frame({ source: far.mac, packet: { source: noIp }, message: { options: [{ type: 14, value: unhex('d47e43fe0f49') }] } }),
  },
  {
    name: 'a solicitation to one station',
    hex: captured.solicitationToOne,
    value: frame({
      destination: near.mac,
      source: far.mac,
      packet: { source: far.linkLocal, destination: nearIp },
      message: { target: nearIp, options: [linkLayer(1, far.mac)] },
    }),
  },
  {
    name: 'an advertisement without an option',
    hex: captured.shortAnswer,
    value: frame({
      destination: far.mac,
      packet: { source: nearIp, destination: far.linkLocal },
      message: { type: 136, flags: { router: 0, solicited: 1, override: 0 }, target: nearIp, options: [] },
    }),
  },
  {
    name: 'an unsolicited advertisement',
    hex: captured.unsolicited,
    value: frame({
      destination: '33:33:00:00:00:01' as typeof near.mac,
      source: far.mac,
      packet: { source: far.linkLocal, destination: allNodes },
      message: { type: 136, flags: { router: 0, solicited: 0, override: 1 }, target: far.linkLocal, options: [linkLayer(2, far.mac)] },
    }),
  },
])

/** The octets of a frame that breaks a rule, with a checksum that is right: the codec checks it before what the message says. */
const octets = (value: typeof asking): Uint8Array => encodeToBytes(ndpFrame, value, 'ndp')
const refuses = (bytes: Uint8Array, field: RegExp): void =>
  assert.throws(
    () => decodeExactly(ndpFrame, bytes, 'ndp'),
    (error) => error instanceof WireError && field.test(error.field),
  )
/** Changes an octet and puts the checksum right, by one's complement arithmetic on the two octets it lies in. */
function changed(at: number, octet: number): Uint8Array {
  const bytes = unhex(captured.solicitation)
  const half = at - (at % 2)
  const view = new DataView(bytes.buffer)
  const before = view.getUint16(half)
  bytes[at] = octet
  const sum = (~view.getUint16(56) & 0xffff) + (~before & 0xffff) + view.getUint16(half)
  view.setUint16(56, ~((sum & 0xffff) + (sum >> 16)) & 0xffff)
  return bytes
}

describe('RFC 4861 §7.1.1: a solicitation is discarded', () => {
  const asked = unhex(captured.solicitation)
  test('when its hop limit is not 255', () => refuses(asked.with(21, 254), /hopLimit/))
  test('when its checksum is wrong', () => refuses(asked.with(57, 0), /checksum/))
  test('when its code is not zero', () => refuses(changed(55, 1), /code/))
  test('when it is shorter than 24 octets', () =>
    refuses(
      octets(frame({ message: { options: [] } }))
        .with(19, 23)
        .subarray(0, 77),
      /message/,
    ))
  test('when its target is a group', () => refuses(octets(frame({ message: { target: group.ip } })), /target is a group/))
  test('when an option has length zero', () => refuses(changed(79, 0), /options\[0\]\.length/))
  test('when an option is longer than the message', () => refuses(changed(79, 2), /options\[0\]/))
  test('when it comes from nobody and not to a solicited-node group', () =>
    refuses(octets(frame({ packet: { source: noIp, destination: allNodes }, message: { options: [] } })), /solicited-node/))
  test('when it comes from nobody and says a link-layer address', () =>
    refuses(octets(frame({ packet: { source: noIp } })), /link-layer address/))
})

describe('RFC 4861 §7.1.2: an advertisement is discarded', () => {
  test('when its target is a group', () =>
    refuses(
      octets({ ...advertising, packet: { ...advertising.packet, message: { ...advertising.packet.message, target: allNodes } } }),
      /target/,
    ))
  test('when it is solicited and yet went to a group', () =>
    refuses(octets({ ...advertising, packet: { ...advertising.packet, destination: allNodes } }), /solicited/))
})

test('RFC 4291 §2.7: a packet from a group is discarded, one from 00ff:: is not', () => {
  refuses(octets(frame({ packet: { source: allNodes } })), /source is a group/)
  const source = 'ff:1::1' as typeof nearIp
  assert.equal(decodeExactly(ndpFrame, octets(frame({ packet: { source } })), 'ndp').packet.source, source)
})

test('what is no ICMPv6 in IPv6 in Ethernet is not ours to understand', () => {
  const asked = unhex(captured.solicitation)
  for (const [at, octet, field] of [
    [12, 0x08, /etherType/],
    [14, 0x40, /version/],
    [20, 0x11, /nextHeader/],
  ] as const) {
    refuses(asked.with(at, octet), field)
  }
  refuses(changed(54, 137), /type/)
})

test('RFC 6980 §5: a message behind a fragment header is discarded, be it the only fragment', () => {
  const asked = unhex(captured.solicitation)
  const fragment = new Uint8Array([...asked.subarray(0, 54), 58, 0, 0, 0, 0, 0, 0, 1, ...asked.subarray(54)])
  refuses(fragment.with(20, 44).with(19, asked[19]! + 8), /nextHeader/)
})

test('RFC 4861 §4.3: the reserved bits and the padding of the frame say nothing', () => {
  const value = decodeExactly(ndpFrame, new Uint8Array([...changed(61, 0x55), 0, 0, 0]), 'ndp')
  assert.deepEqual(value, { ...asking, padding: new Uint8Array(3) })
})

test('an option whose length is not a multiple of eight is refused when written', () => {
  assert.throws(() => octets(frame({ message: { options: [{ type: 1, value: new Uint8Array(7) }] } })), { problem: 'out-of-range' })
})

test('decoding is total, and what was decoded encodes to a frame that decodes to the same', () => {
  const mutants = fc
    .tuple(fc.constantFrom(...Object.values(captured)), fc.integer({ min: 14, max: 85 }), fc.nat(255), fc.nat(90))
    .map(([hex, at, octet, length]) =>
      unhex(hex)
        .map((old, i) => (i === at ? octet : old))
        .slice(0, length),
    )
  fc.assert(
    fc.property(fc.oneof(mutants, fc.uint8Array({ maxLength: 120 })), (bytes) => {
      try {
        const value = decodeExactly(ndpFrame, bytes, 'ndp')
        assert.deepEqual(decodeExactly(ndpFrame, octets(value), 'ndp'), value)
      } catch (error) {
        assert.ok(error instanceof WireError)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('round trip of any solicitation and advertisement', () => {
  const value = fc.record({
    trafficClass: fc.nat(255),
    flowLabel: fc.nat(0xf_ffff),
    options: fc.array(
      fc.record(
        {
          type: fc.integer({ min: 3, max: 255 }),
          value: fc.nat(3).chain((n) => fc.uint8Array({ minLength: 6 + 8 * n, maxLength: 6 + 8 * n })),
        },
        { noNullPrototype: true },
      ),
    ),
    type: fc.constantFrom(135, 136),
    target: fc.constantFrom(farIp, nearIp, far.linkLocal),
  })
  fc.assert(
    fc.property(value, ({ trafficClass, flowLabel, ...message }) => {
      const sent = frame({ packet: { trafficClass, flowLabel }, message })
      assert.deepEqual(decodeExactly(ndpFrame, octets(sent), 'ndp'), sent)
    }),
  )
})
