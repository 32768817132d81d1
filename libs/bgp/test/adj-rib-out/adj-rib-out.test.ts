import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { type Family, type Ip, type Prefix, parseIp, prefixText } from '@loadstone/ip'
import { encodeToBytes } from '@loadstone/wire'
import { unhex } from '@loadstone/wire/testing'
import fc from 'fast-check'
import { AdjRibOut } from '../../src/adj-rib-out/adj-rib-out'
import { type Route, route } from '../../src/adj-rib-out/route'
import type { EncoderInput } from '../../src/adj-rib-out/update-encoder'
import { frame } from '../../src/message/frame'
import type { NegotiatedSession } from '../../src/message/negotiated-session'
import { largeCommunities } from '../../src/message/update/attribute-values'
import { type LargeCommunity, parseLargeCommunity } from '../../src/message/update/community'
import type { Update } from '../../src/message/update/update'
import { decodeUpdate } from '../../src/message/update/update-decoder'
import { negotiated } from '../samples'

const ip = (text: string): Ip => parseIp(text) as Ip
const speaker: EncoderInput = {
  negotiated,
  localAs: 65001,
  local: ip('192.0.2.1'),
  remote: ip('192.0.2.2'),
  nextHops: { ipv6: ip('2001:db8::1') },
  onlyToCustomer: false,
  draining: false,
}

/** Everything there is to say, as the peer reads it. */
function said(rib: AdjRibOut, more: Partial<NegotiatedSession> = {}): readonly Update[] {
  const updates: Update[] = []
  for (let message = rib.next(); message !== undefined; message = rib.next()) {
    const framed = frame(message, 65_535)
    assert.ok('message' in framed && framed.rest.length === 0)
    if (framed.message.kind !== 'update') continue
    const update = decodeUpdate(framed.message.body, {
      ...negotiated,
      ...more,
      addPathReceive: more.addPathSend ?? [],
      disabled: new Set<Family>(),
    })
    assert.ok(!('reset' in update))
    assert.deepEqual(update.faults, [])
    updates.push(update)
  }
  return updates
}
const words = (updates: readonly Update[]): readonly string[] =>
  updates.flatMap(({ announced, withdrawn, endOfRib }) => [
    ...withdrawn.flatMap(({ paths }) => paths.map(({ prefix }) => `- ${prefixText(prefix)}`)),
    ...announced.flatMap(({ paths }) => paths.map(({ prefix }) => `+ ${prefixText(prefix)}`)),
    ...(endOfRib === undefined ? [] : [`end of ${endOfRib}`]),
  ])

/** Up, with these routes said already. */
function settled(routes: readonly Route[], more: Partial<EncoderInput> = {}): AdjRibOut {
  const rib = new AdjRibOut()
  rib.reconcile(routes)
  rib.up({ ...speaker, ...more })
  said(rib, { ...negotiated, ...more.negotiated })
  return rib
}

test('RFC 4724 §2: a new session is told everything, then that it is everything', () => {
  const rib = new AdjRibOut()
  rib.reconcile([route('198.51.100.1/32'), route('198.51.100.2/32'), route('2001:db8:1::/64')])
  assert.equal(rib.next(), undefined)
  rib.up(speaker)
  assert.deepEqual(words(said(rib)), ['+ 198.51.100.1/32', '+ 198.51.100.2/32', 'end of ipv4', '+ 2001:db8:1::/64', 'end of ipv6'])
  assert.deepEqual(rib.advertised, { ipv4: 2, ipv6: 1 })
})

test('nothing is said twice, and what is missing from the whole truth is withdrawn', () => {
  const routes = [route('198.51.100.1/32'), route('198.51.100.2/32')]
  const rib = settled(routes)
  rib.reconcile(routes)
  assert.deepEqual(words(said(rib)), [])
  rib.reconcile([route('198.51.100.2/32'), route('198.51.100.3/32')])
  assert.deepEqual(words(said(rib)), ['- 198.51.100.1/32', '+ 198.51.100.3/32'])
})

