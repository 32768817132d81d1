import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { Config } from '../../src/config/config'
import { resolve } from '../../src/config/resolve'
import { observeAll } from '../cluster/sim-cluster'
import { type ApiObject, bgp, community, l2, node, object, peer, pool } from '../objects'

const at = (day: number): { creationTimestamp: string } => ({ creationTimestamp: `2026-01-${String(day).padStart(2, '0')}T00:00:00Z` })
const decided = (objects: readonly ApiObject[], previous?: Config): Config => resolve(observeAll(objects), previous)
const verdict = (config: Config, name: string): string => {
  const found = [...config.verdicts, ...config.misplaced].find(({ object: { meta } }) => meta.name === name)!
  return found.accepted
    ? `accepted${found.notes.map(({ reason }) => ` ${reason}`).join('')}`
    : `${found.notes[0]!.reason}, ${found.inForce} in force`
}
const addresses = (config: Config, name: string): string =>
  config.pools
    .find((item) => item.name === name)
    ?.definition?.blocks.map(({ text }) => text)
    .join() ?? 'nothing'
const edited = (api: ApiObject, spec: Record<string, unknown>, generation = 2): ApiObject => ({
  ...api,
  spec: { ...api.spec, ...spec },
  metadata: { ...api.metadata, generation },
})

describe('one pool', () => {
  const rows = {
    'a malformed entry': [['192.0.2.0'], 'Malformed'],
    'surrounding space': [[' 192.0.2.0/24'], 'Malformed'],
    'a range that ends before it starts': [['192.0.2.9-192.0.2.1'], 'Malformed'],
    'a range from one family into the other (a defect of MetalLB)': [['192.0.2.1-2001:db8::1'], 'Malformed'],
    'no entry': [[], 'Malformed'],
    'overlap within it': [['192.0.2.0/24', '192.0.2.7-192.0.2.9'], 'AddressesOverlap'],
    'entries that are no text': [[7, null, {}], 'Malformed'],
  } as const
  for (const [what, [entries, reason]] of Object.entries(rows)) {
    test(`${what}: ${reason}`, () => assert.equal(verdict(decided([pool('p', entries as never)]), 'p'), `${reason}, nothing in force`))
  }

  test('every mistake is told, and what to do', () => {
    const [only] = decided([pool('p', ['x', '192.0.2.9-192.0.2.1'])]).verdicts
    assert.deepEqual(
      only!.notes.map(({ message }) => message),
      [
        '"x" is neither a CIDR such as 192.0.2.0/24 nor a range such as 192.0.2.10-192.0.2.20.',
        'The range 192.0.2.9-192.0.2.1 ends before it starts; swap its ends.',
      ],
    )
  })

  test('an IPv4-mapped CIDR is the IPv4 one', () =>
    assert.equal(decided([pool('p', ['::ffff:10.0.0.0/120'])]).pools[0]!.definition!.blocks[0]!.family, 'ipv4'))
})

