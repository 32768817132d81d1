import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { type Family, prefixText } from '@loadstone/ip'
import { encodeToBytes } from '@loadstone/wire'
import { unhex, vectorTests } from '@loadstone/wire/testing'
import fc from 'fast-check'
import type { NotificationName } from '../../../src/message/error-codes'
import { type Update, updateMessage } from '../../../src/message/update/update'
import { decodeUpdate, type Reset, type UpdateDecoderInput } from '../../../src/message/update/update-decoder'
import { negotiated } from '../../samples'

const context: UpdateDecoderInput = { ...negotiated, disabled: new Set<Family>() }
const none = unhex('')

vectorTests('UPDATE', updateMessage, [
  {
    name: 'withdrawals alone, as FRR sent them',
    hex: '0005 20cb00710a 0000',
    value: { withdrawn: unhex('20cb00710a'), attributes: none, nlri: none },
  },
])

const origin = '40 01 01 00'
const path = '40 02 06 02 01 0000fdea'
const hop = '40 03 04 0a630002'
const net = '18 c63364'
const parts = (attributes: string, nlri = net, withdrawn = ''): Uint8Array =>
  encodeToBytes(updateMessage, { withdrawn: unhex(withdrawn), attributes: unhex(attributes), nlri: unhex(nlri) }, 'UPDATE')
const read = (body: Uint8Array, more: Partial<UpdateDecoderInput> = {}): Update | Reset => decodeUpdate(body, { ...context, ...more })
const taken = (body: Uint8Array, more: Partial<UpdateDecoderInput> = {}): Update => {
  const update = read(body, more)
  assert.ok(!('reset' in update), 'reset' in update ? update.reset.name : '')
  return update
}
const texts = (list: Update['announced'] | Update['withdrawn']): readonly string[] =>
  list.flatMap(({ paths }) => paths.map(({ prefix }) => prefixText(prefix)))

/** What an UPDATE with a route and this attribute besides the mandatory ones comes to. */
const outcome = (extra: string, more: Partial<UpdateDecoderInput> = {}): string => {
  const update = read(parts(`${origin} ${path} ${hop} ${extra}`), more)
  if ('reset' in update) return `reset ${update.reset.name}`
  if (update.disabled !== undefined) return `disable ${update.disabled}`
  if (update.withdrawn.length > 0) return 'withdraw'
  return update.faults.length > 0 ? 'discard' : 'take'
}

test('as BIRD sent it: IPv4 in MP_REACH_NLRI with three kinds of communities', () => {
  const update = taken(
    unhex(
      `0000 003f 900e000d000101040a6300020018c63364 4001010040020602010000fdea c00804fdea0064 c010080002fdea00000007 c0200c0000fdea0000000100000002`,
    ),
  )
  assert.deepEqual(update, {
    announced: [{ family: 'ipv4', nextHops: ['10.99.0.2'], paths: [{ prefix: { ip: '198.51.100.0', length: 24 } }] }],
    withdrawn: [],
    attributes: {
      origin: 'igp',
      asPath: [{ kind: 'sequence', ases: [65002] }],
      communities: ['65002:100'],
      extendedCommunities: ['rt:65002:7'],
      largeCommunities: ['65002:1:2'],
      unknown: [],
    },
    faults: [],
  })
})

test('RFC 2545 §3: a next hop of 32 octets is a global and a link-local address', () => {
  const { announced } = taken(
    unhex(
      '0000 003d 900e002c000201 20 fd000099000000000000000000000002 fe80000000000000845c3efffe627f64 00 3020010db80002 4001010040020602010000fdea',
    ),
  )
  assert.deepEqual(announced[0]?.nextHops, ['fd00:99::2', 'fe80::845c:3eff:fe62:7f64'])
})

test('RFC 4724 §2: an empty UPDATE ends the RIB of IPv4, an empty MP_UNREACH_NLRI that of its family', () => {
  assert.equal(taken(unhex('0000 0000')).endOfRib, 'ipv4')
  assert.equal(taken(unhex('0000 0006 800f03000201')).endOfRib, 'ipv6')
  assert.equal(taken(unhex('0000 0007 900f0003000201')).endOfRib, 'ipv6', 'with the long length of ExaBGP')
})

