import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { type Ip, parseIp } from '@loadstone/ip'
import { decodeExactly, encodeToBytes } from '@loadstone/wire'
import type { NotificationName } from '../../src/message/error-codes'
import type { NegotiatedSession } from '../../src/message/negotiated-session'
import { openMessage } from '../../src/message/open'
import type { SessionConfig } from '../../src/session/config'
import { negotiate, ourOpen } from '../../src/session/negotiate'
import { type PeerOpen, peerOpenOf } from '../../src/session/peer-open'
import { config, peerOpen } from '../samples'

const ip = (text: string): Ip => parseIp(text) as Ip
const refusal = (ours: SessionConfig, theirs: PeerOpen): NotificationName | undefined => {
  const answer = negotiate(ours, theirs)
  return 'refuse' in answer ? answer.refuse.name : undefined
}
const agreed = (ours: SessionConfig, theirs: PeerOpen): NegotiatedSession => {
  const answer = negotiate(ours, theirs)
  assert.ok(!('refuse' in answer))
  return answer
}

test('RFC 4271 §6.2: a version other than 4 is refused, and the data says which we speak', () => {
  const answer = negotiate(config, { ...peerOpen, version: 3 })
  assert.deepEqual(answer, { refuse: { name: 'unsupportedVersion', data: Uint8Array.of(0, 4) } })
})

test('RFC 4271 §6.2: another AS than expected is refused', () => {
  assert.equal(refusal(config, { ...peerOpen, as: 65009 }), 'badPeerAs')
})

test('RFC 7607 §2: AS 0 is refused whatever is expected', () => {
  assert.equal(refusal({ ...config, peerAs: 'external' }, { ...peerOpen, as: 0 }), 'badPeerAs')
})

test('a peer that may be of any other AS must not be of ours, and one of ours must not be of another', () => {
  assert.equal(refusal({ ...config, peerAs: 'external' }, { ...peerOpen, as: config.localAs }), 'badPeerAs')
  assert.equal(refusal({ ...config, peerAs: 'external' }, peerOpen), undefined)
  assert.equal(refusal({ ...config, peerAs: 'internal' }, peerOpen), 'badPeerAs')
  assert.equal(refusal({ ...config, peerAs: 'internal' }, { ...peerOpen, as: config.localAs }), undefined)
})

test('RFC 6286 §2: the identifier must not be zero, and inside an AS not ours', () => {
  assert.equal(refusal(config, { ...peerOpen, id: ip('0.0.0.0') }), 'badBgpIdentifier')
  assert.equal(refusal(config, { ...peerOpen, id: config.id }), undefined)
  assert.equal(refusal({ ...config, peerAs: 65001 }, { ...peerOpen, as: 65001, id: config.id }), 'badBgpIdentifier')
})

test('RFC 4271 §6.2: a hold time of 1 or 2 seconds is refused, 0 and 3 are taken', () => {
  const of = (holdSeconds: number): NotificationName | undefined => refusal(config, { ...peerOpen, holdSeconds })
  assert.deepEqual([0, 1, 2, 3].map(of), [undefined, 'unacceptableHoldTime', 'unacceptableHoldTime', undefined])
})

test('RFC 4271 §6.2: an optional parameter that is no capability is refused', () => {
  assert.equal(refusal(config, { ...peerOpen, foreignParameters: [1] }), 'unsupportedOptionalParameter')
})

test('RFC 9234 §4.2: roles must be the two ends of one relation', () => {
  const customer: SessionConfig = { ...config, role: 'customer' }
  assert.equal(refusal(customer, { ...peerOpen, roles: [0] }), undefined)
  assert.equal(refusal(customer, { ...peerOpen, roles: [3] }), 'roleMismatch')
  assert.equal(refusal(customer, { ...peerOpen, roles: [0, 4] }), 'roleMismatch', 'a peer that contradicts itself')
  assert.equal(refusal({ ...config, role: 'peer' }, { ...peerOpen, roles: [4] }), undefined)
})

test('RFC 9234 §4.2: a peer without a role is taken, unless strict', () => {
  const customer: SessionConfig = { ...config, role: 'customer' }
  assert.equal(refusal(customer, peerOpen), undefined)
  assert.equal(refusal({ ...customer, strictRole: true }, peerOpen), 'roleMismatch')
})

