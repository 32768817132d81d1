import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { decodeExactly, WireError } from '@loadstone/wire'
import { unhex, vectorTests } from '@loadstone/wire/testing'
import fc from 'fast-check'
import { bfdControl, type ControlPacket, decodeControl, encodeControl, sessionStates } from '../../src/packet/control-packet'

const quiet = { diagnostic: 0, poll: false, final: false, controlPlaneIndependent: false, demand: false }

vectorTests('BFD control', bfdControl, [
  {
    name: 'the figure of RFC 5880 §4.1, every bit set but A and M',
    hex: `
      3f fa ff 18          # version 1, diag 31 | Up, P F C D | mult 255 | length 24
      00000001 ffffffff    # discriminators
      ffffffff 00000000    # intervals, the longest and none
      00000001             # echo
    `,
    value: {
      diagnostic: 31,
      state: 'up',
      poll: true,
      final: true,
      controlPlaneIndependent: true,
      demand: true,
      detectMultiplier: 255,
      myDiscriminator: 1,
      yourDiscriminator: 0xffff_ffff,
      desiredMinTxMicros: 0xffff_ffff,
      requiredMinRxMicros: 0,
      requiredMinEchoRxMicros: 1,
    },
  },
  {
    name: 'BIRD 2.0.12, Down, hearing nobody',
    hex: '20400518 e7fef915 00000000 000f4240 00011170 00000000',
    value: {
      ...quiet,
      state: 'down',
      detectMultiplier: 5,
      myDiscriminator: 0xe7fef915,
      yourDiscriminator: 0,
      desiredMinTxMicros: 1_000_000,
      requiredMinRxMicros: 70_000,
      requiredMinEchoRxMicros: 0,
    },
  },
  {
    name: 'BIRD 2.0.12, Up, polling',
    hex: '20e00418 87ddf12e e7fef915 000186a0 000186a0 00000000',
    value: {
      ...quiet,
      state: 'up',
      poll: true,
      detectMultiplier: 4,
      myDiscriminator: 0x87ddf12e,
      yourDiscriminator: 0xe7fef915,
      desiredMinTxMicros: 100_000,
      requiredMinRxMicros: 100_000,
      requiredMinEchoRxMicros: 0,
    },
  },
  {
    name: 'FRR 8.4.4, Up, answering a Poll, offering echo',
    hex: '20d00318 67002ff6 dbc5f40c 0000c350 0000c350 0000c350',
    value: {
      ...quiet,
      state: 'up',
      final: true,
      detectMultiplier: 3,
      myDiscriminator: 0x67002ff6,
      yourDiscriminator: 0xdbc5f40c,
      desiredMinTxMicros: 50_000,
      requiredMinRxMicros: 50_000,
      requiredMinEchoRxMicros: 50_000,
    },
  },
  {
    name: 'FRR 8.4.4, Down because we said AdminDown, and a transmit interval that RFC 5880 reserves',
    hex: '23400318 67002ff6 00000000 00000000 0000c350 0000c350',
    value: {
      ...quiet,
      diagnostic: 3,
      state: 'down',
      detectMultiplier: 3,
      myDiscriminator: 0x67002ff6,
      yourDiscriminator: 0,
      desiredMinTxMicros: 0,
      requiredMinRxMicros: 50_000,
      requiredMinEchoRxMicros: 50_000,
    },
  },
  {
    name: 'BIRD 2.0.12, a simple password',
    hex: '20440521 236b67bd 00000000 000f4240 00011170 00000000 01 09 01 736573616d65',
    value: {
      ...quiet,
      state: 'down',
      detectMultiplier: 5,
      myDiscriminator: 0x236b67bd,
      yourDiscriminator: 0,
      desiredMinTxMicros: 1_000_000,
      requiredMinRxMicros: 70_000,
      requiredMinEchoRxMicros: 0,
      authentication: unhex('01 09 01 736573616d65'),
    },
  },
  {
    name: 'BIRD 2.0.12, meticulous keyed SHA1',
    hex: '20440534 24f45732 00000000 000f4240 00011170 00000000 051c0100 d89f22c2 7cf8e73ec409ef396887ff363493a1ffc32c0eae',
    value: {
      ...quiet,
      state: 'down',
      detectMultiplier: 5,
      myDiscriminator: 0x24f45732,
      yourDiscriminator: 0,
      desiredMinTxMicros: 1_000_000,
      requiredMinRxMicros: 70_000,
      requiredMinEchoRxMicros: 0,
      authentication: unhex('051c0100 d89f22c2 7cf8e73ec409ef396887ff363493a1ffc32c0eae'),
    },
  },
])

