import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { type Ip, parseIp } from '@loadstone/ip'
import { decodeExactly, encodeToBytes } from '@loadstone/wire'
import { unhex, vectorTests } from '@loadstone/wire/testing'
import { capabilitiesOf, openMessage } from '../../src/message/open'
import { peerOpenOf } from '../../src/session/peer-open'

const ip = (text: string): Ip => parseIp(text) as Ip

vectorTests('OPEN', openMessage, [
  {
    name: 'AS 65001, IPv4 unicast and four-octet AS',
    hex: `
      04 fde9 005a c0000201   # version, AS, 90 s, 192.0.2.1
      0e 02 0c                # 14 octets of parameters: one, type 2, 12 long
      01 04 0001 00 01        # multiprotocol: IPv4, unicast
      41 04 0000fde9          # four-octet AS
    `,
    value: {
      version: 4,
      myAs: 65001,
      holdSeconds: 90,
      id: ip('192.0.2.1'),
      parameters: [{ type: 2, value: unhex('01040001 0001 41040000fde9') }],
    },
  },
  {
    name: 'RFC 9072 §2: parameters of more than 254 octets',
    hex: `
      04 fde9 005a c0000201
      ff ff 0103                        # extended: 259 octets follow
      02 0100 ${'fe06 000102030405'.repeat(32)}   # one parameter of 256
    `,
    value: {
      version: 4,
      myAs: 65001,
      holdSeconds: 90,
      id: ip('192.0.2.1'),
      parameters: [{ type: 2, value: unhex('fe06 000102030405'.repeat(32)) }],
    },
  },
])

test('RFC 9072 §2: the usual form up to 254 octets, the extended one beyond', () => {
  const lead = (octets: number): Uint8Array => {
    const parameters = [
      { type: 2, value: new Uint8Array(200) },
      { type: 2, value: new Uint8Array(octets - 204) },
    ]
    const open = { version: 4, myAs: 65001, holdSeconds: 90, id: ip('192.0.2.1'), parameters }
    const bytes = encodeToBytes(openMessage, open, 'OPEN')
    assert.deepEqual(decodeExactly(openMessage, bytes, 'OPEN'), open)
    return bytes.subarray(9, 11)
  }
  assert.deepEqual(lead(254), unhex('fe 02'))
  assert.deepEqual(lead(255), unhex('ff ff'))
  assert.deepEqual(lead(300), unhex('ff ff'))
})

test('RFC 9072 §2: the extended form is understood even where the usual would do', () => {
  for (const length of ['ff', '08', '01']) {
    const open = decodeExactly(openMessage, unhex(`04 fde9 005a c0000201 ${length} ff 0005 02 0002 0200`), 'OPEN')
    assert.deepEqual(open.parameters, [{ type: 2, value: unhex('0200') }], length)
  }
})

/** Bodies as the daemons of Debian 12 sent them. */
const captured = {
  frr: `04 fdea 0009 0a630002 54 0206 010400010001 0206 010400020001 0202 8000 0202 0200 0202 4600 0206 41040000fdea 0202 0600
    020a 4508 00010101 00020101 0206 4904 02766d00 0204 4002 c078 0210 470e 00010180000000 00020180000000`,
  bird: `04 fdea 0009 0a630002 44 0242 010400010001 010400020001 0200 0506000100010002 0600 400a0078 00010100 00020100 41040000fdea
    450400010101 4600 470e 00010100000e10 00020100000e10`,
  gobgp: '04 5ba0 005a 0a630002 2c 022a 0200 490402766d00 010400010001 010400020001 4104fa56ea01 4006001400010100 0506000100010002',
  exabgp: `04 fdea 0009 0a630002 3e 0206 010400010001 0206 010400020001 0206 41040000fdea 020a 4508 00010103 00020103
    020c 400a 801e 00010180 00020180 0202 0200 0202 4600 0202 0600`,
} as const

