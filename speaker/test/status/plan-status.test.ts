import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { parseIp, parseMac } from '@loadstone/ip'
import type { SessionStatus } from '@loadstone/plan/status'
import { claim } from '../../src/l2/ownership'
import type { L2Interface } from '../../src/messages/messages'
import { desiredState, nothingDesired, type Observed } from '../../src/plan/desired-state'
import { type StatusInput, statusOf } from '../../src/status/plan-status'
import { entry, ip, object, plan, routeSet, seen, slice } from '../builders'

const link = (name: string, more: Partial<L2Interface> = {}): L2Interface => ({
  name,
  mac: parseMac('02:00:5e:10:00:01')!,
  up: true,
  answers: ['ipv4', 'ipv6'],
  addresses: [],
  ...more,
})
const whole = seen({
  plan: object(plan({ slices: ['a'], routeSets: ['s'] }), 7),
  slices: new Map([['a', slice([entry('192.0.2.11', { term: 9 }), entry('192.0.2.10', { interfaces: ['eth1'] })])]]),
  routeSets: new Map([['s', routeSet()]]),
})
function situation(what: Observed = whole, more: Partial<StatusInput> = {}): StatusInput {
  const { lastGood, entries } = desiredState(nothingDesired, what, 'node1', 0)
  const claims = claim(new Map(), entries, 'node1', 0)
  return {
    lastGood,
    waiting: undefined,
    remembered: [],
    claims,
    interfaces: [link('eth0'), link('eth1')],
    sessions: [],
    pathFaults: [],
    conflicts: [],
    wireProblems: [],
    ...more,
  }
}
const condition = (more: StatusInput, type: string) => statusOf(more, [], 'now').conditions.find((one) => one.type === type)

test('everything is reported: what is observed, answered for and in which state', () => {
  assert.deepEqual(statusOf(situation(), [], 'now'), {
    observedGeneration: 7,
    observedRouteSets: ['s'],
    observedSlices: ['a'],
    summary: '2 addresses, 0 of 0 sessions established',
    interfaces: ['eth0', 'eth1'].map((name) => ({ name, mac: parseMac('02:00:5e:10:00:01')!, up: true, addresses: [] })),
    sessions: [],
    claims: [
      { address: '192.0.2.10', interfaces: ['eth1'], term: 1, takeovers: 0 },
      { address: '192.0.2.11', interfaces: ['eth0', 'eth1'], term: 9, takeovers: 0 },
    ],
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Applied',
        message: 'The plan is read, sockets are open, local addresses are answered for',
        lastTransitionTime: 'now',
        observedGeneration: 7,
      },
      {
        type: 'Degraded',
        status: 'False',
        reason: 'AsPlanned',
        message: 'Nothing stands in the way',
        lastTransitionTime: 'now',
        observedGeneration: 7,
      },
    ],
  })
})

test('a set that the plan lists no more is no longer observed, so that it may be deleted', () => {
  const without = { ...whole, plan: object(plan({ slices: ['a'] }), 8) }
  assert.deepEqual(statusOf(situation(without), [], 'now').observedRouteSets, [])
})

test('a listed set that was never seen is not observed and is named', () => {
  const missing = situation({ ...whole, routeSets: new Map() })
  assert.deepEqual(statusOf(missing, [], 'now').observedRouteSets, [])
  assert.deepEqual(
    [condition(missing, 'Degraded')?.reason, condition(missing, 'Degraded')?.message],
    ['PartMissing', 'RouteSet s is listed in the plan but was never seen; until it appears nothing is withdrawn'],
  )
})

test('an address is not claimed where its interface cannot answer, nor while it is given up', () => {
  const half = situation(whole, {
    interfaces: [link('eth0', { answers: [], problem: 'the process needs CAP_NET_RAW' }), link('eth1', { up: false })],
  })
  assert.deepEqual(statusOf(half, [], 'now').claims.map(({ interfaces }) => interfaces), [[], []]) // biome-ignore format: one line
  const yielding = new Map([...situation().claims].map(([address, { value }]) => [address, { value, withdrawAt: 100 }]))
  assert.deepEqual(statusOf(situation(whole, { claims: yielding }), [], 'now').claims, [])
})

test('an interface is reported with as many addresses as the schema holds', () => {
  const many = link('eth0', { addresses: Array.from({ length: 100 }, (_, i) => parseIp(`192.0.2.${i}`)!) })
  assert.equal(statusOf(situation(whole, { interfaces: [many] }), [], 'now').interfaces[0]?.addresses.length, 64)
})

test('an address whose interfaces are not here is named', () => {
  const elsewhere = situation(whole, { interfaces: [link('eth0')] })
  assert.match(
    condition(elsewhere, 'Degraded')?.message ?? '',
    /^192.0.2.10 is not answered for: it is announced on eth1, and none of that is up here$/,
  )
})

