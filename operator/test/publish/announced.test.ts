import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { ServiceWrite, Write } from '../../src/publish/write'
import { SimCluster } from '../cluster/sim-cluster'
import { type ApiObject, bgp, dualStack, endpoints, l2, node, notReady, peer, pool, service, speakerPod } from '../objects'

type Status = { claims: Record<string, unknown>[]; sessions: Record<string, unknown>[]; interfaces: unknown[]; observedGeneration: number }
type Said = { readonly status: string; readonly reason: string; readonly message: string }

const six = { clusterIPs: ['fd00::1'], ipFamilies: ['IPv6'] }
const sixEndpoints = { ...endpoints('default/web', ['n1', 'n2', 'n3']), addressType: 'IPv6' } as ApiObject
const bothEndpoints = [
  { ...endpoints('default/web', ['n1']), addressType: 'IPv4' } as ApiObject,
  { ...sixEndpoints, metadata: { ...sixEndpoints.metadata, name: 'web-6' } },
]
const names = ['n1', 'n2', 'n3']
const lan = [pool('p', ['192.0.2.1/32', '2001:db8::1/128'])]
const web = [service('web'), endpoints('default/web', names)]
const cluster = (...objects: readonly ApiObject[]): SimCluster =>
  new SimCluster([...lan, ...objects]).addNodes(...names.map((name) => node(name))).settle()
const said = (c: SimCluster): Said => c.condition('Service', 'web', 'loadstone.dev/Announced')
const summary = (c: SimCluster): string | undefined => c.get('Service', 'web').metadata.annotations?.['loadstone.dev/status']
const serviceWrites = (writes: readonly Write[]): readonly ServiceWrite[] => writes.filter((write) => write.do === 'service-status')
const events = (writes: readonly Write[]): readonly string[] =>
  serviceWrites(writes).flatMap(({ events: all }) => all.map(({ reason, message }) => `${reason}: ${message}`))

/** Replaces what the speaker of a node reports. */
function report(c: SimCluster, name: string, change: (status: Status) => Partial<Status>): void {
  const plan = c.get('AnnouncementPlan', name)
  const status = plan.status as unknown as Status
  c.put({ ...plan, status: { ...status, ...change(status) } } as ApiObject)
}
const everywhere = (c: SimCluster, change: (status: Status) => Partial<Status>): void => {
  for (const name of names) report(c, name, change)
}
const sessions = (fields: Record<string, unknown>) => (status: Status) => ({
  sessions: status.sessions.map((one) => ({ ...one, ...fields })),
})

/** Passes until what is expected to pass is told. */
function wait(c: SimCluster, seconds = 10): Said {
  c.pass()
  c.nowSeconds += seconds
  c.pass()
  return said(c)
}

const state = ({ status, reason }: Said): string => `${status} ${reason}`

