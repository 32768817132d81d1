import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { type Ip, parseIp } from '@loadstone/ip'
import { decodeExactly, encodeToBytes, WireError } from '@loadstone/wire'
import { unhex, vectorTests } from '@loadstone/wire/testing'
import fc from 'fast-check'
import { groupMac } from '../../src'
import { allRouters } from '../../src/message/groups'
import {
  leastPresenceGapMillis,
  presence,
  presenceGapMillis,
  type RouterAdvertisementFrame,
  routerAdvertisementFrame,
  routerSolicitation,
  routerSolicitationFrame,
  solicitationDelaysMillis,
} from '../../src/routers'
import { captured } from '../router-vectors'
import { allNodes, far, linkLayer, near, noIp } from '../vectors'

const says = { hopLimit: 64, flags: { managed: 0, other: 0 }, lifetimeSeconds: 30, reachableMillis: 0, retransMillis: 0 }
type Message = RouterAdvertisementFrame['packet']['message']
const advertising = (more: Partial<Message>, packet: Partial<RouterAdvertisementFrame['packet']> = {}): RouterAdvertisementFrame => ({
  destination: groupMac(allNodes),
  source: near.mac,
  etherType: 0x86dd,
  packet: {
    trafficClass: 0,
    flowLabel: 0xb2458, // FRR's and BIRD's kernel gives them one
    source: near.linkLocal,
    destination: allNodes,
    message: { ...says, options: [linkLayer(1, near.mac)], ...more },
    ...packet,
  },
  padding: new Uint8Array(),
})

vectorTests('router advertisement', routerAdvertisementFrame, [
  { name: 'FRR’s', hex: captured.frr, value: advertising({}) },
  { name: 'FRR’s last', hex: captured.frrEnds, value: advertising({ lifetimeSeconds: 0 }) },
  {
    name: 'BIRD’s, with options we do not know',
    hex: captured.bird,
    value: advertising({
      lifetimeSeconds: 0,
      options: [
        { type: 5, value: unhex('0000000005dc') },
        { type: 3, value: unhex('40c0 00015180 00003840 00000000 20010db8000000000000000000000000') },
        { type: 25, value: unhex('0000 0000000f 20010db8000000000000000000000053') },
      ],
    }),
  },
])

vectorTests('router solicitation', routerSolicitationFrame, [
  { name: 'Linux’', hex: captured.solicitation, value: routerSolicitation(far) },
])

const octets = (value: RouterAdvertisementFrame): Uint8Array => encodeToBytes(routerAdvertisementFrame, value, 'ra')
const refuses = (bytes: Uint8Array, field: RegExp, codec: 'advertisement' | 'solicitation' = 'advertisement'): void =>
  assert.throws(
    () => decodeExactly<unknown>(codec === 'advertisement' ? routerAdvertisementFrame : routerSolicitationFrame, bytes, 'ra'),
    (error) => error instanceof WireError && field.test(error.field),
  )
/** Changes an octet of the message and puts the checksum right, by one's complement arithmetic on the two octets it lies in. */
function changed(hex: string, at: number, octet: number): Uint8Array {
  const bytes = unhex(hex)
  const view = new DataView(bytes.buffer)
  const half = at - (at % 2)
  const before = view.getUint16(half)
  bytes[at] = octet
  const sum = (~view.getUint16(56) & 0xffff) + (~before & 0xffff) + view.getUint16(half)
  view.setUint16(56, ~((sum & 0xffff) + (sum >> 16)) & 0xffff)
  return bytes
}

describe('RFC 4861 §6.1.2: a router advertisement is discarded', () => {
  const said = unhex(captured.frr)
  test('when its source is not link-local', () => {
    for (const source of ['2001:db8::1', 'fec0::1', 'ff02::1', '::']) {
      refuses(octets(advertising({}, { source: parseIp(source) as Ip })), /source is not link-local/)
    }
  })
  test('but not while it is in fe80::/10', () => {
    const source = parseIp('febf::1') as Ip
    assert.equal(decodeExactly(routerAdvertisementFrame, octets(advertising({}, { source })), 'ra').packet.source, source)
  })
  test('when its hop limit is not 255: a router advertisement', () => refuses(said.with(21, 254), /hopLimit/))
  test('when its checksum is wrong: a router advertisement', () => refuses(said.with(57, 0), /checksum/))
  test('when its code is not zero: a router advertisement', () => refuses(changed(captured.frr, 55, 1), /code/))
  test('when it is shorter than 16 octets', () =>
    refuses(
      octets(advertising({ options: [] }))
        .with(19, 15)
        .subarray(0, 69),
      /message/,
    ))
  test('when an option has length zero: a router advertisement', () => refuses(changed(captured.frr, 71, 0), /options\[0\]\.length/))
  test('when an option is longer than the message: a router advertisement', () => refuses(changed(captured.frr, 71, 2), /options\[0\]/))
  test('when it is another message', () => refuses(changed(captured.frr, 54, 136), /type/))
})