const rest = '00000007 00000009 000493e0 000493e0 00000000'
const accepted = unhex(`20 c0 03 18 ${rest}`)

/** The discards of RFC 5880 §6.8.6 that need no session: each takes a packet that is accepted and breaks one thing. */
const discarded = {
  'the version is not 1': [`40 c0 03 18 ${rest}`, 'out-of-range at byte 0, field bfd: version'],
  'the length is below 24': [`20 c0 03 17 ${rest}`, 'out-of-range at byte 3, field bfd.body.length'],
  'the A bit is set and the length is below 26': [`20 c4 03 19 ${rest} 01`, 'out-of-range at byte 0, field bfd: length'],
  'the length exceeds the payload': [`20 c0 03 19 ${rest}`, 'truncated at byte 4, field bfd.body'],
  'the detect multiplier is zero': [`20 c0 00 18 ${rest}`, 'out-of-range at byte 0, field bfd: detect multiplier'],
  'the multipoint bit is set': [`20 c1 03 18 ${rest}`, 'out-of-range at byte 0, field bfd: multipoint'],
  'my discriminator is zero': [`20 c0 03 18 00000000 ${rest.slice(9)}`, 'out-of-range at byte 0, field bfd: my discriminator'],
} as const

describe('RFC 5880 §6.8.6', () => {
  test('a packet that breaks no rule is accepted', () => assert.equal(decodeControl(accepted).state, 'up'))

  for (const [when, [hex, message]] of Object.entries(discarded)) {
    test(`a packet is discarded when ${when}`, () => {
      assert.throws(() => decodeControl(unhex(hex)), { name: 'WireError', message })
    })
  }

  test('octets after the length the packet gives are no reason to discard it', () => {
    const padded = Uint8Array.from([...accepted, 1, 2, 3])
    assert.deepEqual(decodeControl(padded), decodeControl(accepted))
  })
})

const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const packets: fc.Arbitrary<Partial<ControlPacket>> = fc.record(
  {
    diagnostic: fc.integer({ min: 0, max: 31 }),
    state: fc.constantFrom(...sessionStates),
    poll: fc.boolean(),
    final: fc.boolean(),
    controlPlaneIndependent: fc.boolean(),
    demand: fc.boolean(),
    detectMultiplier: fc.integer({ min: 1, max: 255 }),
    myDiscriminator: fc.integer({ min: 1, max: 0xffff_ffff }),
    yourDiscriminator: u32,
    desiredMinTxMicros: u32,
    requiredMinRxMicros: u32,
    requiredMinEchoRxMicros: u32,
    authentication: fc.uint8Array({ minLength: 2, maxLength: 30 }),
  },
  { requiredKeys: [] },
)

test('BFD control: what is encoded decodes to itself', () => {
  fc.assert(
    fc.property(packets, (packet) => {
      const whole = { ...decodeControl(accepted), ...packet }
      assert.deepEqual(decodeControl(encodeControl(whole)), whole)
    }),
  )
})

test('BFD control: any octets either decode or are a WireError', () => {
  const nearly = fc.tuple(fc.constant(accepted), fc.uint8Array({ maxLength: 8 }), fc.nat(23)).map(([base, noise, at]) => {
    const octets = base.slice()
    octets.set(noise.subarray(0, 24 - at), at)
    return octets
  })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), nearly), (octets) => {
      try {
        const packet = decodeExactly(bfdControl, octets, 'bfd')
        assert.ok(packet.detectMultiplier > 0 && packet.myDiscriminator > 0)
      } catch (error) {
        assert.ok(error instanceof WireError)
      }
    }),
    { numRuns: 2000 },
  )
})
