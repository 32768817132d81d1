import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { parseMac } from '@loadstone/ip'
import { BgpAnnouncer, type BgpEvent, type DesiredSessions, type PeerHandle } from '../../src/bgp/announcer'
import type { Password } from '../../src/bgp/session-options'
import { ip, route, session, settle } from '../builders'
import { SimPeer } from '../sim/sim-peer'

function world() {
  const peers: SimPeer[] = []
  const events: BgpEvent[] = []
  const held: (readonly PeerHandle[])[] = []
  let tick = 0
  const announcer = new BgpAnnouncer({
    node: 'node1',
    connect: (options) => {
      const peer = new SimPeer(options)
      peers.push(peer)
      return peer
    },
    wallTime: () => `tick ${++tick}`,
    onEvent: (event) => events.push(event),
    onSessions: (now) => held.push(now),
  })
  return { announcer, peers, events, held }
}
const desired = (more: Partial<DesiredSessions> = {}): DesiredSessions => ({
  sessions: [session()],
  adjRibsOut: rib('203.0.113.1/32'),
  passwords: new Map(),
  interfaces: [],
  drain: { at: 'announcing' },
  ...more,
})
const rib = (...prefixes: string[]) => new Map([['tor', new Map(prefixes.map((prefix) => [prefix, { value: route(prefix) }]))]])
const guarded = session({ passwordSecret: { name: 'tor', resourceVersion: '5' } })
const passwords = (password: Password) => new Map([['tor', password]])

test('a session is started once and told its routes; repeating the truth touches nothing', () => {
  const { announcer, peers } = world()
  for (let i = 0; i < 3; i++) announcer.reconcile(desired())
  assert.equal(peers.length, 1)
  assert.deepEqual([peers[0]?.life, peers[0]?.prefixes()], ['started', ['203.0.113.1/32']])
  announcer.reconcile(desired({ adjRibsOut: rib('203.0.113.2/32') }))
  assert.deepEqual([peers.length, peers[0]?.prefixes()], [1, ['203.0.113.2/32']])
  peers[0]?.establish('192.0.2.5')
  announcer.reconcile(desired({ adjRibsOut: rib('203.0.113.2/32', '203.0.113.3/32') }))
  announcer.reconcile(desired({ adjRibsOut: rib('203.0.113.3/32') }))
  assert.deepEqual(peers[0]?.known(), ['203.0.113.3/32'], 'what the router has in the end')
})

test('routes that stay are not handed over again', () => {
  const { announcer, peers } = world()
  const same = desired()
  for (let i = 0; i < 3; i++) announcer.reconcile({ ...same })
  assert.equal(peers[0]?.handed, 1)
})

test('changed settings renew the session, and the new one begins when the old one is closed', async () => {
  const { announcer, peers } = world()
  announcer.reconcile(desired())
  peers[0]!.slow = true
  announcer.reconcile(desired({ sessions: [session({ holdSeconds: 30 })] }))
  assert.deepEqual([peers.length, peers[0]?.life], [1, 'stopped'])
  peers[0]!.closing()
  await settle()
  assert.deepEqual([peers.length, peers[1]?.options.holdSeconds, peers[1]?.prefixes()], [2, 30, ['203.0.113.1/32']])
})

test('a session that is removed is stopped with a reason for the peer’s operator', () => {
  const { announcer, peers } = world()
  announcer.reconcile(desired())
  announcer.reconcile(desired({ sessions: [] }))
  assert.deepEqual([peers[0]?.life, peers[0]?.reason], ['stopped', 'the session was removed from the configuration'])
  assert.deepEqual(announcer.statuses(), [])
})

test('without its password a session is not started, and its status says what is missing', () => {
  const { announcer, peers } = world()
  announcer.reconcile(
    desired({ sessions: [guarded], passwords: passwords({ problem: 'Secret tor does not exist: create it, with the key "password"' }) }),
  )
  assert.equal(peers.length, 0)
  const [status] = announcer.statuses()
  assert.equal(status?.state, 'Idle')
  assert.equal(
    status?.lastError,
    'Secret tor does not exist: create it, with the key "password"; the session is not started without its password',
  )
  announcer.reconcile(desired({ sessions: [guarded], passwords: passwords({ text: 'secret' }) }))
  assert.equal(peers[0]?.options.md5Password, 'secret')
  assert.equal(announcer.statuses()[0]?.lastError, undefined)
})