const offers: Readonly<Record<keyof typeof captured, object>> = {
  frr: { as: 65002, holdSeconds: 9, enhancedRefresh: true, extendedMessage: true, addPath: { ipv4: 'receive', ipv6: 'receive' } },
  bird: { as: 65002, extendedNextHop: true, addPath: { ipv4: 'receive' }, longLived: { ipv4: 3600, ipv6: 3600 } },
  gobgp: { as: 4_200_000_001, fourOctetAs: true, enhancedRefresh: false, extendedMessage: false, extendedNextHop: true },
  exabgp: { as: 65002, addPath: { ipv4: 'both', ipv6: 'both' }, extendedMessage: true },
}

for (const [daemon, hex] of Object.entries(captured)) {
  test(`the OPEN of ${daemon} means what it says, and encodes back bit for bit`, () => {
    const open = decodeExactly(openMessage, unhex(hex), 'OPEN')
    const offer = peerOpenOf(open)
    const expected = offers[daemon as keyof typeof offers]
    assert.deepEqual({ ...offer, ...expected }, offer)
    assert.deepEqual(offer.families, ['ipv4', 'ipv6'])
    assert.deepEqual(encodeToBytes(openMessage, open, 'OPEN'), unhex(hex))
  })
}

test('RFC 4724 §3: restart time, and which families keep forwarding', () => {
  const offer = peerOpenOf(decodeExactly(openMessage, unhex(captured.exabgp), 'OPEN'))
  assert.deepEqual(offer.gracefulRestart, {
    restarted: true,
    notification: false,
    seconds: 30,
    families: [
      { family: 'ipv4', forwarding: true },
      { family: 'ipv6', forwarding: true },
    ],
  })
})

const said = (capabilities: string): ReturnType<typeof peerOpenOf> => {
  const value = unhex(capabilities)
  return peerOpenOf({ version: 4, myAs: 65002, holdSeconds: 90, id: ip('192.0.2.2'), parameters: [{ type: 2, value }] })
}

test('RFC 4760 §8: who names no family routes IPv4 unicast alone', () => {
  assert.deepEqual(said('').families, ['ipv4'])
  assert.deepEqual(said('0104 0002 00 01').families, ['ipv6'])
})

test('RFC 4760 §8: the reserved octet of the capability means nothing', () => {
  assert.deepEqual(said('0104 0002 ff 01').families, ['ipv6'])
})

test('RFC 4724 §3: of several graceful restart capabilities the last counts, and the reserved bits mean nothing', () => {
  assert.equal(said('4002 001e 4002 703c').gracefulRestart?.seconds, 60)
  assert.equal(said('4002 001e 4002 703c').gracefulRestart?.restarted, false)
})

test('RFC 7911 §4: a way that is neither receive, send nor both counts as not offered', () => {
  assert.deepEqual(said('4508 00010104 00020103').addPath, { ipv6: 'both' })
})

test('RFC 5492 §3: an unknown capability is kept and changes nothing', () => {
  const offer = said('fe03 010203')
  assert.deepEqual(offer.capabilities, [{ code: 254, value: unhex('010203') }])
})

test('a capability whose value is malformed counts as not offered', () => {
  assert.equal(said('4103 000001').fourOctetAs, false)
  assert.equal(said('0201 00').routeRefresh, false)
  assert.equal(said('0601 00').extendedMessage, false)
})

test('RFC 5492 §4: capabilities may come in several parameters', () => {
  const parameters = [
    { type: 2, value: unhex('0200') },
    { type: 2, value: unhex('4600') },
  ]
  const open = { version: 4, myAs: 1, holdSeconds: 90, id: ip('192.0.2.2'), parameters }
  assert.deepEqual(
    capabilitiesOf(open).map(({ code }) => code),
    [2, 70],
  )
})

// Regressions keep the bytes that broke us and say what they broke.
const rejected = {
  'parameter longer than the list': ['04 fde9 005a c0000201 04 02 03 01 04', 'truncated at byte 12'],
  'parameter list shorter than the message': ['04 fde9 005a c0000201 00 ff', 'trailing at byte 10'],
  'parameter list longer than the message': ['04 fde9 005a c0000201 03 02 00', 'truncated at byte 10'],
} as const
for (const [name, [hex, message]] of Object.entries(rejected)) {
  test(`OPEN: rejects a ${name}`, () => {
    assert.throws(() => decodeExactly(openMessage, unhex(hex), 'OPEN'), { message: new RegExp(message) })
  })
}
