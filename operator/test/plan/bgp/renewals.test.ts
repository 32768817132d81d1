import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { PlannedSession } from '@loadstone/plan'
import fc from 'fast-check'
import { SimCluster } from '../../cluster/sim-cluster'
import { type ApiObject, node, object, peer, phasesOf, secret } from '../../objects'

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `n${i + 1}`)
const cluster = (count: number, ...objects: readonly ApiObject[]): SimCluster =>
  new SimCluster([peer('r'), ...objects]).addNodes(...names(count).map((name) => node(name))).settle()
const sessions = (c: SimCluster, of = 'r'): readonly (readonly [string, PlannedSession])[] =>
  [...c.world().plans].flatMap(([name, { spec }]) => spec.sessions.filter((one) => one.peer === of).map((one) => [name, one] as const))
/** Nodes whose session is published with this hold time. */
const holding = (c: SimCluster, holdSeconds: number, of = 'r'): readonly string[] =>
  sessions(c, of).flatMap(([name, one]) => (one.holdSeconds === holdSeconds ? [name] : []))
const edited = peer('r', { holdTime: '30s' })

/** Passes, until the hold time of 30 s is with so many nodes; how many seconds that took. */
function secondsUntil(c: SimCluster, nodes: number): number {
  for (let seconds = 0; seconds < 100; seconds++) {
    if (holding(c, 30).length >= nodes) return seconds
    c.pass()
    c.speakersReport()
  }
  return Number.POSITIVE_INFINITY
}

describe('an edit that a running session takes is published on all nodes at once:', () => {
  const edits: Readonly<Record<string, readonly ApiObject[]>> = {
    connectTime: [peer('r', { connectTime: '3s', bfdProfile: 'fast' })],
    keepaliveTime: [peer('r', { keepaliveTime: '5s', holdTime: '90s', bfdProfile: 'fast' })],
    'the timers of the BFDProfile': [object('BFDProfile', 'fast', { transmitInterval: 100 })],
    'bfdProfile taken away': [peer('r')],
  }
  test.each(Object.entries(edits))('%s', (_, objects) => {
    const c = cluster(3, object('BFDProfile', 'fast', {}), peer('r', { bfdProfile: 'fast' }))
    const before = sessions(c)
    c.put(...objects)
    c.pass()
    const after = sessions(c)
    assert.equal(new Set(after.map(([, one]) => JSON.stringify(one))).size, 1)
    assert.notDeepEqual(after, before)
  })

  test('nodeSelectors and disableMP leave the sessions of nodes that stay selected as they are', () => {
    const c = cluster(3)
    const before = sessions(c)
    c.put(
      peer('r', {
        disableMP: true,
        nodeSelectors: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values: ['n9'] }] }],
      }),
    )
    c.settle()
    assert.deepEqual(sessions(c), before)
  })
})