describe('two pools that overlap', () => {
  const [old, young] = [pool('old', ['192.0.2.0/24'], {}, at(1)), pool('young', ['192.0.2.128/25'], {}, at(2))]

  test('the younger is refused', () => {
    const config = decided([young, old])
    assert.equal(verdict(config, 'old'), 'accepted')
    assert.equal(verdict(config, 'young'), 'AddressesOverlap, nothing in force')
    assert.match(
      config.verdicts.find(({ object: { meta } }) => meta.name === 'young')!.notes[0]!.message,
      /192\.0\.2\.128\/25 overlaps with 192\.0\.2\.0\/24 of the IPAddressPool old/,
    )
  })

  test('one that is in force is not refused because an older one grew into it', () => {
    const before = decided([edited(old, { addresses: ['192.0.2.0/25'] }, 1), young])
    const after = decided([edited(old, { addresses: ['192.0.2.0/24'] }), young], before)
    assert.equal(verdict(after, 'young'), 'accepted')
    assert.equal(verdict(after, 'old'), 'AddressesOverlap, previous in force')
    assert.equal(addresses(after, 'old'), '192.0.2.0/25')
  })

  test('a range may change hands in one step, and in two', () => {
    const [a, b] = [pool('a', ['10.0.0.0/24', '10.0.1.0/24'], {}, at(1)), pool('b', ['10.0.2.0/24'], {}, at(2))]
    const before = decided([a, b])
    const [less, more] = [edited(a, { addresses: ['10.0.0.0/24'] }), edited(b, { addresses: ['10.0.2.0/24', '10.0.1.0/24'] })]
    assert.equal(verdict(decided([less, more], before), 'b'), 'accepted')
    const half = decided([a, more], before)
    assert.equal(verdict(half, 'b'), 'AddressesOverlap, previous in force')
    assert.equal(verdict(decided([less, more], half), 'b'), 'accepted')
  })

  test('who falls back takes its old addresses along, also from a newcomer', () => {
    const before = decided([old])
    const after = decided([edited(old, { addresses: ['nonsense'] }), young], before)
    assert.equal(addresses(after, 'old'), '192.0.2.0/24')
    assert.equal(verdict(after, 'young'), 'AddressesOverlap, nothing in force')
  })

  test('a chain of fallbacks comes to an end with what was in force together', () => {
    const three = [pool('a', ['10.0.0.0/24'], {}, at(3)), pool('b', ['10.0.1.0/24'], {}, at(2)), pool('c', ['10.0.2.0/24'], {}, at(1))]
    const before = decided(three)
    const shifted = [
      edited(three[0]!, { addresses: ['10.0.1.0/24'] }),
      edited(three[1]!, { addresses: ['10.0.2.0/24'] }),
      edited(three[2]!, { addresses: ['broken'] }),
    ]
    const after = decided(shifted, before)
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => addresses(after, name)),
      ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24'],
    )
  })

  test('a fresh operator learns from the conditions which of two was in force', () => {
    const withAccepted = (api: ApiObject, status: 'True' | 'False'): ApiObject => ({
      ...api,
      status: { conditions: [{ type: 'Accepted', status, observedGeneration: 1, reason: 'x', message: '', lastTransitionTime: '' }] },
    })
    const config = decided([withAccepted(old, 'False'), withAccepted(young, 'True')])
    assert.equal(verdict(config, 'young'), 'accepted')
    assert.equal(verdict(config, 'old'), 'AddressesOverlap, nothing in force')
  })

  test('deleted and made anew is not an edit: nothing of the old one stays', () => {
    const before = decided([old])
    const anew = { ...pool('old', ['broken']), metadata: { ...pool('old', []).metadata, uid: 'another' } }
    assert.equal(verdict(decided([anew], before), 'old'), 'Malformed, nothing in force')
  })
})