test('a condition keeps its time until its status changes', () => {
  const first = statusOf(situation(), [], 'one')
  const same = statusOf(situation(), first.conditions, 'two')
  assert.deepEqual(same, first)
  const worse = statusOf(situation(whole, { conflicts: ['192.0.2.10 is also answered for'] }), first.conditions, 'three')
  assert.deepEqual(worse.conditions.map(({ lastTransitionTime }) => lastTransitionTime), ['one', 'three']) // biome-ignore format: one line
})

const down: SessionStatus = {
  peer: 'tor',
  address: '192.0.2.1',
  state: 'Active',
  since: 'then',
  announcedIPv4: 0,
  announcedIPv6: 0,
  lastError: 'refused',
}
test('a session that is down says why; one that came up again does not', () => {
  assert.match(condition(situation(whole, { sessions: [down] }), 'Degraded')?.message ?? '', /^BGP session tor: refused$/)
  assert.equal(condition(situation(whole, { sessions: [{ ...down, state: 'Established' }] }), 'Degraded')?.status, 'False')
})

test('a way that BFD finds broken is named beside the session, or alone where BGP is up; a node that leaves has none', () => {
  const pathFaults = ['BFD session tor is Down: nothing heard']
  const both = condition(situation(whole, { sessions: [down], pathFaults }), 'Degraded')
  assert.deepEqual([both?.reason, both?.message], ['SessionDown', 'BGP session tor: refused. BFD session tor is Down: nothing heard'])
  const alone = condition(situation(whole, { sessions: [{ ...down, state: 'Established' }], pathFaults }), 'Degraded')
  assert.deepEqual([alone?.status, alone?.reason, alone?.message], ['True', 'BfdDown', pathFaults[0]])
  const leaving = { ...whole, plan: object(plan({ slices: ['a'], routeSets: ['s'], leaving: 'drain' })) }
  assert.equal(condition(situation(leaving, { pathFaults }), 'Degraded')?.status, 'False')
})

test('peers that are down do not make the speaker unready', () => {
  assert.equal(condition(situation(whole, { sessions: [down] }), 'Ready')?.status, 'True')
  assert.equal(condition(situation(whole, { waiting: 'L2 is not applied' }), 'Ready')?.message, 'Waiting: L2 is not applied')
  assert.equal(condition(situation({ ...whole, plan: object({ node: 'node2' }) }), 'Ready')?.reason, 'PlanUnreadable')
})

test('thousands of sentences are counted, not listed, and no text outgrows its schema', () => {
  const conflicts = Array.from({ length: 5_000 }, (_, i) => `conflict ${i} ${'x'.repeat(5_000)}`)
  const message = condition(situation(whole, { conflicts }), 'Degraded')?.message ?? ''
  assert.ok(message.length <= 32_768)
  assert.match(
    condition(situation(whole, { conflicts: conflicts.map((_, i) => `c${i}`) }), 'Degraded')?.message ?? '',
    /^c0\. .*c9\. and 4990 more$/,
  )
  const lastError = 'y'.repeat(9_000)
  const long = statusOf(
    situation(whole, { sessions: [{ ...down, lastError, bfd: { state: 'Down', since: 'then', lastError } }] }),
    [],
    'now',
  )
  assert.deepEqual([long.sessions[0]?.lastError?.length, long.sessions[0]?.bfd?.lastError?.length], [4_096, 4_096])
})

test('IPv4 and IPv6 claims are ordered alike whatever the plan’s order', () => {
  const { claims } = statusOf(situation(), [], 'now')
  assert.deepEqual(claims.map(({ address }) => address), [ip('192.0.2.10'), ip('192.0.2.11')]) // biome-ignore format: one line
})

test('what a router says reaches the status as plain text: no line break, no escape sequence, no change of direction', () => {
  const lastError = 'peer ended the session: it says "\u001b[2Jall\r\nis \u202ewell\u0080\ud800"'
  const plain = 'peer ended the session: it says " [2Jall is well \ufffd"'
  const session = { peer: 'tor', state: 'Idle', since: 'then', announcedIPv4: 0, announcedIPv6: 0, lastError } as const
  const bfd = { state: 'Down', lastError } as unknown as NonNullable<SessionStatus['bfd']>
  const input = situation(whole, { sessions: [{ ...session, bfd }], conflicts: ['eth\u001b0 answers for 192.0.2.10'] })
  const status = statusOf(input, [], 'now')
  assert.deepEqual([status.sessions[0]?.lastError, status.sessions[0]?.bfd?.lastError], [plain, plain])
  assert.equal(condition(input, 'Degraded')?.message, `eth 0 answers for 192.0.2.10. BGP session tor: ${plain}`)
})