test('what changes back before it was said is not said', () => {
  const rib = settled([route('198.51.100.1/32')])
  rib.withdraw([route('198.51.100.1/32')])
  rib.announce([route('198.51.100.1/32')])
  rib.announce([route('198.51.100.2/32')])
  rib.withdraw([route('198.51.100.2/32')])
  assert.deepEqual(words(said(rib)), [])
})

test('changed attributes are announced again, with the new ones', () => {
  const rib = settled([route('198.51.100.1/32')])
  rib.announce([route('198.51.100.1/32', { med: 7 })])
  const [update] = said(rib)
  assert.equal(update?.attributes.med, 7)
  assert.deepEqual(rib.advertised, { ipv4: 1, ipv6: 0 })
})

test('routes with equal attributes share an UPDATE, others do not', () => {
  const rib = new AdjRibOut()
  rib.reconcile([
    route('198.51.100.1/32'),
    route('198.51.100.2/32', { med: 1 }),
    route('198.51.100.3/32'),
    route('198.51.100.4/32', { med: 1 }),
  ])
  rib.up(speaker)
  const counts = said(rib).map(({ announced }) => announced[0]?.paths.length)
  assert.deepEqual(counts, [2, 2, undefined, undefined])
})

const many = (count: number, more: Partial<Route> = {}): Route[] =>
  Array.from({ length: count }, (_, i) => ({ ...route(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`), ...more }))

test('RFC 4271 §4.1: messages are filled to 4096 octets and never beyond', () => {
  const rib = new AdjRibOut()
  rib.reconcile(many(5000))
  rib.up(speaker)
  const lengths: number[] = []
  for (let message = rib.next(); message !== undefined; message = rib.next()) lengths.push(message.length)
  assert.ok(Math.max(...lengths) <= 4096)
  assert.equal(lengths.filter((length) => length > 4090).length, 6) // 810 of 5 octets each
  assert.equal(rib.advertised.ipv4, 5000)
  rib.reconcile([])
  const withdrawn = said(rib)
  assert.equal(withdrawn.length, 7)
  assert.equal(words(withdrawn).length, 5000)
})

test('RFC 8654 §4: with extended messages they are filled to 65535', () => {
  const rib = new AdjRibOut()
  rib.reconcile(many(20_000))
  rib.up({ ...speaker, negotiated: { ...negotiated, extendedMessage: true } })
  const updates = said(rib)
  assert.deepEqual(
    updates.map(({ announced }) => announced[0]?.paths.length),
    [13_098, 6902, undefined, undefined],
  )
})

test('a session that is new is told all again; while there is none nothing is said', () => {
  const rib = settled([route('198.51.100.1/32')])
  rib.down()
  rib.announce([route('198.51.100.2/32')])
  assert.equal(rib.next(), undefined)
  assert.deepEqual(rib.advertised, { ipv4: 0, ipv6: 0 })
  rib.up(speaker)
  assert.deepEqual(words(said(rib)).slice(0, 3), ['+ 198.51.100.1/32', '+ 198.51.100.2/32', 'end of ipv4'])
})

test('RFC 2918 §4: asked again, it tells all again, between marks where agreed (RFC 7313 §4)', () => {
  const rib = settled([route('198.51.100.1/32'), route('2001:db8:1::/64')])
  rib.refresh('ipv4')
  assert.deepEqual(words(said(rib)), ['+ 198.51.100.1/32', 'end of ipv4'])
  const marked = settled([route('198.51.100.1/32')], { negotiated: { ...negotiated, enhancedRefresh: true } })
  marked.refresh('ipv4')
  const kinds: string[] = []
  for (let message = marked.next(); message !== undefined; message = marked.next()) {
    const framed = frame(message)
    assert.ok('message' in framed)
    kinds.push(framed.message.kind === 'refresh' ? `refresh ${framed.message.body[2]}` : framed.message.kind)
  }
  assert.deepEqual(kinds, ['refresh 1', 'update', 'refresh 2'])
})

test('RFC 2918 §4: what changes while all is told again is told as it is in the end', () => {
  const [one, two] = [route('198.51.100.1/32'), route('198.51.100.2/32')]
  const rib = settled([one, two])
  rib.refresh('ipv4')
  assert.equal(rib.advertised.ipv4, 2, 'the peer still has them')
  rib.withdraw([one])
  rib.announce([{ ...two, med: 7 }])
  rib.announce([two])
  assert.deepEqual(words(said(rib)), ['- 198.51.100.1/32', '+ 198.51.100.2/32', 'end of ipv4'])
})

test('RFC 8326 §4.2: what its community makes too long is taken back, and told again when it no longer is', () => {
  const communities = Array.from({ length: 1007 }, (_, i) => `65001:${i}`)
  const rib = settled([route('198.51.100.1/32', { communities }), route('198.51.100.2/32')])
  rib.reencode({ draining: true })
  assert.deepEqual(words(said(rib)), ['+ 198.51.100.2/32', '- 198.51.100.1/32'])
  rib.reencode({ draining: false })
  assert.deepEqual(words(said(rib)).toSorted(), ['+ 198.51.100.1/32', '+ 198.51.100.2/32'])
})

test('RFC 7313 §4: asked again before End-of-RIB, it begins the refresh after it', () => {
  const rib = new AdjRibOut()
  rib.reconcile([route('198.51.100.1/32'), route('198.51.100.2/32', { med: 1 })])
  rib.up({ ...speaker, negotiated: { ...negotiated, enhancedRefresh: true, families: ['ipv4'] } })
  rib.next()
  rib.refresh('ipv4')
  const kinds: string[] = []
  for (let message = rib.next(); message !== undefined; message = rib.next()) {
    const framed = frame(message)
    assert.ok('message' in framed)
    const { kind, body } = framed.message
    kinds.push(kind === 'refresh' ? `refresh ${body[2]}` : body.length === 4 ? 'end' : kind)
  }
  assert.deepEqual(kinds, ['update', 'end', 'refresh 1', 'update', 'update', 'refresh 2'])
})

test('a withdrawal does not wait behind announcements that are being said', () => {
  const rib = settled([route('198.51.100.1/32')])
  rib.announce(many(3000))
  rib.next()
  rib.withdraw([route('198.51.100.1/32')])
  assert.equal(words(said(rib))[0], '- 198.51.100.1/32')
  assert.equal(rib.advertised.ipv4, 3000)
})

const silent: readonly [string, Route, Partial<EncoderInput>, string][] = [
  ['a family that was not agreed on', route('2001:db8:1::/64'), { negotiated: { ...negotiated, families: ['ipv4'] } }, 'family-not-agreed'],
  ['self, where the session has no address of the family', route('2001:db8:1::/64'), { nextHops: {} }, 'no-next-hop'],
  ['a next hop of the other family', route('198.51.100.0/24', { nextHop: '2001:db8::2' }), {}, 'no-next-hop'],
  ["RFC 4271 §5.1.3: the peer's own address as next hop", route('198.51.100.0/24', { nextHop: '192.0.2.2' }), {}, 'no-next-hop'],
  ['a path that only add-path can tell', route('198.51.100.0/24', { pathId: 2 }), {}, 'add-path-not-agreed'],
  [
    'communities that fill a message',
    route('198.51.100.0/24', { communities: Array.from({ length: 1100 }, (_, i) => `65001:${i}`) }),
    {},
    'too-long',
  ],
]
test.each(silent)('not announced, and why: %s', (_, one, more, reason) => {
  const rib = settled([one], more)
  assert.deepEqual(rib.advertised, { ipv4: 0, ipv6: 0 })
  assert.deepEqual(rib.unannounced(), [{ prefix: one.prefix, reason }])
})

test('a route whose new attributes cannot be said is withdrawn, so that the peer does not keep the old', () => {
  const rib = settled([route('198.51.100.0/24')])
  rib.announce([route('198.51.100.0/24', { nextHop: '2001:db8::2' })])
  assert.deepEqual(words(said(rib)), ['- 198.51.100.0/24'])
})

const first = (one: Route, more: Partial<EncoderInput> = {}): Update => {
  const rib = new AdjRibOut()
  rib.reconcile([one])
  rib.up({ ...speaker, ...more })
  return said(rib, more.negotiated ?? {}).find(({ announced }) => announced.length > 0) as Update
}
const internal: NegotiatedSession = { ...negotiated, internal: true }

test('RFC 4271 §5.1: eBGP sends our AS, no LOCAL_PREF, and our address as next hop', () => {
  const { attributes, announced } = first(route('198.51.100.0/24', { localPref: 200 }))
  assert.deepEqual(attributes, { origin: 'igp', asPath: [{ kind: 'sequence', ases: [65001] }], unknown: [] })
  assert.deepEqual(announced[0]?.nextHops, ['192.0.2.1'])
})

test('RFC 4271 §5.1: iBGP sends an empty path, and LOCAL_PREF always', () => {
  assert.deepEqual(first(route('198.51.100.0/24'), { negotiated: internal }).attributes, {
    origin: 'igp',
    asPath: [],
    localPref: 100,
    unknown: [],
  })
  assert.equal(first(route('198.51.100.0/24', { localPref: 200 }), { negotiated: internal }).attributes.localPref, 200)
})

test('RFC 4271 §5.1.2: prepending repeats our AS in both families, towards eBGP peers only', () => {
  for (const prefix of ['198.51.100.0/24', '2001:db8:5::/48']) {
    const prepended = (more: Partial<EncoderInput> = {}) => first(route(prefix, { asPathPrepend: 3 }), more).attributes.asPath
    assert.deepEqual(prepended(), [{ kind: 'sequence', ases: [65001, 65001, 65001, 65001] }])
    assert.deepEqual(prepended({ negotiated: internal }), [])
    const two = { localAs: 4_200_000_001, negotiated: { ...negotiated, fourOctetAs: false } }
    assert.deepEqual(prepended(two), [{ kind: 'sequence', ases: Array(4).fill(4_200_000_001) }]) // RFC 6793 §4.2.2
  }
})

test('prepending changes the octets of its own routes only, and a change of it is announced', () => {
  const [plain, other] = [route('198.51.100.0/24'), route('203.0.113.0/24')]
  const rib = settled([plain, other])
  rib.reconcile([{ ...plain, asPathPrepend: 2 }, other])
  assert.deepEqual(words(said(rib)), ['+ 198.51.100.0/24'])
  rib.reconcile([plain, other])
  assert.deepEqual(words(said(rib)), ['+ 198.51.100.0/24'])
})

test('a segment of AS_PATH holds 255 numbers, so route() takes no more prepending than that', () => {
  const { asPath } = first(route('198.51.100.0/24', { asPathPrepend: 254 })).attributes
  assert.equal(asPath?.[0]?.ases.length, 255)
  assert.throws(() => route('198.51.100.0/24', { asPathPrepend: 255 }), /asPathPrepend is 255; it must be a whole number from 0 to 254/)
})

test('communities of three kinds, MED and origin go out as given', () => {
  const more = {
    communities: ['65001:1', '65535:0'],
    largeCommunities: ['65001:2:3'],
    extendedCommunities: ['rt:65001:4'],
    med: 5,
    origin: 'incomplete' as const,
  }
  const { attributes } = first(route('198.51.100.0/24', more))
  assert.deepEqual({ ...attributes, ...more }, attributes)
})

test('RFC 8092 §3: a large community is sent once, however often it is given', () => {
  const { attributes } = first(route('198.51.100.0/24', { largeCommunities: ['65001:1:2', '65001:3:4', '65001:1:2'] }))
  assert.deepEqual(attributes.largeCommunities, ['65001:1:2', '65001:3:4'])
  const given = ['65001:1:2', '65001:1:2'].map((text) => parseLargeCommunity(text) as LargeCommunity)
  assert.equal(encodeToBytes(largeCommunities, given, 'LARGE_COMMUNITY').length, 12, 'on the wire, too')
})

test('RFC 6793 §4.2.2: to a peer of two octets our AS is AS_TRANS, and AS4_PATH tells the true one', () => {
  const two: NegotiatedSession = { ...negotiated, fourOctetAs: false }
  const { attributes } = first(route('198.51.100.0/24'), { localAs: 4_200_000_001, negotiated: two })
  assert.deepEqual(attributes.asPath, [{ kind: 'sequence', ases: [4_200_000_001] }])
})

test('RFC 8950 §4: over IPv6, IPv4 routes have our IPv6 address as next hop where agreed', () => {
  const over = { local: ip('2001:db8::1'), nextHops: {}, negotiated: { ...negotiated, extendedNextHop: true } }
  assert.deepEqual(first(route('198.51.100.0/24'), over).announced[0]?.nextHops, ['2001:db8::1'])
  const rib = settled([route('198.51.100.0/24')], over)
  rib.reconcile([])
  assert.deepEqual(words(said(rib, over.negotiated)), ['- 198.51.100.0/24'])
})

/** How the peer hears where the route goes, after the end of what there is of the other family. */
function nextHopsOf(one: Route, more: Partial<EncoderInput> = {}): readonly Ip[] | undefined {
  const rib = new AdjRibOut()
  rib.reconcile([one])
  rib.up({ ...speaker, ...more })
  return said(rib, more.negotiated ?? {}).flatMap(({ announced }) => announced)[0]?.nextHops
}

test('RFC 2545 §3: over a link-local session our global address goes first and the link-local one with it', () => {
  const linkLocal = ip('fe80::1')
  const over = { local: linkLocal, nextHops: { ipv6: ip('2001:db8::1') }, negotiated: { ...negotiated, extendedNextHop: true } }
  const nextHops = (one: Route, more = {}) => nextHopsOf(one, { ...over, ...more })
  assert.deepEqual(nextHops(route('2001:db8:1::/64')), ['2001:db8::1', 'fe80::1'])
  assert.deepEqual(nextHops(route('198.51.100.0/24')), ['2001:db8::1', 'fe80::1'])
  assert.deepEqual(nextHops(route('2001:db8:1::/64'), { nextHops: {} }), ['fe80::1'])
  assert.deepEqual(nextHops(route('198.51.100.0/24'), { nextHops: {} }), ['fe80::1'])
  assert.deepEqual(nextHops(route('2001:db8:1::/64', { nextHop: '2001:db8::9' })), ['2001:db8::9'], 'not for another’s address')
  assert.deepEqual(nextHops(route('2001:db8:1::/64'), { local: ip('2001:db8::2') }), ['2001:db8::2'], 'nor over a global one')
})

test('over a link-local session IPv4 routes have the IPv4 address given, where there is one', () => {
  const over = { local: ip('fe80::1'), nextHops: { ipv4: ip('192.0.2.1') }, negotiated: { ...negotiated, extendedNextHop: true } }
  assert.deepEqual(nextHopsOf(route('198.51.100.0/24'), over), ['192.0.2.1'])
})

test('a route may bring a global and a link-local next hop of its own', () => {
  const pair: Route = { ...route('2001:db8:1::/64'), nextHop: [ip('2001:db8::7'), ip('fe80::7')] }
  assert.deepEqual(nextHopsOf(pair), ['2001:db8::7', 'fe80::7'])
  const ipv4: Route = { ...pair, prefix: route('198.51.100.0/24').prefix }
  assert.deepEqual(nextHopsOf(ipv4, { negotiated: { ...negotiated, extendedNextHop: true } }), ['2001:db8::7', 'fe80::7'])
  assert.deepEqual(settled([ipv4]).unannounced(), [{ prefix: ipv4.prefix, reason: 'no-next-hop' }])
})

test('RFC 9234 §5: from a provider, peer or route server, routes may only go down', () => {
  assert.equal(first(route('198.51.100.0/24'), { onlyToCustomer: true }).attributes.onlyToCustomer, 65001)
})

test('RFC 7911 §3: several paths for one prefix, each with its identifier', () => {
  const adding: NegotiatedSession = { ...negotiated, addPathSend: ['ipv4'] }
  const rib = new AdjRibOut()
  rib.reconcile([route('198.51.100.0/24'), route('198.51.100.0/24', { pathId: 9, med: 1 })])
  rib.up({ ...speaker, negotiated: adding })
  assert.deepEqual(
    said(rib, adding).flatMap(({ announced }) => announced.flatMap(({ paths }) => paths.map(({ pathId }) => pathId))),
    [0, 9],
  )
  rib.withdraw([route('198.51.100.0/24', { pathId: 9 })])
  assert.deepEqual(said(rib, adding)[0]?.withdrawn[0]?.paths, [{ prefix: route('198.51.100.0/24').prefix, pathId: 9 }])
})

test('a message is what the RFCs draw', () => {
  const rib = new AdjRibOut()
  rib.reconcile([route('203.0.113.10/32', { med: 5 })])
  rib.up(speaker)
  const expected = `${'ff'.repeat(16)} 0037 02 0000 001b 40010100 4002060201 0000fde9 400304c0000201 80040400000005 20cb00710a`
  assert.deepEqual(rib.next(), unhex(expected))
})

type Change = {
  readonly announce: readonly number[]
  readonly withdraw: readonly number[]
  readonly speak: number
  readonly reset: boolean
  readonly refresh: boolean
}
const change: fc.Arbitrary<Change> = fc.record({
  announce: fc.array(fc.nat(40), { maxLength: 10 }),
  withdraw: fc.array(fc.nat(40), { maxLength: 10 }),
  speak: fc.nat(3),
  reset: fc.boolean(),
  refresh: fc.boolean(),
})
const nth = (i: number): Route =>
  route(i % 2 === 0 ? `10.0.0.${i >> 2}/32` : `2001:db8::${(i >> 2).toString(16)}/128`, i & 2 ? { med: i } : {})

test('whatever changes come between messages, the peer ends with exactly what is wanted', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const rib = new AdjRibOut()
      const wanted = new Map<string, Route>()
      let table = new Map<string, number | undefined>()
      const hear = (updates: readonly Update[]): void => {
        for (const { announced, withdrawn, attributes } of updates) {
          for (const { paths } of withdrawn)
            for (const { prefix } of paths) assert.ok(table.delete(prefixText(prefix)), 'withdrawn though never told')
          for (const { paths } of announced) for (const { prefix } of paths) table.set(prefixText(prefix), attributes.med)
        }
      }
      rib.up(speaker)
      for (const { announce, withdraw, speak, reset, refresh } of changes) {
        rib.announce(announce.map(nth))
        for (const one of announce.map(nth)) wanted.set(prefixText(one.prefix), one)
        rib.withdraw(withdraw.map(nth))
        for (const one of withdraw.map(nth)) wanted.delete(prefixText(one.prefix))
        if (reset) {
          rib.down()
          table = new Map()
          rib.up(speaker)
        }
        if (refresh) for (const family of negotiated.families) rib.refresh(family)
        for (let i = 0; i < speak; i++) hear(saidOnce(rib))
      }
      hear(said(rib))
      assert.deepEqual([...table].sort(), [...wanted].map(([text, { med }]) => [text, med]).sort())
      assert.deepEqual(rib.advertised.ipv4 + rib.advertised.ipv6, wanted.size)
    }),
  )
})

function saidOnce(rib: AdjRibOut): readonly Update[] {
  let left = 1
  return said({ next: () => (left-- > 0 ? rib.next() : undefined) } as AdjRibOut)
}

test('a prefix is the same however its route was made', () => {
  const rib = settled([route('198.51.100.0/24')])
  const prefix: Prefix = { ip: ip('198.51.100.0'), length: 24 }
  rib.withdraw([{ prefix }])
  assert.equal(rib.advertised.ipv4, 1, 'not before it was said')
  assert.deepEqual(words(said(rib)), ['- 198.51.100.0/24'])
  assert.equal(rib.advertised.ipv4, 0)
})