describe('advertisements', () => {
  const wide = pool('p', ['10.0.0.0/24'], {}, at(1))
  const nodes = [node('n1', { rack: '1' }), node('n2', { rack: '2' })]
  const peers = ['x', 'y'].map((name, i) => peer(name, { peerAddress: `192.0.2.${i + 1}` }))
  const rack = (n: string) => ({ nodeSelectors: [{ matchLabels: { rack: n } }] })
  const second = (spec: Record<string, unknown>, first: Record<string, unknown> = { localPref: 100 }): string =>
    verdict(decided([wide, ...nodes, ...peers, bgp('a', first, at(1)), bgp('b', { localPref: 200, ...spec }, at(2))]), 'b')

  const localPrefs = {
    'the same routes': [{}, 'LocalPrefConflict, nothing in force'],
    'another aggregation length': [{ aggregationLength: 26 }, 'accepted'],
    'another aggregation length of a family that the pool lacks': [{ aggregationLengthV6: 100 }, 'LocalPrefConflict, nothing in force'],
    'other nodes': [rack('2'), 'accepted', { localPref: 100, ...rack('1') }],
    'some of the same nodes': [rack('2'), 'LocalPrefConflict, nothing in force'],
    'other peers': [{ peers: ['y'] }, 'accepted', { localPref: 100, peers: ['x'] }],
    'all peers, beside one of them': [{}, 'LocalPrefConflict, nothing in force', { localPref: 100, peers: ['x'] }],
    'two peers, beside one of them': [{ peers: ['x', 'y'] }, 'LocalPrefConflict, nothing in force', { localPref: 100, peers: ['x'] }],
    'a peer, beside all of them': [{ peers: ['y'] }, 'LocalPrefConflict, nothing in force'],
    'another pool': [{ ipAddressPools: ['q'] }, 'accepted'],
    'chosen Services': [{ serviceSelectors: [{}] }, 'accepted'],
  } as const
  for (const [what, [spec, expected, first]] of Object.entries(localPrefs))
    test(`another localPref for ${what}: ${expected}`, () => assert.equal(second(spec, first), expected))

  const prepends = {
    'the same routes': [{ asPathPrepend: 3 }, 'AsPathPrependConflict, nothing in force'],
    'another aggregation length': [{ asPathPrepend: 3, aggregationLength: 26 }, 'accepted'],
    'no prepending beside it': [{ communities: ['1:1'] }, 'accepted'],
    'more than MetalLB takes': [{ asPathPrepend: 11 }, 'Malformed, nothing in force'],
    'a count of none': [{ asPathPrepend: 0, communities: ['1:1'] }, 'accepted'],
  } as const
  for (const [what, [spec, expected]] of Object.entries(prepends))
    test(`another asPathPrepend for ${what}: ${expected}`, () =>
      assert.equal(second({ localPref: 100, ...spec }, { localPref: 100, asPathPrepend: 2 }), expected))

  test('nodes that change their labels refuse nobody', () => {
    const [a, b] = [
      bgp('a', { localPref: 100, ...rack('1') }, at(1)),
      bgp('b', { localPref: 200, nodeSelectors: [{ matchLabels: { zone: 'z' } }] }, at(2)),
    ]
    const before = decided([wide, node('n1', { rack: '1' }), node('n2', { zone: 'z' }), a, b])
    const after = decided([wide, node('n1', { rack: '1', zone: 'z' }), node('n2', { zone: 'z' }), a, b], before)
    assert.deepEqual([verdict(after, 'a'), verdict(after, 'b')], ['accepted', 'accepted'])
  })

  test('two that say the same: one is enough', () => {
    assert.equal(verdict(decided([bgp('a', {}, at(1)), bgp('b', {}, at(2))]), 'b'), 'DuplicateAdvertisement, nothing in force')
    assert.equal(verdict(decided([l2('a'), l2('b')]), 'b'), 'accepted')
  })

  test('an aggregate wider than a pool entry: the advertisement is refused if it came second', () => {
    const narrow = { ...pool('p', ['10.0.0.0/25'], {}, at(1)) }
    const before = decided([narrow])
    assert.equal(verdict(decided([narrow, bgp('a', { aggregationLength: 24 })], before), 'a'), 'AggregationTooWide, nothing in force')
  })

  test('an aggregate wider than a pool entry: the pool falls back if it was edited', () => {
    const before = decided([wide, bgp('a', { aggregationLength: 24 })])
    const after = decided([edited(wide, { addresses: ['10.0.0.0/25'] }), bgp('a', { aggregationLength: 24 })], before)
    assert.equal(verdict(after, 'p'), 'AggregationTooWide, previous in force')
    assert.equal(addresses(after, 'p'), '10.0.0.0/24')
  })

  test('an aggregate wider than an entry of a pool as new as itself leaves that pool out, and is in force for the others', () => {
    const config = decided([wide, pool('q', ['10.1.0.0/25']), bgp('a', { aggregationLength: 24 })])
    assert.equal(verdict(config, 'a'), 'accepted AggregationTooWide')
    assert.deepEqual([...config.bgp[0]!.except], ['q'])
  })

  test('an aggregate wider than an entry of a new pool leaves that pool out, and says so', () => {
    const before = decided([wide, bgp('a', { aggregationLength: 24 })])
    const after = decided([wide, pool('q', ['10.1.0.0/25']), bgp('a', { aggregationLength: 24 })], before)
    assert.equal(verdict(after, 'a'), 'accepted AggregationTooWide')
    assert.deepEqual([...after.bgp[0]!.except], ['q'])
  })

  test('a range is judged by its widest CIDR, as MetalLB does', () => {
    const range = pool('p', ['10.0.0.5-10.0.0.9'])
    assert.equal(verdict(decided([range, bgp('a', { aggregationLength: 31 })]), 'a'), 'accepted')
    assert.equal(
      verdict(decided([range, bgp('a', { aggregationLength: 30 })], decided([range])), 'a'),
      'AggregationTooWide, nothing in force',
    )
  })

  test('community aliases are resolved, and sorted with values', () => {
    const config = decided([community('c', { vpn: 'large:64512:1:2' }), bgp('a', { communities: ['vpn', '64512:007'] })])
    assert.deepEqual(config.bgp[0]!.communities, ['64512:7', 'large:64512:1:2'])
  })

  test('an unknown alias: the advertisement waits; one that vanishes: its value stays', () => {
    const user = bgp('a', { communities: ['vpn'] })
    assert.equal(verdict(decided([user]), 'a'), 'UnknownCommunity, nothing in force')
    const before = decided([user, community('c', { vpn: '1:2' })])
    const after = decided([user], before)
    assert.equal(verdict(after, 'a'), 'accepted UnknownCommunity')
    assert.deepEqual(after.bgp[0]!.communities, ['1:2'])
  })

  test('a peer that does not exist is named on the advertisement, which is in force for the others; one that is refused exists', () => {
    const user = bgp('a', { peers: ['tor', 'tro', 'refused'] })
    const around = [peer('tor'), peer('refused', { myASN: 0 }), peer('tro', {}, { namespace: 'elsewhere' })]
    const config = decided([user, ...around])
    assert.equal(verdict(config, 'refused'), 'Malformed, nothing in force')
    assert.equal(verdict(config, 'a'), 'accepted UnknownPeer')
    const { notes } = config.verdicts.find(({ object: { meta } }) => meta.name === 'a')!
    assert.deepEqual(notes.map(({ message }) => message), ['There is no BGPPeer tro to be told; create it, or correct peers.']) // biome-ignore format: one line
    assert.deepEqual(config.bgp[0]!.definition.peers, ['refused', 'tor', 'tro'])
    assert.equal(verdict(decided([user, ...around, peer('tro', { peerAddress: '192.0.2.2' })], config), 'a'), 'accepted')
  })

  test('an alias stands in one Community object only', () => {
    assert.equal(
      verdict(decided([community('a', { x: '1:1' }, at(1)), community('b', { x: '2:2' }, at(2))]), 'b'),
      'DuplicateCommunity, nothing in force',
    )
  })

  test('serviceSelectors and aggregation exclude each other', () => {
    assert.equal(verdict(decided([bgp('a', { serviceSelectors: [{}], aggregationLength: 24 })]), 'a'), 'Malformed, nothing in force')
  })

  test('after a restart, one that was in force and cannot be read is known to be unknown', () => {
    const broken = l2('a', { nodeSelectors: [{ matchExpressions: [{ key: 'x', operator: 'Like' }] }] })
    assert.equal(decided([broken]).unknown.l2, false)
    const effective: ApiObject = {
      ...broken,
      status: { conditions: [{ type: 'InForce', status: 'True', reason: 'x', message: '', lastTransitionTime: '' }] },
    }
    assert.equal(decided([effective]).unknown.l2, true)
  })
})

