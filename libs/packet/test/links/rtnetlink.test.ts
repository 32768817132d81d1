import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeRtnetlink, type RtnetlinkMessage } from '../../src/links/rtnetlink'

/** `# name`, then hex, in many lines. */
const captured = new Map(
  readFileSync(join(__dirname, '../vectors/rtnetlink.hex'), 'utf8')
    .split('# ')
    .slice(2)
    .map((section): [string, Uint8Array] => {
      const [name = '', ...lines] = section.split('\n')
      return [name, Uint8Array.from(Buffer.from(lines.join(''), 'hex'))]
    }),
)
const datagram = (name: string): Uint8Array => captured.get(name) ?? assert.fail(`no capture named ${name}`)

const ethernet = { broadcast: true, loopback: false, pointToPoint: false, noArp: false, multicast: true }
const far = { index: 2, name: 'far', mac: '02:00:5e:10:00:02', up: true, running: true, flags: ethernet }

const expected: Readonly<Record<string, readonly unknown[]>> = {
  'links, a dump': [
    {
      is: 'link',
      link: {
        index: 1,
        name: 'lo',
        up: true,
        running: true,
        flags: { broadcast: false, loopback: true, pointToPoint: false, noArp: false, multicast: false },
      },
    },
    { is: 'link', link: { ...far, up: false, running: false } },
    { is: 'link', link: { ...far, index: 3, name: 'near', mac: '02:00:5e:10:00:01', up: false, running: false } },
  ],
  'end of a dump': [{ is: 'done', interrupted: false }],
  'addresses, a dump': [
    { is: 'address', index: 1, address: { ip: '127.0.0.1', length: 8, scope: 'host', tentative: false } },
    { is: 'address', index: 1, address: { ip: '::1', length: 128, scope: 'host', tentative: false } },
  ],
  'an unknown request is refused': [{ is: 'refused', negativeErrno: -95 }],
  'near has a carrier': [{ is: 'link', link: { ...far, index: 3, name: 'near', mac: '02:00:5e:10:00:01' } }],
  'fe80::5eff:fe10:2 on far': [
    { is: 'address', index: 2, address: { ip: 'fe80::5eff:fe10:2', length: 64, scope: 'link', tentative: false } },
  ],
  '192.0.2.1/24 added to near': [{ is: 'address', index: 3, address: { ip: '192.0.2.1', length: 24, scope: 'global', tentative: false } }],
  '198.51.100.1 with peer 198.51.100.2 added to near': [
    { is: 'address', index: 3, address: { ip: '198.51.100.1', length: 32, scope: 'global', tentative: false } },
  ],
  '192.0.2.1/24 removed from near': [
    { is: 'address-gone', index: 3, address: { ip: '192.0.2.1', length: 24, scope: 'global', tentative: false } },
  ],
  'far belongs to br0': [{ is: 'link', link: { ...far, master: 4 } }],
  'br0 tells of its port far': [],
  'br0 tells that far left': [],
  'far is alone again': [{ is: 'link', link: far }],
  'far is removed': [{ is: 'link-gone', index: 2 }],
}

describe('what Linux sends', () => {
  test.each(Object.entries(expected))('%s', (name, messages) => {
    assert.deepEqual(decodeRtnetlink(datagram(name)), messages)
  })

  test('every capture is looked at', () => assert.deepEqual([...captured.keys()], Object.keys(expected)))
})

test('an IPv6 address under duplicate address detection is tentative, and so is one that has a duplicate', () => {
  const flags = (octet: number): readonly RtnetlinkMessage[] => {
    const bytes = datagram('fe80::5eff:fe10:2 on far').slice()
    bytes[18] = octet // ifa_flags
    bytes[bytes.indexOf(8, 60) + 4] = octet // IFA_FLAGS, which wins
    return decodeRtnetlink(bytes)
  }
  const tentative = (octet: number): boolean[] => flags(octet).map((message) => message.is === 'address' && message.address.tentative)
  assert.deepEqual([0x80, 0xc0, 0x88].map(tentative), [[false], [true], [true]])
})

test('the first message of a dump that the kernel had to interrupt says nothing, its end says so', () => {
  const bytes = datagram('end of a dump').slice()
  bytes[6] = 0x12 // NLM_F_MULTI | NLM_F_DUMP_INTR
  assert.deepEqual(decodeRtnetlink(bytes), [{ is: 'done', interrupted: true }])
})

test('decoding is total: whatever the octets, messages come out and nothing is thrown', () => {
  const cut = fc.tuple(fc.constantFrom(...captured.values()), fc.nat(), fc.nat(), fc.nat(255)).map(([bytes, length, at, octet]) => {
    const mutant = bytes.slice(0, length % (bytes.length + 1))
    return mutant.length === 0 ? mutant : mutant.with(at % mutant.length, octet)
  })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), cut), (bytes) => {
      assert.ok(Array.isArray(decodeRtnetlink(bytes)))
    }),
    { numRuns: 2_000 },
  )
})

test('a datagram that is cut short is malformed, not half a link', () => {
  const whole = datagram('near has a carrier')
  for (let cut = 1; cut < whole.length; cut++) {
    assert.deepEqual(decodeRtnetlink(whole.subarray(0, cut)), [{ is: 'malformed' }], `cut at ${cut}`)
  }
})