describe('a Service is announced by ARP or NDP', () => {
  test('when a speaker claims it, and not when it is planned: the event, too', () => {
    const c = new SimCluster([...lan, l2(), ...web]).addNodes(...names.map((name) => node(name)))
    c.pass()
    c.speakersReport()
    assert.deepEqual(events(c.pass()), [], 'placed only now')
    assert.equal(state(said(c)), 'False NoEligibleNode')
    c.speakersReport()
    const [owner = ''] = c.entry('192.0.2.1').candidates
    assert.deepEqual(events(c.pass()), [`nodeAssigned: announcing from node "${owner}" with protocol "layer2"`])
    assert.deepEqual([state(said(c)), said(c).message], ['True Announced', `192.0.2.1 by ARP from ${owner}.`])
    assert.equal(summary(c), `192.0.2.1 from the IPAddressPool p. 192.0.2.1 by ARP from ${owner}.`)
  })

  test('says that the node planned does not claim it, from its first write on, without an event', () => {
    const c = new SimCluster([...lan, l2(), endpoints('default/web', names)]).addNodes(...names.map((name) => node(name))).settle()
    c.put(service('web'))
    const writes = c.pass()
    assert.equal(state(said(c)), 'False NotClaimed')
    assert.match(said(c).message, /^n\d is to answer for 192\.0\.2\.1, and does not claim it yet\.$/)
    assert.deepEqual(events(writes), ['IPAllocated: Assigned IP ["192.0.2.1"]'])
    c.speakersReport()
    c.pass()
    assert.equal(state(said(c)), 'True Announced')
  })

  test.each<readonly [string, (status: Status) => Partial<Status>, string]>([
    ['claims nothing any more', () => ({ claims: [] }), 'False NotClaimed'],
    [
      'claims it without an interface',
      ({ claims }) => ({ claims: claims.map((one) => ({ ...one, interfaces: [] })) }),
      'False NoInterface',
    ],
  ])('is told after a while when the owner %s', (_, change, told) => {
    const c = cluster(l2(), ...web)
    everywhere(c, change)
    assert.deepEqual(serviceWrites(c.pass()), [])
    assert.equal(state(said(c)), 'True Announced', 'it is expected to pass')
    c.nowSeconds += 10
    assert.match(events(c.pass()).join(), /^notAnnounced: n\d/)
    assert.equal(state(said(c)), told)
    assert.match(summary(c) ?? '', /claim/)
  })

  test('names who claims it, and who is planned if that is another', () => {
    const c = cluster(l2(), ...web)
    const [owner = '', second = ''] = c.entry('192.0.2.1').candidates
    const claims = (c.get('AnnouncementPlan', owner).status as unknown as Status).claims
    everywhere(c, () => ({ claims: [] }))
    report(c, second, () => ({ claims }))
    assert.equal(wait(c).message, `192.0.2.1 by ARP from ${second} (${owner} is to take it over).`)
  })

  test.each([
    ['an older term', 0, { older: 1, takeovers: 9 }, 'owner'],
    ['fewer takeovers', 1, { older: 0, takeovers: 0 }, 'owner'],
    ['more takeovers', 0, { older: 0, takeovers: 1 }, 'second'],
  ] as const)('of two claims names the higher one: %s of the second', (_, takeovers, { older, ...other }, higher) => {
    const c = cluster(l2(), ...web)
    const [owner = '', second = ''] = c.entry('192.0.2.1').candidates
    const [claim = {}] = (c.get('AnnouncementPlan', owner).status as unknown as Status).claims
    report(c, owner, () => ({ claims: [{ ...claim, takeovers }] }))
    report(c, second, () => ({ claims: [{ ...claim, term: Number(claim['term']) - older, ...other }] }))
    const { message } = wait(c)
    assert.ok(message.startsWith(`192.0.2.1 by ARP from ${higher === 'owner' ? owner : second}`), message)
  })

  test('a Service that moves to another address says nothing of the former one', () => {
    const asking = (ip: string): ApiObject => service('web', {}, { annotations: { 'metallb.io/loadBalancerIPs': ip } })
    const c = new SimCluster([pool('p', ['192.0.2.1-192.0.2.9']), l2(), asking('192.0.2.1'), endpoints('default/web', names)])
    c.addNodes(...names.map((name) => node(name))).settle()
    c.put(asking('192.0.2.5'))
    assert.deepEqual(events(c.pass()), ['IPAllocated: Assigned IP ["192.0.2.5"]'])
    assert.equal(state(said(c)), 'False NotClaimed')
    assert.doesNotMatch(`${said(c).message} ${summary(c)}`, /192\.0\.2\.1/)
  })
})