test('RFC 4760 §4: MP_UNREACH_NLRI withdraws', () => {
  assert.deepEqual(texts(taken(parts('80 0f 0a 0002 01 30 20010db80002', '')).withdrawn), ['2001:db8:2::/48'])
})

test('routes of a family that was not agreed on are left alone', () => {
  const update = taken(parts('80 0e 1c 0002 01 10 fd000099000000000000000000000002 00 30 20010db80002', ''), { families: ['ipv4'] })
  assert.deepEqual([update.announced, update.withdrawn], [[], []])
})

test('an unknown optional attribute is kept as it came', () => {
  const { attributes } = taken(parts(`${origin} ${path} ${hop} e0 63 02 beef`))
  assert.deepEqual(attributes.unknown, [{ type: 99, flags: { optional: true, transitive: true, partial: true }, value: unhex('beef') }])
})

test('RFC 4271 §5: attributes may come in any order', () => {
  const update = taken(parts(`${hop} ${path} ${origin}`))
  assert.deepEqual([texts(update.announced), update.faults], [['198.51.100.0/24'], []])
})

test('RFC 4271 §4.3: the lower four bits of the flags mean nothing', () => {
  assert.deepEqual(taken(parts(`4f 01 01 00 ${path} ${hop}`)).faults, [])
})

test('RFC 4271 §4.3: a prefix that is withdrawn and announced at once is read as both, the withdrawal first', () => {
  const update = taken(parts(`${origin} ${path} ${hop}`, net, net))
  assert.deepEqual([texts(update.withdrawn), texts(update.announced), update.faults], [['198.51.100.0/24'], ['198.51.100.0/24'], []])
})

test('RFC 4760 §3: the reserved octet of MP_REACH_NLRI means nothing', () => {
  const reach = '80 0e 1c 0002 01 10 fd000099000000000000000000000002 ff 30 20010db80002'
  assert.deepEqual(taken(parts(`${reach} ${origin} ${path}`, '')).faults, [])
})

test('RFC 8092 §3: a large community that comes twice counts once', () => {
  const { attributes } = taken(parts(`${origin} ${path} ${hop} c0 20 18 ${'0000fdea 00000001 00000002'.repeat(2)}`))
  assert.deepEqual(attributes.largeCommunities, ['65002:1:2'])
})

test('RFC 8950 §3, §4: IPv4 routes may have an IPv6 next hop where agreed, and only there', () => {
  const reach = `80 0e 1c 0001 01 10 fd000099000000000000000000000002 00 18 c63364 ${'00'.repeat(3)}`
  const body = parts(`${reach} ${origin} ${path}`, '')
  assert.deepEqual(taken(body, { extendedNextHop: true }).announced[0]?.nextHops, ['fd00:99::2'])
  assert.equal(taken(body).disabled, 'ipv4')
})