test('RFC 4271 §4.2: the lower hold time counts; keepalives come at a third of it or as often as wanted', () => {
  assert.equal(agreed(config, { ...peerOpen, holdSeconds: 30 }).holdSeconds, 30)
  assert.equal(agreed({ ...config, holdSeconds: 9 }, peerOpen).holdSeconds, 9)
  assert.equal(agreed(config, { ...peerOpen, holdSeconds: 30 }).keepaliveSeconds, 10)
  assert.equal(agreed({ ...config, keepaliveSeconds: 2 }, { ...peerOpen, holdSeconds: 30 }).keepaliveSeconds, 2)
  assert.equal(agreed({ ...config, keepaliveSeconds: 60 }, { ...peerOpen, holdSeconds: 30 }).keepaliveSeconds, 10, 'never beyond a third')
})

test('RFC 4760 §8: only families that both offer are routed', () => {
  assert.deepEqual(agreed(config, { ...peerOpen, families: ['ipv6'] }).families, ['ipv6'])
  assert.deepEqual(agreed({ ...config, families: ['ipv4'] }, { ...peerOpen, families: ['ipv6'] }).families, [])
})

test('RFC 7911 §5: several paths go one way only if one end sends and the other receives', () => {
  const addPath = { ipv4: 'receive', ipv6: 'send' } as const
  const both = agreed({ ...config, addPath: 'both' }, { ...peerOpen, addPath })
  assert.deepEqual([both.addPathSend, both.addPathReceive], [['ipv4'], ['ipv6']])
  const sending = agreed({ ...config, addPath: 'send' }, { ...peerOpen, addPath })
  assert.deepEqual([sending.addPathSend, sending.addPathReceive], [['ipv4'], []])
})

test('RFC 4724 §4: graceful restart is agreed when both offer it', () => {
  const gracefulRestart = { restarted: false, notification: true, seconds: 120, families: [] }
  assert.deepEqual(agreed(config, { ...peerOpen, gracefulRestart }).gracefulRestart?.keepsOurs, false)
  const ours: SessionConfig = { ...config, gracefulRestart: { seconds: 60, restarted: false } }
  assert.equal(agreed(ours, peerOpen).gracefulRestart, undefined)
  assert.deepEqual(agreed(ours, { ...peerOpen, gracefulRestart }).gracefulRestart, {
    keepsOurs: true,
    notification: true,
    peerRestarted: false,
    peerSeconds: 120,
    peerFamilies: [],
    longLived: false,
  })
})

const said = (ours: SessionConfig): PeerOpen =>
  peerOpenOf(decodeExactly(openMessage, encodeToBytes(openMessage, ourOpen(ours), 'OPEN'), 'OPEN'))

test('our OPEN says what the configuration says', () => {
  const ours: SessionConfig = {
    ...config,
    holdSeconds: 30,
    addPath: 'send',
    role: 'customer',
    gracefulRestart: { seconds: 60, restarted: true },
    longLivedSeconds: 3600,
  }
  const { capabilities, ...meaning } = said(ours)
  assert.ok(capabilities.length > 0)
  assert.deepEqual(meaning, {
    version: 4,
    as: 65001,
    id: config.id,
    holdSeconds: 30,
    families: ['ipv4', 'ipv6'],
    fourOctetAs: true,
    routeRefresh: true,
    enhancedRefresh: true,
    extendedMessage: true,
    extendedNextHop: true,
    addPath: { ipv4: 'send', ipv6: 'send' },
    roles: [3],
    gracefulRestart: {
      restarted: true,
      notification: true,
      seconds: 60,
      families: [
        { family: 'ipv4', forwarding: true },
        { family: 'ipv6', forwarding: true },
      ],
    },
    longLived: { ipv4: 3600, ipv6: 3600 },
    foreignParameters: [],
  })
})

test('RFC 6793 §4.2.1: an AS that needs four octets is AS_TRANS in the two-octet field', () => {
  const open = ourOpen({ ...config, localAs: 4_200_000_001 })
  assert.equal(open.myAs, 23_456)
  assert.equal(peerOpenOf(open).as, 4_200_000_001)
})

test('RFC 4724 §3: who asks for nothing names no family, so that the peer still marks the end of its table', () => {
  assert.deepEqual(said(config).gracefulRestart, { restarted: false, notification: true, seconds: 0, families: [] })
})

test('RFC 9234 §4.1: a role is said to eBGP peers only', () => {
  assert.deepEqual(said({ ...config, peerAs: 65001, role: 'peer' }).roles, [])
})