describe('peers', () => {
  const timers = {
    none: [{}, 90, 30],
    'a hold time': [{ holdTime: '30s' }, 30, 10],
    'a keepalive time': [{ keepaliveTime: '7s' }, 21, 7],
    both: [{ holdTime: '1m30s', keepaliveTime: '5s' }, 90, 5],
    'no hold time at all': [{ holdTime: '0s' }, 0, 0],
    'a fraction, which is cut off': [{ holdTime: '9999ms' }, 9, 3],
  } as const
  for (const [what, [spec, hold, keepalive]] of Object.entries(timers)) {
    test(`${what} gives ${hold} and ${keepalive} seconds`, () => {
      const { holdSeconds, keepaliveSeconds } = decided([peer('r', spec)]).peers[0]!.definition
      assert.deepEqual([holdSeconds, keepaliveSeconds], [hold, keepalive])
    })
  }

  const refused = {
    'a hold time of 2 s (RFC 4271 §4.2)': [{ holdTime: '2s' }, 'Malformed'],
    'a keepalive time above the hold time': [{ holdTime: '9s', keepaliveTime: '10s' }, 'Malformed'],
    'a duration without a unit': [{ holdTime: '90' }, 'Malformed'],
    'no AS number of the router': [{ peerASN: 0 }, 'Malformed'],
    'no address': [{ peerAddress: '' }, 'Malformed'],
    'an address that is none': [{ peerAddress: 'router' }, 'Malformed'],
    'multihop to the same AS': [{ peerASN: 64512, ebgpMultiHop: true }, 'Malformed'],
    'an IPv6 router ID': [{ routerID: '2001:db8::1' }, 'Malformed'],
    'a router ID of nobody (RFC 6286 §2.1)': [{ routerID: '0.0.0.0' }, 'Malformed'],
    'an address and an interface': [{ interface: 'eth1' }, 'Malformed'],
    'an interface of too long a name': [{ peerAddress: '', interface: 'sixteen-letters-' }, 'Malformed'],
    'an address that every interface has': [{ peerAddress: 'fe80::1' }, 'Malformed'],
    'an AS number given and left open': [{ dynamicASN: 'external' }, 'Malformed'],
    'an AS number left open in another way': [{ peerASN: 0, dynamicASN: 'any' }, 'Malformed'],
    'an AS number of ours too large': [{ localASN: 2 ** 32 }, 'Malformed'],
    'multihop to whoever has the same AS': [{ peerASN: 0, dynamicASN: 'internal', ebgpMultiHop: true }, 'Malformed'],
    'multihop to the AS we state there': [{ localASN: 64513, ebgpMultiHop: true }, 'Malformed'],
    'multihop on a link': [{ peerAddress: '', interface: 'eth1', ebgpMultiHop: true }, 'Malformed'],
    'a source address of the other family': [{ sourceAddress: '2001:db8::2' }, 'Malformed'],
    'a source address on a link': [{ peerAddress: '', interface: 'eth1', sourceAddress: '192.0.2.2' }, 'Malformed'],
    'a VRF that is no name of an interface': [{ vrf: 'a/b' }, 'Malformed'],
    'one family and both': [{ disableMP: true, dualStackAddressFamily: true }, 'Malformed'],
    'one family on a link, which has both': [{ peerAddress: '', interface: 'eth1', disableMP: true }, 'Malformed'],
    'a Secret of another namespace': [{ passwordSecret: { name: 'x', namespace: 'default' } }, 'Malformed'],
    'a password in two places': [{ password: 'x', passwordSecret: { name: 'md5' } }, 'Malformed'],
    'a password the kernel cannot take': [{ password: 'é'.repeat(41) }, 'Malformed'],
  } as const
  for (const [what, [spec, reason]] of Object.entries(refused))
    test(`${what}: ${reason}`, () => assert.equal(verdict(decided([peer('r', spec)]), 'r'), `${reason}, nothing in force`))

  test('what has no effect any more is told', () =>
    assert.equal(verdict(decided([peer('r', { disableMP: true })]), 'r'), 'accepted DeprecatedField'))

  test('two that say the same, and two that meet on a node', () => {
    const nodes = [node('n1', { rack: '1' }), node('n2', { rack: '2' })]
    const only = (n: string) => ({ nodeSelectors: [{ matchLabels: { rack: n } }] })
    assert.equal(verdict(decided([...nodes, peer('a', {}, at(1)), peer('b', {}, at(2))]), 'b'), 'DuplicatePeer, nothing in force')
    assert.equal(verdict(decided([...nodes, peer('a', {}, at(1)), peer('b', only('1'), at(2))]), 'b'), 'PeerAddressInUse, nothing in force')
    assert.equal(verdict(decided([...nodes, peer('a', only('2'), at(1)), peer('b', only('1'), at(2))]), 'b'), 'accepted')
  })

  const besides = {
    'another port': [{ peerPort: 1179 }, 'accepted'],
    'another VRF': [{ vrf: 'red' }, 'accepted'],
    'another source address': [{ sourceAddress: '192.0.2.9' }, 'accepted'],
    'another router, as another AS and by another identifier': [{ peerAddress: '192.0.2.2', myASN: 1, routerID: '192.0.2.9' }, 'accepted'],
    'another identifier': [{ routerID: '192.0.2.9' }, 'PeerAddressInUse, nothing in force'],
    'another AS number of ours': [{ localASN: 1 }, 'PeerAddressInUse, nothing in force'],
  } as const
  for (const [what, [spec, expected]] of Object.entries(besides))
    test(`a second session from one node, with ${what}: ${expected}`, () =>
      assert.equal(verdict(decided([node('n1'), peer('a', {}, at(1)), peer('b', spec, at(2))]), 'b'), expected))

  test('two on one interface are one router', () => {
    const link = { peerAddress: undefined, interface: 'eth1' }
    const config = decided([node('n1'), peer('a', link, at(1)), peer('b', { ...link, holdTime: '9s' }, at(2))])
    assert.equal(verdict(config, 'b'), 'PeerAddressInUse, nothing in force')
    assert.match(config.verdicts.at(-1)!.notes[0]!.message, /already connects to the router on eth1 port 179 from node n1/)
  })

  test('an object in another namespace is told where it belongs', () => {
    const config = decided([peer('r', {}, { namespace: 'default' })])
    assert.equal(verdict(config, 'r'), 'WrongNamespace, nothing in force')
    assert.deepEqual([config.peers, config.verdicts], [[], []]) // it counts for nothing: no session, no name, no alert
  })
})