/** RFC 7606 §7 and the RFCs of the later attributes: each malformed attribute, and what it costs. */
const remedies: Readonly<Record<string, readonly [string, string]>> = {
  'RFC 7606 §7.4: MULTI_EXIT_DISC of three octets': ['80 04 03 000000', 'withdraw'],
  'RFC 7606 §7.5: LOCAL_PREF from an external peer': ['40 05 04 00000064', 'discard'],
  'RFC 7606 §7.6: ATOMIC_AGGREGATE with content': ['40 06 01 00', 'discard'],
  'RFC 7606 §7.7: AGGREGATOR of seven octets': ['c0 07 07 00000000000000', 'discard'],
  'RFC 7607 §2: AGGREGATOR of AS 0': ['c0 07 08 00000000 c0000201', 'discard'],
  'RFC 7606 §7.8: COMMUNITIES of no multiple of four': ['c0 08 05 fdea006400', 'withdraw'],
  'RFC 7606 §7.8: COMMUNITIES of nothing': ['c0 08 00', 'withdraw'],
  'RFC 7606 §7.9: ORIGINATOR_ID from an external peer': ['80 09 04 c0000201', 'discard'],
  'RFC 7606 §7.10: CLUSTER_LIST from an external peer': ['80 0a 04 c0000201', 'discard'],
  'RFC 7606 §7.14: EXTENDED COMMUNITIES of no multiple of eight': ['c0 10 04 fdea0064', 'withdraw'],
  'RFC 8092 §6: LARGE_COMMUNITY of no multiple of twelve': ['c0 20 08 0000fdea00000001', 'withdraw'],
  'RFC 9234 §5: OTC of three octets': ['c0 23 03 00fdea', 'withdraw'],
  'RFC 6793 §6: AS4_PATH from a peer of four octets': ['c0 11 06 02 01 0000fdea', 'discard'],
  'RFC 6793 §6: AS4_AGGREGATOR from a peer of four octets': ['c0 12 08 0000fdea c0000201', 'discard'],
  'RFC 7606 §3 c: COMMUNITIES that claim to be well-known': ['40 08 04 fdea0064', 'withdraw'],
  'RFC 7606 §4: an attribute longer than what is left': ['c0 08 08 fdea0064', 'withdraw'],
  'RFC 7606 §4: fewer octets than an attribute needs': ['c0 08', 'withdraw'],
  'RFC 4271 §6.3: a well-known attribute that nobody knows': ['40 63 00', 'reset unrecognizedWellKnownAttribute'],
  'RFC 7606 §7.11: MP_REACH_NLRI with a next hop of five octets': ['80 0e 0e 0002 01 05 0a63000200 00 18 200100', 'disable ipv6'],
  'RFC 7606 §5.3: MP_REACH_NLRI with a prefix of 129 bits': [`80 0e 16 0002 01 10 ${'fd'.repeat(16)} 00 81`, 'disable ipv6'],
  'RFC 7606 §5.3: MP_UNREACH_NLRI with a cut prefix': ['80 0f 05 0002 01 30 20', 'disable ipv6'],
  'RFC 7606 §5.3: MP_REACH_NLRI too short to name its family': ['80 0e 02 0002', 'reset optionalAttributeError'],
  'RFC 7606 §3 g: MP_UNREACH_NLRI twice': ['80 0f 03 000201 80 0f 03 000201', 'reset malformedAttributeList'],
}
for (const [title, [extra, expected]] of Object.entries(remedies)) {
  test(`${title}: ${expected}`, () => assert.equal(outcome(extra), expected))
}

test('RFC 7606 §3 g: of an attribute that comes twice, the first counts', () => {
  const update = taken(parts(`${origin} ${path} ${hop} 40 01 01 02`))
  assert.equal(update.attributes.origin, 'igp')
  assert.deepEqual(texts(update.announced), ['198.51.100.0/24'])
})

const mandatory: Readonly<Record<string, string>> = {
  'RFC 7606 §7.1: ORIGIN of two octets': `40 01 02 0000 ${path} ${hop}`,
  'RFC 7606 §7.1: ORIGIN of an unknown value': `40 01 01 03 ${path} ${hop}`,
  'RFC 7606 §7.2: AS_PATH with an unknown kind of segment': `${origin} 40 02 06 05 01 0000fdea ${hop}`,
  'RFC 7606 §7.2: AS_PATH cut in a segment': `${origin} 40 02 05 02 01 0000fd ${hop}`,
  'RFC 7606 §7.2: AS_PATH with a segment of nobody': `${origin} 40 02 02 02 00 ${hop}`,
  'RFC 7607 §2: AS_PATH through AS 0': `${origin} 40 02 06 02 01 00000000 ${hop}`,
  'RFC 7606 §7.3: NEXT_HOP of five octets': `${origin} ${path} 40 03 05 0a63000200`,
  'RFC 4271 §6.3: NEXT_HOP that is no host': `${origin} ${path} 40 03 04 e0000001`,
  'RFC 7606 §3 d: no ORIGIN': `${path} ${hop}`,
  'RFC 7606 §3 d: no AS_PATH': `${origin} ${hop}`,
  'RFC 7606 §3 d: no NEXT_HOP': `${origin} ${path}`,
}
for (const [title, attributes] of Object.entries(mandatory)) {
  test(`${title}: the routes become withdrawals`, () => {
    const update = taken(parts(attributes))
    assert.deepEqual([texts(update.announced), texts(update.withdrawn)], [[], ['198.51.100.0/24']])
    assert.equal(update.faults.length, 1)
  })
}