test('a Secret that vanishes leaves the session as it is, with its old password, and says so', () => {
  const { announcer, peers } = world()
  announcer.reconcile(desired({ sessions: [guarded], passwords: passwords({ text: 'secret' }) }))
  announcer.reconcile(desired({ sessions: [guarded], passwords: passwords({ problem: 'Secret tor does not exist' }) }))
  assert.deepEqual([peers.length, peers[0]?.life], [1, 'started'])
  assert.match(announcer.statuses()[0]?.lastError ?? '', /goes on with the password known before/)
})

test('a new password renews the session; a Secret that changed in something else does not', async () => {
  const { announcer, peers } = world()
  announcer.reconcile(desired({ sessions: [guarded], passwords: passwords({ text: 'one' }) }))
  const touched = session({ passwordSecret: { name: 'tor', resourceVersion: '6' } })
  announcer.reconcile(desired({ sessions: [touched], passwords: passwords({ text: 'one' }) }))
  assert.equal(peers.length, 1)
  announcer.reconcile(desired({ sessions: [touched], passwords: passwords({ text: 'two' }) }))
  await settle()
  assert.deepEqual([peers[0]?.life, peers[1]?.options.md5Password], ['stopped', 'two'])
})

test('settings that bgp-js refuses stop nothing else, and are named', () => {
  const { announcer, peers } = world()
  const other = session({ peer: 'spine' })
  announcer.reconcile(desired({ sessions: [guarded, other], passwords: passwords({ text: 'x'.repeat(81) }) }))
  assert.equal(peers.length, 1)
  assert.deepEqual(
    announcer.statuses().map(({ peer, state, lastError }) => [peer, state, lastError]),
    [
      ['tor', 'Idle', 'md5Password is 81 octets long; it must be 1 to 80 octets long (the kernel takes no more)'],
      ['spine', 'Connect', undefined],
    ],
  )
})

test('status tells the state, since when, how many prefixes, and the last error in words, kept after recovery', () => {
  const { announcer, peers, events } = world()
  announcer.reconcile(desired())
  peers[0]?.refuse('192.0.2.5')
  const status = () => announcer.statuses()[0]!
  const down = status()
  assert.deepEqual([down.state, down.announcedIPv4], ['Idle', 0])
  assert.match(down.lastError ?? '', /^peer refuses our OPEN: Bad Peer AS \(2\/2\)/)
  peers[0]?.establish('192.0.2.5')
  const up = status()
  assert.deepEqual([up.state, up.announcedIPv4, up.lastError], ['Established', 1, down.lastError])
  assert.notEqual(up.since, down.since)
  assert.equal(status().since, up.since)
  assert.deepEqual(
    events.map((one) => (one.event === 'bgp-state' ? one.state : one.event)),
    [
      'Connect',
      'OpenSent',
      'OpenConfirm',
      'Idle',
      'bgp-failed',
      'Connect',
      'OpenSent',
      'OpenConfirm',
      'Established',
      'bgp-established',
      'bgp-told',
    ],
  )
})

test('once established, routes of the other family get the node’s address on that link as next hop', () => {
  const { announcer, peers } = world()
  const interfaces = [
    {
      name: 'eth0',
      mac: parseMac('02:00:5e:10:00:01')!,
      up: true,
      answers: ['ipv4', 'ipv6'] as const,
      addresses: [ip('192.0.2.5'), ip('2001:db8::5')],
    },
  ]
  announcer.reconcile(desired({ adjRibsOut: rib('2001:db8:1::1/128'), interfaces, devices: interfaces }))
  assert.deepEqual(peers[0]?.routes.map(({ nextHop }) => nextHop), ['self']) // biome-ignore format: one line
  peers[0]?.establish('192.0.2.5')
  assert.deepEqual(peers[0]?.routes.map(({ nextHop }) => nextHop), ['2001:db8::5']) // biome-ignore format: one line
})

test('an IPv6 session has a router identifier that does not change while it runs', async () => {
  const { announcer, peers } = world()
  const v6 = session({ address: ip('2001:db8::1') })
  const at = (...addresses: string[]) => [
    { name: 'eth0', mac: parseMac('02:00:5e:10:00:01')!, up: true, answers: ['ipv4', 'ipv6'] as const, addresses: addresses.map(ip) },
  ]
  announcer.reconcile(desired({ sessions: [v6], interfaces: at('192.0.2.5') }))
  announcer.reconcile(desired({ sessions: [v6], interfaces: at('192.0.2.4', '192.0.2.5') }))
  await settle()
  assert.deepEqual(peers.map(({ options }) => options.routerId), ['192.0.2.5']) // biome-ignore format: one line
  const { announcer: bare, peers: others } = world()
  bare.reconcile(desired({ sessions: [v6] }))
  assert.match(others[0]?.options.routerId ?? '', /^\d+\.\d+\.\d+\.\d+$/) // from the node's name
})