describe('BFD profiles', () => {
  const refused = {
    'a pace of 9 ms': [{ transmitInterval: 9 }, 'Malformed'],
    'an echo pace of 9 ms': [{ echoInterval: 9 }, 'Malformed'],
    'a multiplier of 1': [{ detectMultiplier: 1 }, 'Malformed'],
    'a TTL of 0': [{ minimumTtl: 0 }, 'Malformed'],
    'a TTL of 255, which no packet of a router behind another has': [{ minimumTtl: 255 }, 'Malformed'],
  } as const
  for (const [what, [spec, reason]] of Object.entries(refused))
    test(`${what}: ${reason}`, () => assert.equal(verdict(decided([object('BFDProfile', 'f', spec)]), 'f'), `${reason}, nothing in force`))

  test('a router any number of hops away: a TTL of 1', () =>
    assert.equal(decided([object('BFDProfile', 'f', { minimumTtl: 1 })]).profiles.get('f')?.minimumTtl, 1))

  test('echo mode: its sessions run without, and it says so (a migration from MetalLB must not end them)', () => {
    const config = decided([object('BFDProfile', 'f', { echoMode: true, transmitInterval: 100 })])
    assert.equal(verdict(config, 'f'), 'accepted NotSupported')
    assert.equal(config.profiles.get('f')?.transmitIntervalMillis, 100)
  })

  test('a pace that no speaker keeps is told, field by field', () => {
    const config = decided([object('BFDProfile', 'f', { receiveInterval: 49, transmitInterval: 50 })])
    assert.equal(verdict(config, 'f'), 'accepted PaceLimited')
    assert.equal(
      config.verdicts[0]!.notes[0]!.message,
      'receiveInterval 49: no BFD session is faster than 50 ms, so that is what it runs at.',
    )
  })

  test('one edited into something invalid stays what it was', () => {
    const fast = object('BFDProfile', 'f', { transmitInterval: 100 })
    const after = decided([edited(fast, { detectMultiplier: 1 })], decided([fast]))
    assert.equal(verdict(after, 'f'), 'Malformed, previous in force')
    assert.equal(after.profiles.get('f')?.transmitIntervalMillis, 100)
  })
})