describe('an edit that renews sessions', () => {
  test('is published node by node, the next when the one before is established again', () => {
    const c = cluster(3)
    c.put(edited)
    for (const expected of [['n1'], ['n1', 'n2'], ['n1', 'n2', 'n3']]) {
      c.pass()
      c.pass()
      assert.deepEqual(holding(c, 30), expected, 'no further while the speaker has not reported')
      c.speakersReport()
    }
    assert.deepEqual(c.pass(), [])
  })

  test('decided twice on the same world is the same', () => {
    const c = cluster(3)
    c.put(edited)
    assert.deepEqual(phasesOf(c.decide().publication), phasesOf(c.decide().publication))
  })

  test('takes effect at once where the session is down anyway, where no speaker runs, and on a new node', () => {
    const c = cluster(4)
    c.down.add('n2/r')
    c.remove('speaker-n3')
    c.speakersReport()
    c.put(edited)
    c.addNodes(node('n5'))
    c.pass()
    assert.deepEqual(holding(c, 30), ['n1', 'n2', 'n3', 'n5'])
  })

  test('waits 30 s for a session that does not come back, and never takes the last one', () => {
    const c = cluster(3)
    c.put(edited)
    c.pass()
    c.down.add('n1/r')
    c.speakersReport()
    assert.deepEqual(holding(c, 30), ['n1'])
    const seconds = secondsUntil(c, 2)
    assert.ok(seconds >= 29 && seconds <= 31, `${seconds} s`)
    c.down.add('n2/r')
    c.speakersReport()
    assert.equal(secondsUntil(c, 3), Number.POSITIVE_INFINITY, 'n3 has the only session left')
    c.down.delete('n1/r')
    c.speakersReport()
    assert.ok(secondsUntil(c, 3) <= 2)
  })

  test('is not held up by a node whose session has been down all along', () => {
    const c = cluster(2)
    c.down.add('n1/r')
    c.speakersReport()
    c.settle()
    c.put(edited)
    assert.ok(secondsUntil(c, 2) <= 1)
  })

  test('a single session is renewed at once: there is nothing to wait for', () => {
    const c = cluster(1)
    c.put(edited)
    assert.ok(secondsUntil(c, 1) <= 1)
  })

  test('goes through a large cluster by tenths', () => {
    const c = cluster(30)
    c.put(edited)
    const steps: number[] = []
    while (holding(c, 30).length < 30 && steps.length < 30) {
      c.pass()
      steps.push(holding(c, 30).length)
      c.speakersReport()
    }
    assert.deepEqual(steps, [3, 6, 9, 12, 15, 18, 21, 24, 27, 30])
  })

  test.each([
    ['a field more', peer('r'), peer('r', { routerID: '10.0.0.9' })],
    ['a field less', peer('r', { routerID: '10.0.0.9' }), peer('r')],
  ])('is one by %s as well as by another value', (_, first, second) => {
    const c = cluster(3, first)
    c.put(second)
    c.pass()
    assert.deepEqual(
      sessions(c).map(([, one]) => one.routerID === second.spec['routerID']),
      [true, false, false],
    )
  })

  test('carries what a running session takes to the nodes that wait, too', () => {
    const c = cluster(3)
    c.put(peer('r', { holdTime: '30s', connectTime: '3s' }))
    c.pass()
    assert.deepEqual(
      sessions(c).map(([, one]) => [one.holdSeconds, one.keepaliveSeconds, one.connectSeconds]),
      [
        [30, 10, 3],
        [90, 10, 3],
        [90, 10, 3],
      ],
    )
  })

  test('of two BGPPeers never renews both sessions of one node at a time', () => {
    const other = (spec: Record<string, unknown> = {}): ApiObject => peer('s', { peerAddress: '192.0.2.77', ...spec })
    const c = cluster(3, other())
    c.put(edited, other({ holdTime: '30s' }))
    for (let turn = 0; turn < 4; turn++) {
      const before = new Map(['r', 's'].map((of) => [of, holding(c, 30, of)]))
      c.pass()
      const fresh = ['r', 's'].flatMap((of) => holding(c, 30, of).filter((name) => before.get(of)?.includes(name) !== true))
      assert.equal(new Set(fresh).size, fresh.length, fresh.join())
      c.speakersReport()
    }
    assert.deepEqual([holding(c, 30, 'r').length, holding(c, 30, 's').length], [3, 3])
  })

  test('of a rotated Secret is published node by node', () => {
    const c = cluster(3, secret('md5'), peer('r', { passwordSecret: { name: 'md5' } }))
    const versions = (): number => new Set(sessions(c).map(([, one]) => one.passwordSecret?.resourceVersion)).size
    c.put({ ...secret('md5'), data: { password: 'YW5vdGhlcg==' } })
    c.pass()
    assert.equal(versions(), 2)
    c.settle()
    assert.equal(versions(), 1)
  })

  test('of a Secret whose password is the same renews nothing, and an edit afterwards goes node by node as ever', () => {
    const guarded = (spec: Record<string, unknown> = {}): ApiObject => peer('r', { passwordSecret: { name: 'md5' }, ...spec })
    const c = cluster(3, secret('md5'), guarded())
    c.put({ ...secret('md5'), metadata: { ...secret('md5').metadata, labels: { touched: 'yes' } } })
    const versions = (): number => new Set(sessions(c).map(([, one]) => one.passwordSecret?.resourceVersion)).size
    for (let seconds = 0; seconds < 130; seconds++) {
      c.pass()
      c.speakersReport()
    }
    assert.equal(versions(), 1)
    c.put(guarded({ holdTime: '30s' }))
    c.pass()
    assert.deepEqual(holding(c, 30), ['n1'])
  })

  test('does not lengthen the keepalive time beyond the hold time of the sessions that wait, and takes their BFD away', () => {
    const c = cluster(2, object('BFDProfile', 'fast', {}), peer('r', { holdTime: '30s', bfdProfile: 'fast' }))
    c.put(peer('r', { holdTime: '300s' }))
    c.pass()
    assert.deepEqual(
      sessions(c).map(([, one]) => [one.holdSeconds, one.keepaliveSeconds, one.bfd]),
      [
        [300, 100, undefined],
        [30, 10, undefined],
      ],
    )
  })

  test('is looked at every second while sessions wait for others, and not longer', () => {
    const c = cluster(2)
    const due = (): number | undefined => c.decide().requeueAfterSeconds
    assert.equal(due(), undefined)
    c.put(peer('r', { connectTime: '3s' }))
    assert.equal(due(), undefined)
    c.put(edited)
    c.pass()
    assert.equal(due(), 1)
    c.down.add('n1/r')
    c.speakersReport()
    c.nowSeconds += 40
    assert.equal(due(), undefined, 'the last session waits for a report')
    c.down.clear()
    c.settle()
    assert.equal(due(), undefined)
  })

  test('is gone on with by an operator that takes over: it awaits what is down, but not for ever', () => {
    const c = cluster(3)
    c.put(edited)
    c.pass()
    c.down.add('n1/r')
    c.speakersReport()
    c.restart()
    const seconds = secondsUntil(c, 2)
    assert.ok(seconds >= 29 && seconds <= 32, `${seconds} s`)
    assert.ok(secondsUntil(c, 3) <= 2, 'whether n1 is down because of the edit, nobody knows any more')
  })
})