describe('a speaker of which nothing is known', () => {
  const alone = (...more: readonly ApiObject[]): SimCluster => new SimCluster([...lan, ...web, ...more]).addNodes(node('n1')).settle()

  test.each<readonly [string, ApiObject, string]>([
    ['by ARP', l2(), 'n1 is to answer for 192.0.2.1, and nothing is known of it: the node is NotReady.'],
    ['by BGP', bgp(), 'Nothing is known of the speakers on the nodes that should announce it.'],
  ])('on a node that is NotReady is told at once (%s)', (_, advertisement, message) => {
    const c = alone(advertisement, peer('r'))
    c.put(notReady(node('n1')))
    c.pass()
    assert.deepEqual([state(said(c)), said(c).message], ['Unknown SpeakerSilent', message])
    assert.deepEqual([c.condition('BGPPeer', 'r', 'Established').status, c.get('BGPPeer', 'r').status['sessionsUp']], ['Unknown', 0])
  })

  test.each<readonly [string, (c: SimCluster) => void]>([
    ['is gone', (c) => c.remove('speaker-n1')],
    ['is not ready', (c) => c.put(speakerPod('n1', { conditions: [{ type: 'ContainersReady', status: 'False' }] }))],
  ])('whose pod %s is told after a while', (_, lose) => {
    const c = alone(bgp(), peer('r'))
    lose(c)
    c.pass()
    assert.equal(state(said(c)), 'True Announced')
    assert.deepEqual([c.condition('BGPPeer', 'r', 'Established').reason, c.get('BGPPeer', 'r').status['sessionsUp']], ['SpeakerSilent', 0])
    assert.match(
      c.condition('BGPPeer', 'r', 'Established').message,
      /^Established on 0 of 1 node\. n1: not known, no speaker is ready there\.$/,
    )
    assert.equal(state(wait(c)), 'Unknown SpeakerSilent')
  })

  test('is told after a while if so many nodes are NotReady that the control plane is at fault', () => {
    const many = Array.from({ length: 10 }, (_, i) => node(`m${i}`))
    const c = new SimCluster([...lan, ...web, bgp(), peer('r')]).addNodes(...many).settle()
    const lately = { type: 'Ready', status: 'Unknown', lastTransitionTime: '2026-01-01T00:01:00Z' }
    c.put(...many.map((one) => ({ ...one, status: { ...one.status, conditions: [lately] } })))
    c.pass()
    assert.equal(state(said(c)), 'True Announced')
    assert.equal(state(wait(c)), 'Unknown SpeakerSilent')
  })

  test('does not hide that the sessions of the others are down', () => {
    const c = cluster(bgp(), peer('r'), ...web)
    c.put(notReady(node('n1')))
    for (const name of ['n2', 'n3']) report(c, name, sessions({ state: 'Active' }))
    assert.equal(state(wait(c)), 'False NoSessionUp')
  })

  test('that does not read its plan for 30 s is believed no longer', () => {
    const c = alone(bgp(), peer('r'), l2())
    c.put(peer('s', { peerAddress: '192.0.2.9' }))
    c.pass()
    c.pass()
    c.nowSeconds += 28
    c.pass()
    assert.match(c.condition('BGPPeer', 'r', 'Established').message, /^Established on 1 of 1 node\.$/)
    c.pass()
    assert.match(c.condition('BGPPeer', 'r', 'Established').message, /n1: not known, its speaker does not read its plan\.$/)
    c.nowSeconds += 10
    c.pass()
    assert.equal(state(said(c)), 'Unknown SpeakerSilent')
    c.speakersReport()
    c.pass()
    assert.equal(state(said(c)), 'True Announced')
  })

  test('whose plan changes faster than it reports is believed while it reads on', () => {
    const c = alone(bgp(), peer('r'))
    for (let i = 0; i < 45; i++) {
      const before = c.get('AnnouncementPlan', 'n1').metadata.generation
      c.put(peer('r', { holdTime: `${30 + i}s` }))
      c.pass()
      report(c, 'n1', () => ({ observedGeneration: before }))
    }
    assert.equal(c.condition('BGPPeer', 'r', 'Established').status, 'True')
    assert.equal(state(said(c)), 'True Announced')
  })

  test('does not make a peer unknown that another node has not established', () => {
    const c = new SimCluster([...lan, peer('r')]).addNodes(...names.map((name) => node(name))).settle()
    c.put(notReady(node('n1')))
    report(c, 'n2', sessions({ state: 'Active' }))
    c.pass()
    const { status, message } = c.condition('BGPPeer', 'r', 'Established')
    assert.deepEqual([status, message], ['False', 'Established on 1 of 3 nodes. n1: not known, the node is NotReady. n2: Active.'])
    assert.deepEqual([c.get('BGPPeer', 'r').status['sessionsExpected'], c.get('BGPPeer', 'r').status['sessionsUp']], [3, 1])
  })
})

