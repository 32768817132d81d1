import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { dryRun } from '../../../src/cluster/dry-run'
import { callOf } from '../../../src/cluster/write-calls'
import { passwordSecretName } from '../../../src/plan/bgp/plan-passwords'
import type { PasswordWrite, Write } from '../../../src/publish/write'
import { lineOfIntention, lineOfWrite } from '../../../src/report/log-lines'
import { SimCluster } from '../../cluster/sim-cluster'
import { type ApiObject, node, peer, phasesOf, secret, settings } from '../../objects'

const word = 'a-word-nobody-may-see'
const name = 'loadstone-password-r'
const open = (spec: Record<string, unknown> = {}): ApiObject => peer('r', { password: word, ...spec })
const cluster = (...objects: readonly ApiObject[]): SimCluster => new SimCluster(objects).addNodes(node('n1')).settle()
const session = (c: SimCluster) => c.plan('n1').sessions[0]
const kept = (c: SimCluster): string | undefined => {
  const held = c.objects.get(`Secret/metallb-system/${name}`)?.data
  return held && Buffer.from(held['password'] ?? '', 'base64').toString()
}
const writesOf = (c: SimCluster): readonly Write[] => {
  const { publication } = c.decide()
  const [phases, { reports }] = [phasesOf(publication), publication]
  return [...phases.flat(), ...reports]
}

describe('a password in a BGPPeer', () => {
  test('is kept in a Secret, and the plan names that one', () => {
    const c = cluster(open())
    assert.equal(kept(c), word)
    assert.deepEqual(session(c)?.passwordSecret, { name, resourceVersion: c.get('Secret', name).metadata.resourceVersion })
    assert.deepEqual(writesOf(c), [])
    assert.deepEqual(writesOf(c.restart()), [])
  })

  test('begins no session before its Secret is there, and the peer says so', () => {
    const c = new SimCluster([open()]).addNodes(node('n1'))
    c.pass()
    assert.deepEqual(c.plan('n1').sessions, [])
    assert.equal(c.condition('BGPPeer', 'r', 'Accepted').reason, 'PasswordPending')
    assert.equal(c.settle().condition('BGPPeer', 'r', 'Accepted').status, 'True')
  })

  test('that changes goes into the Secret first: meanwhile the session stays as it was', () => {
    const c = cluster(open())
    const before = session(c)
    c.put(open({ password: 'another', peerPort: 1179 }))
    c.pass()
    assert.deepEqual(session(c), before)
    assert.equal(kept(c), 'another')
    c.settle()
    assert.equal(session(c)?.port, 1179)
    assert.notDeepEqual(session(c)?.passwordSecret, before?.passwordSecret)
  })

  test('that goes to a Secret of their own takes ours away, after the plan names the other', () => {
    const c = cluster(open(), secret('md5'))
    c.put(peer('r', { passwordSecret: { name: 'md5' } }))
    c.pass()
    assert.equal(session(c)?.passwordSecret?.name, 'md5')
    c.settle()
    assert.equal(kept(c), undefined)
    assert.ok(c.objects.has('Secret/metallb-system/md5'))
  })

  test('goes with its peer', () => {
    const c = cluster(open())
    c.remove('BGPPeer/metallb-system/r')
    c.settle()
    assert.deepEqual([kept(c), c.plan('n1').sessions], [undefined, []])
  })

  test('stays with a session whose peer was edited into something invalid, over a restart too', () => {
    const c = cluster(open())
    const before = session(c)
    c.put(open({ holdTime: '1s' }))
    assert.deepEqual(session(c.settle()), before)
    assert.deepEqual(session(c.restart().settle()), before)
    assert.equal(kept(c), word)
  })

  test('is put back if somebody takes its Secret away; the session goes on', () => {
    const c = cluster(open())
    c.remove(`Secret/metallb-system/${name}`)
    c.pass()
    assert.equal(session(c)?.passwordSecret?.name, name)
    assert.equal(kept(c.settle()), word)
  })

  test('never touches a Secret of somebody else, whatever it is called or marked', () => {
    const marked = { annotations: { 'loadstone.dev/password-of': 'gone/1' } }
    const strangers = [secret('loadstone-password-theirs'), { ...secret('other'), metadata: { ...secret('other').metadata, ...marked } }]
    const c = cluster(open(), ...strangers)
    for (const { metadata } of strangers) assert.ok(c.objects.has(`Secret/metallb-system/${metadata.name}`), metadata.name)
  })

  test('has a Secret of a name that the API accepts, and of its own', () => {
    const long = 'x'.repeat(250)
    assert.ok(passwordSecretName(long).length <= 253)
    assert.notEqual(passwordSecretName(long), passwordSecretName(`${long}y`))
  })
})

describe('the Secret', () => {
  const c = new SimCluster([open()]).addNodes(node('n1'))
  const write = writesOf(c).find((found): found is PasswordWrite => found.do === 'password')!

  test('is applied where the BGPPeer is, and belongs to it', () => {
    const call = callOf(write, settings)
    assert.equal(call.path, `/api/v1/namespaces/metallb-system/secrets/${name}`)
    assert.deepEqual(call.body, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        namespace: 'metallb-system',
        name,
        annotations: { 'loadstone.dev/password-of': 'BGPPeer-r/1' },
        ownerReferences: [{ apiVersion: 'metallb.io/v1beta2', kind: 'BGPPeer', name: 'r', uid: 'BGPPeer-r' }],
      },
      type: 'kubernetes.io/basic-auth',
      data: { password: Buffer.from(word).toString('base64') },
    })
  })

  test('is told of without the password, whatever became of it', () => {
    const lines = [
      lineOfIntention(write),
      ...['written', 'refused', 'failed', 'conflict'].map((is) => lineOfWrite(write, { is, message: 'no', status: 403 })),
    ]
    for (const line of lines) {
      assert.ok(!JSON.stringify(line).includes(word))
      assert.equal(line['name'], name)
    }
    const told: Write[] = []
    const nothing = {
      observe: () => ({ observed: [] as never }),
      refresh: async () => {},
      abandon: () => {},
      perform: () => assert.fail(),
      report: () => {},
    }
    const cluster = dryRun(nothing, (write) => told.push(write))
    void cluster.perform(write)
    cluster.report([], () => {})
    void cluster.perform({ ...write, password: 'another' })
    assert.equal(told.length, 1, 'what is remembered of it to tell it once does not depend on the password')
  })

  test('alone holds the password: no plan, no condition, no event does', () => {
    const settled = cluster(open())
    const others = [...settled.objects.values()].filter(
      ({ kind, metadata }) => kind !== 'Secret' && !(kind === 'BGPPeer' && metadata.name === 'r'),
    )
    assert.ok(!JSON.stringify(others).includes(word))
    assert.ok(!JSON.stringify(settled.get('BGPPeer', 'r').status).includes(word))
  })
})