/** From a peer inside the AS, with LOCAL_PREF. */
const inside: Readonly<Record<string, readonly [string, string]>> = {
  'RFC 7606 §7.9: ORIGINATOR_ID of three octets': ['80 09 03 c00002', 'withdraw'],
  'RFC 7606 §7.9: ORIGINATOR_ID as it should be': ['80 09 04 c0000201', 'take'],
  'RFC 7606 §7.10: CLUSTER_LIST of no multiple of four': ['80 0a 05 c000020100', 'withdraw'],
  'RFC 7606 §7.10: CLUSTER_LIST of nothing': ['80 0a 00', 'withdraw'],
}
for (const [title, [extra, expected]] of Object.entries(inside)) {
  test(`${title}, from inside the AS: ${expected}`, () => assert.equal(outcome(`40 05 04 00000064 ${extra}`, { internal: true }), expected))
}

/** From a peer of two octets; the path it gives is AS_TRANS alone. */
const twoOctet: Readonly<Record<string, string>> = {
  'RFC 6793 §6: AS4_PATH cut in a segment': 'c0 11 05 02 01 0000fd',
  'RFC 6793 §6: AS4_PATH with an unknown kind of segment': 'c0 11 06 05 01 000186a0',
  'RFC 7607 §2: AS4_PATH through AS 0': 'c0 11 06 02 01 00000000',
  'RFC 6793 §6: AS4_AGGREGATOR of seven octets': 'c0 12 07 000186a0c00002',
  'RFC 7607 §2: AS4_AGGREGATOR of AS 0': 'c0 12 08 00000000 c0000201',
}
for (const [title, extra] of Object.entries(twoOctet)) {
  test(`${title}, from a peer of two octets, is discarded, and the route taken without it`, () => {
    const update = taken(parts(`${origin} 40 02 04 02 01 5ba0 ${hop} ${extra}`), { fourOctetAs: false })
    assert.deepEqual(texts(update.announced), ['198.51.100.0/24'])
    assert.deepEqual(update.attributes.asPath, [{ kind: 'sequence', ases: [23_456] }])
    assert.deepEqual(
      update.faults.map(({ remedy }) => remedy),
      ['attribute-discard'],
    )
  })
}

test('RFC 8092 §6: a reserved AS in a large community is no fault', () => {
  for (const as of ['00000000', '0000ffff', 'ffffffff']) assert.equal(outcome(`c0 20 0c ${as} 00000001 00000002`), 'take')
})

test('RFC 7606 §3 d: LOCAL_PREF is mandatory inside an AS, and there it is read', () => {
  assert.equal(outcome('', { internal: true }), 'withdraw')
  assert.equal(outcome('40 05 04 00000064', { internal: true }), 'take')
  assert.equal(outcome('40 05 03 000064', { internal: true }), 'withdraw')
})

test('RFC 7606 §5.2: a fault in a message without routes has nothing to withdraw, so it resets', () => {
  const update = read(parts('c0 08 05 fdea006400', ''))
  assert.deepEqual('reset' in update && update.reset.name, 'optionalAttributeError')
})

test('RFC 7606 §5.3: wrong flags of MP_REACH_NLRI or MP_UNREACH_NLRI give the family up, and the rest of the message stands', () => {
  const reach = `c0 0e 1c 0002 01 10 ${'fd'.repeat(16)} 00 30 20010db80002`
  for (const incorrect of [reach, 'c0 0f 0a 0002 01 30 20010db80002', '40 0f 0a 0002 01 30 20010db80002']) {
    const update = taken(parts(`${incorrect} ${origin} ${path} ${hop}`))
    assert.deepEqual([texts(update.announced), update.withdrawn, update.disabled], [['198.51.100.0/24'], [], 'ipv6'], incorrect)
  }
  assert.equal(taken(parts(`c0 0f 0a 4006 f0 30 20010db80002 ${origin} ${path} ${hop}`)).disabled, undefined, 'a family nobody agreed on')
})

