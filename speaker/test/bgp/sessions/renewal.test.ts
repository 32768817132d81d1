import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from '@jest/globals'
import { liveSessionFields, type PlannedSession } from '@loadstone/plan'
import { BgpAnnouncer, type DesiredSessions } from '../../../src/bgp/announcer'
import type { Password } from '../../../src/bgp/session-options'
import { ip, route, session, settle } from '../../builders'
import { SimPeer } from '../../sim/sim-peer'

type Change = {
  readonly from?: Partial<PlannedSession>
  readonly to?: Partial<PlannedSession>
  /** The password of the Secret before and after. */
  readonly passwords?: readonly [string, string]
}
const bfd = { profile: 'fast', receiveIntervalMillis: 300, transmitIntervalMillis: 300, detectMultiplier: 3, passive: false }
const secret = { name: 'tor', resourceVersion: '5' }

/** What each row of the table means for the session in the plan. */
const changes: Readonly<Record<string, Change>> = {
  connectTime: { to: { connectSeconds: 3 } },
  keepaliveTime: { to: { keepaliveSeconds: 5 } },
  'bfdProfile, and the timers in the BFDProfile': { from: { bfd }, to: { bfd: { ...bfd, transmitIntervalMillis: 100 } } },
  'nodeSelectors, on nodes that stay selected': {},
  disableMP: {},
  'the Secret, where its password stays': {
    from: { passwordSecret: secret },
    to: { passwordSecret: { ...secret, resourceVersion: '6' } },
    passwords: ['one', 'one'],
  },
  holdTime: { to: { holdSeconds: 30 } },
  'myASN, localASN': { to: { myASN: 64_999 } },
  'peerASN, dynamicASN': { to: { peerASN: 64_998 } },
  'peerAddress, interface': { to: { address: ip('192.0.2.7') } },
  sourceAddress: { to: { sourceAddress: ip('192.0.2.9') } },
  peerPort: { to: { port: 1179 } },
  vrf: { to: { vrf: 'red' } },
  ebgpMultiHop: { to: { ebgpMultiHop: true } },
  routerID: { to: { routerID: ip('192.0.2.99') } },
  dualStackAddressFamily: { from: { families: ['ipv4'] }, to: { families: ['ipv4', 'ipv6'] } },
  enableGracefulRestart: { to: { gracefulRestartSeconds: 120 } },
  'password, passwordSecret, and the password in the Secret': {
    from: { passwordSecret: secret },
    to: { passwordSecret: { ...secret, resourceVersion: '6' } },
    passwords: ['one', 'two'],
  },
}

const page = readFileSync(join(__dirname, '../../../../docs/bgp.md'), 'utf8')
const rows = [...page.matchAll(/^\| (.+) \| (stays|renewed)(?:[,;] .*)? \|$/gm)].map(
  ([, field = '', effect = '']) => [field.replaceAll('`', ''), effect] as const,
)

const rib = new Map([['tor', new Map([['203.0.113.1/32', { value: route('203.0.113.1/32') }]])]])
const desired = (more: Partial<PlannedSession> = {}, password?: string): DesiredSessions => ({
  sessions: [session(more)],
  adjRibsOut: rib,
  passwords: new Map<string, Password>(password === undefined ? [] : [['tor', { text: password }]]),
  interfaces: [],
  drain: { at: 'announcing' },
})

/** A session with its router, before the change and after it. */
async function changed({ from, to, passwords = ['', ''] }: Change): Promise<readonly SimPeer[]> {
  const peers: SimPeer[] = []
  const connect = (options: ConstructorParameters<typeof SimPeer>[0]): SimPeer => {
    peers.push(new SimPeer(options))
    return peers.at(-1) as SimPeer
  }
  const announcer = new BgpAnnouncer({ node: 'node1', connect, wallTime: () => 'now', onEvent: () => {} })
  announcer.reconcile(desired(from, passwords[0]))
  peers[0]?.establish('192.0.2.5')
  announcer.reconcile(desired({ ...from, ...to }, passwords[1]))
  await settle()
  return peers
}

describe('docs/bgp.md says of each field of a BGPPeer what a change of it does to a running session:', () => {
  test('every field has a row here and there', () => {
    assert.deepEqual(
      rows.map(([field]) => field),
      Object.keys(changes),
    )
  })

  test.each(rows)('%s: %s', async (field, effect) => {
    const peers = await changed(changes[field] ?? {})
    const [first] = peers
    assert.deepEqual(
      [peers.length, first?.life, first?.status().state],
      effect === 'stays' ? [1, 'started', 'established'] : [2, 'stopped', 'idle'],
    )
  })

  test('the plan names the same fields as those that renew nothing', () => {
    const touched = rows.flatMap(([field, effect]) => (effect === 'stays' ? Object.keys(changes[field]?.to ?? {}) : []))
    assert.deepEqual(new Set(touched), new Set([...liveSessionFields, 'passwordSecret'])) // a Secret is known only once it was read
  })
})

test('timers that need no new session are in force in the one that runs', async () => {
  const [peer] = await changed({ to: { connectSeconds: 3, keepaliveSeconds: 5 } })
  assert.deepEqual([peer?.options.connectSeconds, peer?.options.keepaliveSeconds, peer?.status().agreed?.keepaliveSeconds], [3, 5, 5])
  assert.deepEqual(peer?.known(), ['203.0.113.1/32'])
})

describe('a session that is renewed', () => {
  const agreed = { gracefulRestartSeconds: 120 }
  const cases: Readonly<Record<string, readonly [Change, SimPeer['life']]>> = {
    'ends without a NOTIFICATION where graceful restart is agreed on': [{ from: agreed, to: { holdSeconds: 30 } }, 'ended'],
    'ends with one where it is not': [{ to: { holdSeconds: 30 } }, 'stopped'],
    'ends with one where the new session will not have it': [
      { from: agreed, to: { gracefulRestartSeconds: undefined } as object },
      'stopped',
    ],
    'ends with one where it was not agreed on before': [{ to: agreed }, 'stopped'],
    'ends with one where another router takes over': [{ from: agreed, to: { address: ip('192.0.2.7') } }, 'stopped'],
    'ends with one where it leaves by another link': [{ from: agreed, to: { vrf: 'red' } }, 'stopped'],
    'ends with one where the router would know us by another address': [
      { from: agreed, to: { sourceAddress: ip('192.0.2.9') } },
      'stopped',
    ],
  }
  test.each(Object.entries(cases))('%s', async (_, [change, life]) => {
    const [first, second] = await changed(change)
    assert.deepEqual([first?.life, second?.life, second?.prefixes()], [life, 'started', ['203.0.113.1/32']])
  })
})
