import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { SimCluster } from '../cluster/sim-cluster'
import { type ApiObject, node, object, peer } from '../objects'

type Session = Readonly<Record<string, unknown>>
const names = ['n1', 'n2', 'n3']
const up: Session = { peer: 'r', state: 'Established', since: '', announcedIPv4: 1, announcedIPv6: 0 }
const down = (lastError?: string): Session => ({ ...up, state: 'Active', ...(lastError === undefined ? {} : { lastError }) })
const profile = object('BFDProfile', 'f')
const cluster = (spec: Record<string, unknown> = {}, nodes: readonly string[] = names): SimCluster =>
  new SimCluster([peer('r', spec), profile]).addNodes(...nodes.map((name) => node(name))).settle()

/** The status of the peer when its speakers report these sessions. */
function statusAfter(
  c: SimCluster,
  sessions: Readonly<Record<string, Session | undefined>>,
): { status: string; reason: string; message: string } {
  for (const [name, session] of Object.entries(sessions)) {
    const plan = c.get('AnnouncementPlan', name)
    c.put({ ...plan, status: { ...plan.status, sessions: session === undefined ? [] : [session] } } as ApiObject)
  }
  c.pass()
  return c.condition('BGPPeer', 'r', 'Established')
}

describe('the condition Established of a BGPPeer', () => {
  test('is true when every node that should has the session', () => {
    const c = cluster()
    assert.deepEqual(statusAfter(c, {}), { ...c.condition('BGPPeer', 'r', 'Established'), status: 'True', reason: 'Established' })
    assert.equal(c.condition('BGPPeer', 'r', 'Established').message, 'Established on 3 of 3 nodes.')
    assert.deepEqual(c.pass(), [], 'and is written once')
  })

  test('names the nodes that have it not, and the last error of each', () => {
    const told = statusAfter(cluster(), { n1: down('connection refused: is the router listening on port 179?'), n3: undefined })
    assert.deepEqual([told.status, told.reason], ['False', 'NotEstablished'])
    assert.equal(
      told.message,
      'Established on 1 of 3 nodes. n1: Active, connection refused: is the router listening on port 179? n3: its speaker has not reported the session.',
    )
  })

  test('does not repeat an error that is over', () =>
    assert.equal(statusAfter(cluster(), { n1: { ...up, lastError: 'it was down' } }).message, 'Established on 3 of 3 nodes.'))

  test('keeps its length, however many nodes and words there are', () => {
    const many = Array.from({ length: 40 }, (_, i) => `n${i}`)
    const { message } = statusAfter(cluster({}, many), Object.fromEntries(many.map((name) => [name, down('x'.repeat(5000))])))
    assert.match(message, /^Established on 0 of 40 nodes\. n0: Active, x{199}… .* And 35 nodes more\.$/)
    assert.ok(message.length < 1500)
  })

  test('says that no node should have one', () => {
    const c = cluster({ nodeSelectors: [{ matchLabels: { rack: 'none' } }] })
    assert.deepEqual([statusAfter(c, {}).status, statusAfter(c, {}).reason], ['False', 'NoSessions'])
  })

  test('says how BFD is, of a session with a BFDProfile', () => {
    const watched = { bfdProfile: 'f' }
    const bfd = (state: string, lastError?: string) => ({
      ...up,
      bfd: { state, since: '', ...(lastError === undefined ? {} : { lastError }) },
    })
    assert.equal(
      statusAfter(cluster(watched), { n1: bfd('Up'), n2: bfd('Up'), n3: bfd('Up') }).message,
      'Established on 3 of 3 nodes. BFD is up on 3 of 3 nodes.',
    )
    const told = statusAfter(cluster(watched), { n1: bfd('Up'), n2: bfd('Down', 'nothing heard from 192.0.2.1 for 150 ms'), n3: up })
    assert.equal(told.status, 'True')
    assert.equal(
      told.message,
      'Established on 3 of 3 nodes. BFD is up on 1 of 3 nodes. n2: BFD Down, nothing heard from 192.0.2.1 for 150 ms. n3: BFD has not been reported.',
    )
  })

  test('counts as the columns of kubectl get do', () => {
    const c = cluster()
    statusAfter(c, { n2: down() })
    const { sessionsExpected, sessionsUp } = c.get('BGPPeer', 'r').status
    assert.deepEqual([sessionsExpected, sessionsUp], [3, 2])
  })

  test('stays while the operator cannot see everything', () => {
    const c = cluster()
    c.pass('the API server refuses endpointslices')
    assert.equal(c.condition('BGPPeer', 'r', 'Established').status, 'True')
    assert.equal(c.condition('BGPPeer', 'r', 'InForce').status, 'Unknown')
  })

  test('is not said of a peer in another namespace', () => {
    const c = cluster()
    const stray = peer('r', {}, { namespace: 'default', uid: 'stray' })
    c.put(stray)
    c.pass()
    const { conditions = [] } = c.get('BGPPeer', 'r', 'default').status as { conditions?: readonly { type: string }[] }
    assert.deepEqual(
      conditions.map(({ type }) => type),
      ['Accepted', 'InForce'],
    )
  })
})
