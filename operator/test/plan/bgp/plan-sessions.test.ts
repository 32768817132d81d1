import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { PlannedSession } from '@loadstone/plan'
import { SimCluster } from '../../cluster/sim-cluster'
import { type ApiObject, node, object, peer, secret } from '../../objects'

const nodes = [node('n1', { rack: 'a' }), node('n2', { rack: 'a' }), node('n3', { rack: 'b' })]
const only = (label: string) => ({ nodeSelectors: [{ matchLabels: { rack: label } }] })
const cluster = (...more: readonly ApiObject[]): SimCluster => new SimCluster([peer('r'), ...more]).addNodes(...nodes).settle()

describe('sessions', () => {
  test('are planned on the nodes that the peer selects, resolved', () => {
    const c = cluster(
      peer('s', {
        peerAddress: '2001:db8::1',
        holdTime: '30s',
        routerID: '10.0.0.1',
        sourceAddress: '2001:db8::2',
        peerPort: 1179,
        ...only('b'),
      }),
    )
    assert.deepEqual(
      c.plan('n1').sessions.map((session) => session.peer),
      ['r'],
    )
    assert.deepEqual(c.plan('n3').sessions[1], {
      peer: 's',
      address: '2001:db8::1',
      port: 1179,
      myASN: 64512,
      peerASN: 64513,
      families: ['ipv6'],
      holdSeconds: 30,
      keepaliveSeconds: 10,
      connectSeconds: 10,
      routerID: '10.0.0.1',
      sourceAddress: '2001:db8::2',
      ebgpMultiHop: false,
    })
  })

  const protectedPeer = peer('r', { passwordSecret: { name: 'md5' } })
  test('a changed Secret renews the session', () => {
    const c = cluster(protectedPeer, secret('md5'))
    const before = c.plan('n1').sessions[0]!.passwordSecret!.resourceVersion
    c.put({ ...secret('md5'), data: { password: 'YW5vdGhlcg==' } })
    assert.notEqual(c.settle().plan('n1').sessions[0]!.passwordSecret!.resourceVersion, before)
  })

  test('a missing Secret: no session is begun, and the peer says why', () => {
    const c = cluster(protectedPeer)
    assert.deepEqual(c.plan('n1').sessions, [])
    assert.equal(c.condition('BGPPeer', 'r', 'Accepted').reason, 'SecretMissing')
    c.put(secret('md5'))
    assert.equal(c.settle().plan('n1').sessions.length, 1)
    assert.equal(c.condition('BGPPeer', 'r', 'Accepted').status, 'True')
  })

  test('a Secret that vanishes does not end the session', () => {
    const c = cluster(protectedPeer, secret('md5'))
    const before = c.plan('n1').sessions
    c.remove('Secret/metallb-system/md5')
    assert.deepEqual(c.settle().plan('n1').sessions, before)
    assert.deepEqual(c.restart().settle().plan('n1').sessions, before)
  })

  test('a peer edited into something invalid keeps its sessions, over a restart too', () => {
    const c = cluster()
    const before = c.plan('n1').sessions
    c.put(peer('r', { holdTime: '1s' }))
    assert.deepEqual(c.settle().plan('n1').sessions, before)
    assert.deepEqual(c.restart().settle().plan('n1').sessions, before)
    c.remove('BGPPeer/metallb-system/r')
    assert.deepEqual(c.settle().plan('n1').sessions, [])
  })

  test('the peer counts them', () => {
    const { status } = cluster().get('BGPPeer', 'r')
    assert.deepEqual([status['sessionsExpected'], status['sessionsUp']], [3, 3])
  })

  test('two on one node may differ in everything: each is a speaker of its own (docs/adr/0009)', () => {
    const c = cluster(peer('s', { peerAddress: '192.0.2.2', myASN: 65001, routerID: '192.0.2.9' }), peer('t', { vrf: 'red' }))
    assert.deepEqual(
      c.plan('n1').sessions.map(({ peer: name, myASN, vrf }) => [name, myASN, vrf]),
      [
        ['r', 64512, undefined],
        ['s', 65001, undefined],
        ['t', 64512, 'red'],
      ],
    )
  })
})