test('leaving without a reason closes in silence; with one, the peers are told', async () => {
  for (const [reason, life] of [
    [undefined, 'ended'],
    ['node node1 is leaving: drain', 'stopped'],
  ] as const) {
    const { announcer, peers } = world()
    announcer.reconcile(desired())
    await announcer.close(reason)
    assert.deepEqual([peers[0]?.life, peers[0]?.reason], [life, reason])
    announcer.reconcile(desired()) // and it can take the role up again
    assert.equal(peers.length, 2)
  }
})

const { address: _numbered, ...interfaceless } = session()
const unnumbered = { ...interfaceless, interface: 'eth1' }
const routers = (...found: string[]) => new Map([['eth1', { interface: 'eth1', routers: found.map(ip) }]])

test('an unnumbered session begins when its router is found, bound to the interface, with a router identifier', () => {
  const { announcer, peers } = world()
  announcer.reconcile(desired({ sessions: [unnumbered] }))
  announcer.reconcile(desired({ sessions: [unnumbered], routers: routers() }))
  assert.equal(peers.length, 0)
  const [waiting] = announcer.statuses()
  assert.deepEqual([waiting?.state, waiting?.address], ['Idle', undefined])
  assert.match(waiting?.lastError ?? '', /^no router has been heard on eth1: the session begins with the first router advertisement/)

  announcer.reconcile(desired({ sessions: [unnumbered], routers: routers('fe80::1') }))
  const { address, interface: device, routerId, ebgpMultiHop } = peers[0]!.options
  assert.deepEqual([address, device, ebgpMultiHop], ['fe80::1', 'eth1', false])
  assert.ok(routerId !== undefined)
  assert.equal(announcer.statuses()[0]?.address, 'fe80::1')
})

test('an unnumbered session that is up stays; one that fell moves to where the router is now', async () => {
  const { announcer, peers } = world()
  const heard = (...found: string[]) => announcer.reconcile(desired({ sessions: [unnumbered], routers: routers(...found) }))
  heard('fe80::9')
  peers[0]?.establish('fe80::5')
  for (const found of [['fe80::1', 'fe80::9'], ['fe80::1'], []]) heard(...found)
  assert.deepEqual([peers.length, peers[0]?.life, announcer.isEstablished('tor')], [1, 'started', true])
  heard('fe80::1', 'fe80::9')
  assert.match(announcer.statuses()[0]?.lastError ?? '', /eth1 has other routers beside fe80::9: fe80::1/)

  peers[0]?.lose()
  heard('fe80::1', 'fe80::9')
  assert.equal(peers.length, 1, 'the router it was with is there')
  heard('fe80::1')
  await settle()
  assert.deepEqual([peers[0]?.life, peers[1]?.options.address], ['stopped', 'fe80::1'])
  assert.equal(announcer.statuses()[0]?.address, 'fe80::1')
})

test('an unnumbered session tells IPv6 by the global address and the link-local one', () => {
  const { announcer, peers } = world()
  const devices = [{ name: 'eth1', addresses: [ip('2001:db8::5')] }]
  announcer.reconcile(desired({ sessions: [unnumbered], routers: routers('fe80::1'), adjRibsOut: rib('2001:db8:1::/64'), devices }))
  peers[0]?.establish('fe80::5')
  assert.deepEqual(peers[0]?.routes[0]?.nextHop, ['2001:db8::5', 'fe80::5'])
})

test('who is held is told after each pass, and again when a session that was closing has become another', async () => {
  const { announcer, peers, held } = world()
  announcer.reconcile(desired({ sessions: [guarded], passwords: passwords({ text: 'one' }) }))
  announcer.reconcile(desired({ sessions: [guarded], passwords: passwords({ text: 'two' }) }))
  await settle()
  assert.deepEqual(held.map((now) => now.map((peer) => peers.indexOf(peer as SimPeer))), [[0], [], [1]]) // biome-ignore format: one line
  assert.deepEqual(held.at(-1)?.map(({ options }) => options.md5Password), ['two']) // biome-ignore format: one line
})