describe('RFC 4861 §6.1.1: a router solicitation is discarded', () => {
  const asked = unhex(captured.solicitation)
  test('when its hop limit is not 255: a router solicitation', () => refuses(asked.with(21, 254), /hopLimit/, 'solicitation'))
  test('when its checksum is wrong: a router solicitation', () => refuses(asked.with(57, 0), /checksum/, 'solicitation'))
  test('when its code is not zero: a router solicitation', () => refuses(changed(captured.solicitation, 55, 1), /code/, 'solicitation'))
  test('when it is shorter than 8 octets', () => {
    const { packet, ...frame } = routerSolicitation(far)
    const least = encodeToBytes(routerSolicitationFrame, { ...frame, packet: { ...packet, message: { options: [] } } }, 'rs')
    assert.equal(decodeExactly(routerSolicitationFrame, least, 'rs').packet.message.options.length, 0)
    refuses(least.with(19, 7).subarray(0, 61), /message/, 'solicitation')
  })
  test('when an option has length zero: a router solicitation', () =>
    refuses(changed(captured.solicitation, 63, 0), /options\[0\]\.length/, 'solicitation'))
  test('when it comes from nobody and yet says a link-layer address', () => {
    const { packet, ...frame } = routerSolicitation(far)
    const bytes = encodeToBytes(routerSolicitationFrame, { ...frame, packet: { ...packet, source: noIp } }, 'rs')
    refuses(bytes, /from nobody/, 'solicitation')
  })
})

test('RFC 4861 §4.2: what is reserved says nothing, nor does the padding of the frame', () => {
  const value = decodeExactly(routerAdvertisementFrame, new Uint8Array([...changed(captured.frr, 59, 0x3f), 0, 0, 0]), 'ra')
  assert.deepEqual(value, { ...advertising({}), padding: new Uint8Array(3) })
})

test('each field of an advertisement stands where RFC 4861 §4.2 draws it', () => {
  const more = {
    hopLimit: 1,
    flags: { managed: 1, other: 0 },
    lifetimeSeconds: 0x0203,
    reachableMillis: 0x04050607,
    retransMillis: 0x08090a0b,
  }
  const bytes = octets(advertising({ ...more, options: [] }))
  assert.equal(Buffer.from(bytes.subarray(58)).toString('hex'), '018002030405060708090a0b')
  assert.equal(octets(advertising({ ...more, flags: { managed: 0, other: 1 }, options: [] }))[59], 0x40)
})

test('what we say of ourselves is octet for octet what FRR says when it is told to say nothing else', () => {
  const { packet, ...frame } = presence(near)
  const labelled = { ...frame, packet: { ...packet, flowLabel: 0xb2458 } }
  assert.deepEqual(octets(labelled), unhex(captured.frrSilent))
  assert.equal(packet.flowLabel, 0)
})

test('a solicitation is octet for octet what Linux asks', () => {
  assert.deepEqual(encodeToBytes(routerSolicitationFrame, routerSolicitation(far), 'rs'), unhex(captured.solicitation))
  assert.equal(routerSolicitation(far).packet.destination, allRouters)
})

test('RFC 4861 §6.3.7: three solicitations, at least 4 s apart', () => {
  assert.deepEqual(solicitationDelaysMillis, [0, 4_000, 8_000])
})

test('RFC 4861 §6.2.4: the first three advertisements are at most 16 s apart, the others 200 to 600 s', () => {
  const gap = (sent: number, random: number): number => presenceGapMillis(sent, false, random)
  for (const sent of [1, 2]) assert.ok(gap(sent, 0) >= leastPresenceGapMillis && gap(sent, 0.999) <= 16_000)
  assert.deepEqual([gap(3, 0), gap(3, 1), gap(100, 0)], [200_000, 600_000, 200_000])
})

test('while a router is awaited, advertisements are at most 10 s apart, and never nearer than RFC 4861 §10 allows', () => {
  for (const sent of [1, 3, 100]) {
    assert.ok(presenceGapMillis(sent, true, 1) <= 10_000)
    assert.ok(presenceGapMillis(sent, true, 0) >= leastPresenceGapMillis)
  }
})

test('decoding is total, and a router advertisement that was decoded encodes to one that decodes to the same', () => {
  const { solicitation, ...advertisements } = captured
  const mutants = fc
    .tuple(fc.constantFrom(...Object.values(advertisements)), fc.integer({ min: 0, max: 133 }), fc.nat(255), fc.nat(140))
    .map(([hex, at, octet, length]) =>
      unhex(hex)
        .map((old, i) => (i === at ? octet : old))
        .slice(0, length),
    )
  fc.assert(
    fc.property(fc.oneof(mutants, fc.uint8Array({ maxLength: 150 })), (bytes) => {
      try {
        const value = decodeExactly(routerAdvertisementFrame, bytes, 'ra')
        assert.deepEqual(decodeExactly(routerAdvertisementFrame, octets(value), 'ra'), value)
      } catch (error) {
        assert.ok(error instanceof WireError)
      }
    }),
    { numRuns: 1_000 },
  )
})