describe('every field of a BGPPeer has its place in the plan', () => {
  const plain: PlannedSession = cluster().plan('n1').sessions[0]!
  const unnumbered = { peerAddress: undefined, interface: 'eth1' }
  const { address: _, ...nowhere } = plain
  const { peerASN: __, ...anybody } = plain
  const bfd = {
    profile: 'f',
    receiveIntervalMillis: 300,
    transmitIntervalMillis: 300,
    detectMultiplier: 3,
    passive: false,
    minimumTtl: 254,
  }
  const rows: Readonly<Record<string, readonly [Record<string, unknown>, unknown]>> = {
    'nothing else': [{}, plain],
    'dynamicASN external': [
      { peerASN: 0, dynamicASN: 'external' },
      { ...anybody, dynamicASN: 'external' },
    ],
    'dynamicASN internal': [
      { peerASN: undefined, dynamicASN: 'internal' },
      { ...anybody, dynamicASN: 'internal' },
    ],
    'localASN, which is what we state': [{ localASN: 65001 }, { ...plain, myASN: 65001 }],
    'localASN 0, which is none': [{ localASN: 0 }, plain],
    'localASN that makes the router external': [
      { localASN: 65001, peerASN: 64512, ebgpMultiHop: true },
      { ...plain, myASN: 65001, peerASN: 64512, ebgpMultiHop: true },
    ],
    'interface, with both families': [unnumbered, { ...nowhere, interface: 'eth1', families: ['ipv4', 'ipv6'] }],
    'interface in a VRF': [
      { ...unnumbered, vrf: 'red' },
      { ...nowhere, interface: 'eth1', vrf: 'red', families: ['ipv4', 'ipv6'] },
    ],
    'an IPv6 peerAddress': [{ peerAddress: '2001:db8::1' }, { ...plain, address: '2001:db8::1', families: ['ipv6'] }],
    dualStackAddressFamily: [{ dualStackAddressFamily: true }, { ...plain, families: ['ipv4', 'ipv6'] }],
    'disableMP, which is so anyway': [{ disableMP: true }, plain],
    sourceAddress: [{ sourceAddress: '192.0.2.7' }, { ...plain, sourceAddress: '192.0.2.7' }],
    'peerPort 0, which is 179': [{ peerPort: 0 }, plain],
    connectTime: [{ connectTime: '65535s' }, { ...plain, connectSeconds: 65_535 }],
    routerID: [{ routerID: '192.0.2.7' }, { ...plain, routerID: '192.0.2.7' }],
    vrf: [{ vrf: 'red' }, { ...plain, vrf: 'red' }],
    ebgpMultiHop: [{ ebgpMultiHop: true }, { ...plain, ebgpMultiHop: true }],
    enableGracefulRestart: [{ enableGracefulRestart: true }, { ...plain, gracefulRestartSeconds: 120 }],
    bfdProfile: [{ bfdProfile: 'f' }, { ...plain, bfd }],
  }
  test.each(Object.entries(rows))('%s', (_what, [spec, expected]) => {
    const c = cluster(peer('r', spec), object('BFDProfile', 'f'))
    assert.deepEqual(c.plan('n1').sessions, [expected])
    assert.equal(c.condition('BGPPeer', 'r', 'Accepted').status, 'True')
  })
})

describe('a BFDProfile', () => {
  const watched = peer('r', { bfdProfile: 'f' })
  const profile = (spec: Record<string, unknown> = {}): ApiObject => object('BFDProfile', 'f', spec)
  const bfd = (c: SimCluster) => c.plan('n1').sessions[0]?.bfd

  test('is resolved, with its own values', () => {
    const own = {
      receiveInterval: 100,
      transmitInterval: 200,
      detectMultiplier: 5,
      echoInterval: 60,
      minimumTtl: 250,
      passiveMode: true,
      echoMode: false,
    }
    assert.deepEqual(bfd(cluster(watched, profile(own))), {
      profile: 'f',
      receiveIntervalMillis: 100,
      transmitIntervalMillis: 200,
      detectMultiplier: 5,
      passive: true,
      minimumTtl: 250,
    })
  })

  test('faster than 50 ms runs at 50 ms, and says so', () => {
    const c = cluster(watched, profile({ receiveInterval: 10, transmitInterval: 20 }))
    assert.deepEqual([bfd(c)?.receiveIntervalMillis, bfd(c)?.transmitIntervalMillis], [50, 50])
    assert.equal(c.condition('BFDProfile', 'f', 'Accepted').status, 'True')
    assert.equal(
      c.condition('BFDProfile', 'f', 'Accepted').message,
      'receiveInterval 10 and transmitInterval 20: no BFD session is faster than 50 ms, so that is what it runs at.',
    )
  })

  test('that is missing: no session is begun, and the peer says why', () => {
    const c = cluster(watched)
    assert.deepEqual(c.plan('n1').sessions, [])
    assert.equal(c.condition('BGPPeer', 'r', 'Accepted').reason, 'ProfileMissing')
    c.put(profile())
    assert.equal(bfd(c.settle())?.profile, 'f')
    assert.equal(c.condition('BGPPeer', 'r', 'Accepted').status, 'True')
  })

  test('that is refused counts as missing, and the peer says where to look', () => {
    const c = cluster(watched, profile({ detectMultiplier: 1 }))
    assert.deepEqual(c.plan('n1').sessions, [])
    assert.match(c.condition('BGPPeer', 'r', 'Accepted').message, /is not in force, and its condition Accepted says why/)
    assert.match(c.condition('BFDProfile', 'f', 'Accepted').message, /detectMultiplier/)
  })

  test('that is deleted, or broken, leaves the sessions what they have, over a restart too', () => {
    for (const change of [
      (c: SimCluster) => c.remove('BFDProfile/metallb-system/f'),
      (c: SimCluster) => c.put(profile({ detectMultiplier: 1 })),
    ]) {
      const c = cluster(watched, profile({ transmitInterval: 100 }))
      const before = c.plan('n1').sessions
      assert.equal(before[0]?.bfd?.transmitIntervalMillis, 100)
      change(c)
      assert.deepEqual(c.settle().plan('n1').sessions, before)
      assert.deepEqual(c.restart().settle().plan('n1').sessions, before)
    }
  })

  test('that a peer names anew and that does not exist: the session goes on without it', () => {
    const c = cluster()
    const before = c.plan('n1').sessions
    c.put(watched)
    assert.deepEqual(c.settle().plan('n1').sessions, before)
  })

  test('that is edited renews what is planned', () => {
    const c = cluster(watched, profile())
    c.put(profile({ detectMultiplier: 7 }))
    assert.equal(bfd(c.settle())?.detectMultiplier, 7)
  })
})