test('RFC 7606 §2: routes of other families in the message stand when one family is given up', () => {
  const update = taken(parts(`${origin} ${path} ${hop} 80 0f 05 0002 01 30 20`))
  assert.deepEqual(texts(update.announced), ['198.51.100.0/24'])
})

test('RFC 7606 §2: nothing is taken any more of a family that was given up', () => {
  const body = parts(`80 0e 1c 0002 01 10 ${'fd'.repeat(16)} 00 30 20010db80002 ${origin} ${path}`, '')
  assert.deepEqual(texts(taken(body).announced), ['2001:db8:2::/48'])
  assert.deepEqual(texts(taken(body, { disabled: new Set<Family>(['ipv6']) }).announced), [])
})

test('RFC 4271 §6.3: the NOTIFICATION carries the attribute at fault', () => {
  const update = read(parts(`${origin} ${path} ${hop} 40 63 01 07`))
  assert.ok('reset' in update)
  assert.deepEqual(update.reset.data, unhex('40 63 01 07'))
})

const broken: Readonly<Record<string, readonly [string, NotificationName]>> = {
  'RFC 7606 §3 b: withdrawals longer than the message': ['00ff 0000', 'malformedAttributeList'],
  'RFC 7606 §3 b: attributes longer than the message': ['0000 00ff', 'malformedAttributeList'],
  'RFC 7606 §5.3: a withdrawn prefix of 33 bits': ['0006 21c633640000 0000', 'invalidNetworkField'],
  'RFC 7606 §5.3: an announced prefix that is cut': ['0000 0000 18c633', 'invalidNetworkField'],
}
for (const [title, [hex, name]] of Object.entries(broken)) {
  test(`${title}: the session is reset`, () => {
    const update = read(unhex(hex))
    assert.deepEqual('reset' in update && update.reset.name, name)
  })
}

test('RFC 6793 §4.2.3: from a peer of two octets, AS4_PATH tells the true path and AS4_AGGREGATOR the true aggregator', () => {
  const two = { fourOctetAs: false }
  const body = parts(`${origin} 40 02 06 02 02 fdea 5ba0 ${hop} c0 07 06 5ba0 c0000201 c0 11 06 02 01 000186a0 c0 12 08 000186a0 c0000201`)
  const { attributes } = taken(body, two)
  assert.deepEqual(
    attributes.asPath?.flatMap(({ ases }) => ases),
    [65002, 100_000],
  )
  assert.deepEqual(attributes.aggregator, { as: 100_000, speaker: '192.0.2.1' })
})

test('RFC 6793 §4.2.3: an AGGREGATOR that is not AS_TRANS overrules both', () => {
  const body = parts(`${origin} 40 02 06 02 02 fdea 5ba0 ${hop} c0 07 06 fdea c0000201 c0 11 06 02 01 000186a0 c0 12 08 000186a0 c0000201`)
  const { attributes } = taken(body, { fourOctetAs: false })
  assert.deepEqual(
    attributes.asPath?.flatMap(({ ases }) => ases),
    [65002, 23_456],
  )
  assert.equal(attributes.aggregator?.as, 65002)
})

test('any octets are judged without throwing', () => {
  const good = parts(`${origin} ${path} ${hop} c0 08 04 fdea0064 80 0e 1c 0002 01 10 ${'fd'.repeat(16)} 00 30 20010db80002`)
  const isJudged = (body: Uint8Array): boolean => {
    const update = read(body)
    if ('reset' in update) return update.reset.name.length > 0
    return [...texts(update.announced), ...texts(update.withdrawn)].every((text) => /^[0-9a-f.:]+\/\d+$/.test(text))
  }
  fc.assert(fc.property(fc.uint8Array({ minLength: 4, maxLength: 200 }), isJudged))
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), (at, octet) => isJudged(good.with(at, octet))),
    { numRuns: 2000 },
  )
})