describe('a Service is announced by BGP when a router was told', () => {
  const way = 'by BGP from every selected node that has a session up'

  test.each<readonly [string, (status: Status) => Partial<Status>, string]>([
    ['all sessions are down', sessions({ state: 'Active', announcedIPv4: 0 }), 'False NoSessionUp'],
    ['the speakers report no sessions', () => ({ sessions: [] }), 'False NoSessionUp'],
    ['sessions are up and nothing was told', sessions({ announcedIPv4: 0 }), 'False NotTold'],
    [
      'the routers do not agree to the family',
      sessions({
        announcedIPv4: 0,
        negotiated: { peerASN: 1, routerID: '192.0.2.9', holdSeconds: 9, keepaliveSeconds: 3, capabilities: ['ipv6-unicast'] },
      }),
      'False FamilyNotNegotiated',
    ],
  ])('not while %s', (_, change, told) => {
    const c = cluster(bgp(), peer('r'), ...web)
    assert.deepEqual([state(said(c)), said(c).message], ['True Announced', `192.0.2.1 ${way}.`])
    everywhere(c, change)
    assert.equal(state(wait(c)), told)
  })

  test('a family that the routers do not agree to any more is told at once', () => {
    const c = cluster(bgp(), peer('r'), ...web)
    const negotiated = { peerASN: 1, routerID: '192.0.2.9', holdSeconds: 9, keepaliveSeconds: 3, capabilities: [] }
    everywhere(c, sessions({ announcedIPv4: 0, negotiated }))
    c.pass()
    assert.equal(state(said(c)), 'False FamilyNotNegotiated')
  })

  test('and not before its route is published, however many others were told', () => {
    const c = cluster(bgp(), peer('r'), ...web, pool('q', ['198.51.100.0/24'], { autoAssign: false }))
    c.put(service('late', {}, { annotations: { 'metallb.io/address-pool': 'q' } }), endpoints('default/late', names))
    const late = (): string => state(c.condition('Service', 'late', 'loadstone.dev/Announced'))
    assert.deepEqual(events(c.pass()), ['IPAllocated: Assigned IP ["198.51.100.0"]'])
    assert.equal(late(), 'False NotTold')
    assert.deepEqual(events(c.pass()), [`nodeAssigned: announcing with protocol "bgp": 198.51.100.0 ${way}.`])
    assert.equal(late(), 'True Announced')
  })

  test('one node that told a router is enough, and the others change nothing', () => {
    const c = cluster(bgp(), peer('r'), ...web)
    for (const name of ['n1', 'n2']) report(c, name, sessions({ state: 'Active', announcedIPv4: 0 }))
    c.nowSeconds += 60
    assert.deepEqual(serviceWrites(c.pass()), [])
    assert.equal(said(c).message, `192.0.2.1 ${way}.`)
  })

  test('an IPv6 address and sessions for IPv4 alone', () => {
    const c = cluster(bgp(), peer('r'), service('web', six), sixEndpoints)
    assert.equal(state(said(c)), 'False FamilyNotNegotiated')
    assert.match(said(c).message, /^The sessions that are up do not carry IPv6; enable/)
  })

  test('of two addresses the one that no router hears of is named', () => {
    const c = cluster(bgp(), peer('r'), service('web', dualStack('RequireDualStack')), ...bothEndpoints)
    assert.equal(state(said(c)), 'False FamilyNotNegotiated')
    assert.match(said(c).message, /^192\.0\.2\.1 by BGP from every selected node that has a session up\. 2001:db8::1: The sessions/)
  })

  test('an advertisement that names only peers that do not exist', () => {
    const c = cluster(bgp('b', { peers: ['nobody', 'none'] }), peer('r'), ...web)
    assert.equal(state(said(c)), 'False UnknownPeer')
    assert.match(said(c).message, /^There is no BGPPeer nobody and no none, which alone should be told/)
  })

  test('an advertisement for one peer, and the session of another', () => {
    const c = cluster(bgp('b', { peers: ['s'] }), peer('r'), peer('s', { peerAddress: '192.0.2.9' }), ...web)
    assert.equal(state(said(c)), 'True Announced')
    const down = ({ sessions: all }: Status) => ({ sessions: all.map((one) => (one['peer'] === 's' ? { ...one, state: 'Idle' } : one)) })
    everywhere(c, down)
    assert.equal(state(wait(c)), 'False NoSessionUp')
  })

  test('externalTrafficPolicy Local: only nodes with a pod count', () => {
    const local = service('web', { externalTrafficPolicy: 'Local' })
    const c = cluster(bgp(), peer('r'), local, endpoints('default/web', ['n1']))
    assert.equal(said(c).message, '192.0.2.1 by BGP from every node with a pod that has a session up.')
    report(c, 'n1', sessions({ state: 'Active' }))
    assert.equal(state(wait(c)), 'False NoSessionUp')
  })

  test('externalTrafficPolicy Local: of each family only nodes with a pod of that family', () => {
    const local = service('web', { ...dualStack('RequireDualStack'), externalTrafficPolicy: 'Local' })
    const sixth = { ...endpoints('default/web', ['n2']), addressType: 'IPv6' } as ApiObject
    const pods = [bothEndpoints[0] as ApiObject, { ...sixth, metadata: { ...sixth.metadata, name: 'web-6' } }]
    const other = [service('other', six), { ...endpoints('default/other', ['n1']), addressType: 'IPv6' } as ApiObject]
    const both = peer('r', { dualStackAddressFamily: true })
    const c = new SimCluster([pool('p', ['192.0.2.1/32', '2001:db8::/120']), bgp(), both, local, ...pods, ...other])
    c.addNodes(...names.map((name) => node(name))).settle()
    assert.equal(state(said(c)), 'True Announced')
    report(c, 'n2', sessions({ state: 'Active' }))
    assert.equal(state(wait(c)), 'False NoSessionUp')
    assert.match(said(c).message, /^192\.0\.2\.1 by BGP .* 2001:db8::\d: No session/)
  })

  test('of each advertisement only its own nodes and peers', () => {
    const on = (name: string) => ({ nodeSelectors: [{ matchLabels: { at: name } }] })
    const c = new SimCluster([
      ...[pool('p', ['192.0.2.1/32']), pool('q', ['198.51.100.1/32'], { autoAssign: false }), ...web],
      ...[bgp('a', { ipAddressPools: ['p'], peers: ['r'], ...on('n1') }), bgp('b', { ipAddressPools: ['p'], peers: ['s'], ...on('n2') })],
      ...[bgp('c', { ipAddressPools: ['q'] }), service('other', {}, { annotations: { 'metallb.io/address-pool': 'q' } })],
      ...[endpoints('default/other', names), peer('r'), peer('s', { peerAddress: '192.0.2.9' })],
    ]).addNodes(...names.map((name) => node(name, { at: name })))
    assert.equal(state(said(c.settle())), 'True Announced')
    const down = (peerName: string) => (status: Status) => ({
      sessions: status.sessions.map((one) => (one['peer'] === peerName ? { ...one, state: 'Active' } : one)),
    })
    report(c, 'n1', down('r'))
    report(c, 'n2', down('s'))
    assert.equal(state(wait(c)), 'False NoSessionUp', 'that n1 told s of another Service does not count')
  })

  test('by ARP as well: the condition says both, and holds while one of them does', () => {
    const c = cluster(l2(), bgp(), peer('r'), ...web)
    everywhere(c, sessions({ state: 'Active', announcedIPv4: 0 }))
    assert.equal(state(wait(c)), 'True Announced')
    assert.match(said(c).message, /^192\.0\.2\.1 by ARP from n\d\. Not by BGP: No session that should carry it is up/)
  })
})