const act = fc.oneof(
  fc.record({ do: fc.constant('edit' as const), seconds: fc.constantFrom(30, 60, 120) }),
  fc.record({ do: fc.constant('cut' as const), node: fc.constantFrom('n1', 'n2', 'n3') }),
  fc.record({ do: fc.constant('mend' as const), node: fc.constantFrom('n1', 'n2', 'n3') }),
  fc.record({ do: fc.constant('pass' as const), times: fc.constantFrom(1, 5, 40) }),
  fc.record({ do: fc.constant('report' as const) }),
)

/** Watches what passes do to sessions that are established, without knowing how the operator decides. */
class Watch {
  readonly cluster = cluster(3)
  /** Established sessions that an edit ended and that have not come back, with the `since` they had. */
  readonly #renewed = new Map<string, { readonly since: string; readonly atSeconds: number }>()

  #established(): ReadonlyMap<string, string> {
    const statuses = [...this.cluster.world().plans].map(([name, { status }]) => [name, status?.sessions[0]] as const)
    return new Map(statuses.flatMap(([name, one]) => (one?.state === 'Established' ? [[name, one.since]] : [])))
  }

  report(): void {
    this.cluster.speakersReport()
    for (const [name, since] of this.#established()) if (this.#renewed.get(name)?.since !== since) this.#renewed.delete(name)
  }

  pass(): void {
    const { nowSeconds } = this.cluster
    const [established, before] = [this.#established(), new Map(sessions(this.cluster))]
    this.cluster.pass()
    const touched = sessions(this.cluster).flatMap(([name, { holdSeconds }]) =>
      before.get(name)?.holdSeconds === holdSeconds ? [] : [name],
    )
    const ended = touched.filter((name) => established.has(name) && !this.#renewed.has(name))
    assert.ok(ended.length <= 1, `${ended.join()} at once`)
    if (ended.length === 0) return
    const awaited = [...this.#renewed].filter(([name]) => !ended.includes(name))
    for (const [name, { atSeconds }] of awaited)
      assert.ok(nowSeconds - atSeconds >= 30, `${ended.join()} ${nowSeconds - atSeconds} s after ${name}`)
    const down = awaited.filter(([name]) => !established.has(name))
    assert.ok(down.length === 0 || established.size > 1, `${ended.join()} was the last one`)
    for (const name of ended) this.#renewed.set(name, { since: established.get(name) ?? '', atSeconds: nowSeconds })
  }
}

test('whatever is edited and fails meanwhile, edits end one session at a time and never the last, and in the end all have the last edit', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
      const watch = new Watch()
      const { cluster: c } = watch
      let wanted = 90
      for (const one of acts) {
        if (one.do === 'edit') {
          wanted = one.seconds
          c.put(peer('r', { holdTime: `${wanted}s`, keepaliveTime: '1s' }))
        } else if (one.do === 'cut') c.down.add(`${one.node}/r`)
        else if (one.do === 'mend') c.down.delete(`${one.node}/r`)
        else if (one.do === 'report') watch.report()
        else for (let i = 0; i < one.times; i++) watch.pass()
      }
      c.down.clear()
      for (let i = 0; i < 60; i++) {
        watch.report()
        watch.pass()
      }
      assert.equal(holding(c, wanted).length, 3)
    }),
    { numRuns: 40 },
  )
})
