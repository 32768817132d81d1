import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import type { PlannedSession } from '@loadstone/plan'
import type { NegotiatedSession } from 'bgp-js'
import { sessionSpecs } from '../../src/bgp/session-options'
import { negotiated } from '../../src/bgp/session-status'
import { parsePlan } from '../../src/plan/decode'
import { plan, session } from '../builders'

const specOf = (more: Partial<PlannedSession>, devices: readonly string[] = ['eth0', 'red']) =>
  sessionSpecs([session(more)], new Map(), new Map(), { name: 'node1', devices: new Set(devices) })[0]!
const optionsOf = (more: Partial<PlannedSession>) => {
  const one = specOf(more)
  assert.ok('options' in one)
  return one.options
}

test('families, VRF and graceful restart reach bgp-js as they are planned', () => {
  const { families, interface: device, gracefulRestartSeconds } = optionsOf({ families: ['ipv6'], vrf: 'red', gracefulRestartSeconds: 120 })
  assert.deepEqual([families, device, gracefulRestartSeconds], [['ipv6'], 'red', 120])
  const plain = optionsOf({})
  assert.deepEqual([plain.families, plain.interface, plain.gracefulRestartSeconds], [['ipv4', 'ipv6'], undefined, undefined])
})

test('a router’s AS is the given one, or any other, or ours', () => {
  const { peerASN: _given, ...dynamic } = session()
  const peerAs = (one: PlannedSession) => {
    const [made] = sessionSpecs([one], new Map(), new Map(), { name: 'node1' })
    return made !== undefined && 'options' in made ? made.options.peerAs : undefined
  }
  assert.equal(peerAs(session({ peerASN: 64_513 })), 64_513)
  assert.equal(peerAs({ ...dynamic, dynamicASN: 'external' }), 'external')
  assert.equal(peerAs({ ...dynamic, dynamicASN: 'internal' }), 'internal')
})

test('without its VRF device a session is blocked and closed, in words; while links are unknown it is not', () => {
  const { blocked, closed } = specOf({ vrf: 'red' }, ['eth0']) as { blocked?: string; closed?: string }
  assert.equal(blocked, 'this node has no VRF device red: create it, or correct vrf in the BGPPeer')
  assert.equal(closed, 'the node has no VRF device red')
  const [early] = sessionSpecs([session({ vrf: 'red' })], new Map(), new Map(), { name: 'node1' })
  assert.ok(early !== undefined && 'options' in early)
})

test('a session names exactly one of address and interface, and of peerASN and dynamicASN', () => {
  const refusal = (change: Record<string, unknown>) => {
    const one = JSON.parse(JSON.stringify({ ...session(), ...change })) as PlannedSession // undefined fields go
    const { content, refusals } = parsePlan(plan({ sessions: [one, session({ peer: 'good' })] }), 'node1')
    assert.deepEqual(content?.sessions.map(({ peer }) => peer), refusals.length === 0 ? ['tor', 'good'] : ['good']) // biome-ignore format: one line
    return refusals.join()
  }
  const message = (problem: string) => `spec.sessions[0]: session tor has ${problem}: exactly one belongs there`
  assert.equal(refusal({}), '')
  assert.equal(refusal({ interface: 'eth0' }), message('both address and interface'))
  assert.equal(refusal({ address: undefined }), message('neither address nor interface'))
  assert.equal(refusal({ dynamicASN: 'external' }), message('both peerASN and dynamicASN'))
  assert.equal(refusal({ peerASN: undefined }), message('neither peerASN nor dynamicASN'))
  assert.equal(refusal({ peerASN: undefined, dynamicASN: 'internal' }), '')
  assert.equal(refusal({ address: undefined, interface: 'eth0' }), '')
})

const agreed: NegotiatedSession = {
  peerAs: 64_513,
  peerId: '192.0.2.1' as NegotiatedSession['peerId'],
  internal: false,
  holdSeconds: 10,
  keepaliveSeconds: 10 / 3,
  families: ['ipv4'],
  fourOctetAs: true,
  routeRefresh: true,
  enhancedRefresh: false,
  extendedMessage: false,
  extendedNextHop: false,
  addPathSend: [],
  addPathReceive: [],
}

test('what both ends agreed on is in the status: whole seconds, capabilities in words, sorted', () => {
  assert.deepEqual(negotiated(agreed), {
    peerASN: 64_513,
    routerID: '192.0.2.1',
    holdSeconds: 10,
    keepaliveSeconds: 3,
    capabilities: ['four-octet-as', 'ipv4-unicast', 'route-refresh'],
  })
  const all: NegotiatedSession = {
    ...agreed,
    families: ['ipv4', 'ipv6'],
    enhancedRefresh: true,
    extendedMessage: true,
    extendedNextHop: true,
    addPathSend: ['ipv4'],
    gracefulRestart: { keepsOurs: true, notification: true, peerRestarted: false, peerSeconds: 120, peerFamilies: [], longLived: false },
  }
  assert.deepEqual(negotiated(all).capabilities, [
    'add-path',
    'enhanced-route-refresh',
    'extended-message',
    'extended-next-hop',
    'four-octet-as',
    'graceful-restart',
    'graceful-restart-notification',
    'ipv4-unicast',
    'ipv6-unicast',
    'route-refresh',
  ])
})