describe('time alone makes another pass due', () => {
  test('when what is expected to pass has lasted', () => {
    const c = cluster(l2(), ...web)
    assert.equal(c.decide().requeueAfterSeconds, undefined)
    everywhere(c, () => ({ claims: [] }))
    assert.equal(c.decide().requeueAfterSeconds, 10)
    c.nowSeconds += 4
    assert.equal(c.decide().requeueAfterSeconds, 6)
    c.nowSeconds += 6
    assert.equal(c.decide().requeueAfterSeconds, undefined, 'it is told')
  })

  test('when a report becomes stale', () => {
    const c = cluster(bgp())
    c.put(peer('r'))
    c.pass()
    assert.equal(c.decide().requeueAfterSeconds, 30)
    c.nowSeconds += 30
    assert.equal(c.decide().requeueAfterSeconds, undefined)
  })
})

describe('writes of conditions are few', () => {
  const many = Array.from({ length: 20 }, (_, i) => [service(`s${i}`), endpoints(`default/s${i}`, [`n${(i % 5) + 1}`])]).flat()
  const nodes = Array.from({ length: 5 }, (_, i) => node(`n${i + 1}`))
  const local = many.map((one) => (one.kind === 'Service' ? { ...one, spec: { ...one.spec, externalTrafficPolicy: 'Local' } } : one))

  /** Ticks of a second; `at` changes what speakers report. */
  function run(c: SimCluster, seconds: number, at: (second: number) => void): number {
    let writes = 0
    for (let second = 0; second < seconds; second++) {
      at(second)
      writes += serviceWrites(c.pass()).length
    }
    return writes
  }

  test.each([
    ['Cluster', many],
    ['Local', local],
  ])('a rolling restart of all speakers, 4 s each, writes no Service (%s)', (_, services) => {
    const c = new SimCluster([pool('p', ['192.0.2.0/24']), bgp(), l2(), peer('r'), ...services]).addNodes(...nodes).settle()
    const writes = run(c, 5 * 6, (second) => {
      const name = `n${Math.floor(second / 6) + 1}`
      if (second % 6 === 0) report(c, name, () => ({ sessions: [], claims: [] }))
      if (second % 6 === 4) c.speakersReport()
    })
    assert.equal(writes, 0)
  })

  test('a router that comes and goes every 15 s for 20 minutes is told of ever more seldom', () => {
    const c = new SimCluster([pool('p', ['192.0.2.0/24']), bgp(), peer('r'), ...many.slice(0, 8)]).addNodes(...nodes).settle()
    const writes = run(c, 1200, (second) => {
      if (second % 30 === 0) for (const { metadata } of nodes) report(c, metadata.name, sessions({ state: 'Active', announcedIPv4: 0 }))
      if (second % 30 === 15) c.speakersReport()
    })
    assert.equal(writes, 4 * 8, 'told and taken back once in the time in which it is forgotten')
  })
})
