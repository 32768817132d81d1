import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { dryRun } from '../../src/cluster/dry-run'
import { matches, parseSelector, type Selector, selectorText } from '../../src/model/selector'
import { type OperatorSettings, parseSettings } from '../../src/model/settings'
import { durationSeconds, secondsOf } from '../../src/observe/fields/duration'
import { audienceText, routeSetName } from '../../src/plan/bgp/node-groups'
import type { Write } from '../../src/publish/write'
import { lineOfIntention, lineOfWrite, withoutRepetition } from '../../src/report/log-lines'
import { observeAll, SimCluster } from '../cluster/sim-cluster'
import { bgp, node, phasesOf, pool, service, speakerPod } from '../objects'

describe('label selectors mean what Kubernetes says', () => {
  const labels = new Map([
    ['rack', '1'],
    ['gpu', ''],
  ])
  const rows = [
    [{}, true],
    [{ matchLabels: { rack: '1' } }, true],
    [{ matchLabels: { rack: '2' } }, false],
    [{ matchExpressions: [{ key: 'rack', operator: 'In', values: ['2', '1'] }] }, true],
    [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['1'] }] }, false],
    [{ matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['1'] }] }, true],
    [{ matchExpressions: [{ key: 'rack', operator: 'NotIn', values: ['1'] }] }, false],
    [{ matchExpressions: [{ key: 'gpu', operator: 'Exists' }] }, true],
    [{ matchExpressions: [{ key: 'gpu', operator: 'DoesNotExist' }] }, false],
    [{ matchLabels: { rack: '1' }, matchExpressions: [{ key: 'zone', operator: 'Exists' }] }, false],
  ] as const
  test.each(rows)('%j: %s', (selector, expected) => assert.equal(matches(parseSelector(selector) as Selector, labels), expected))

  const broken = [
    7,
    null,
    'x',
    { matchLabels: { a: 1 } },
    { matchExpressions: [{}] },
    { matchExpressions: [{ key: 'a', operator: 'Like' }] },
    { matchExpressions: [{ key: 'a', operator: 'In' }] },
    { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['x'] }] },
  ]
  test.each(broken)('%j is refused in words', (selector) => assert.equal(typeof parseSelector(selector), 'string'))

  test('equal ones have equal text, in whatever order they are written', () => {
    const text = (selector: object): string => selectorText(parseSelector(selector) as Selector)
    assert.equal(
      text({ matchLabels: { b: '2', a: '1' } }),
      text({ matchExpressions: [{ key: 'a', operator: 'In', values: ['1'] }], matchLabels: { b: '2' } }),
    )
    assert.equal(
      text({
        matchExpressions: [
          { key: 'a', operator: 'NotIn', values: ['y', 'x'] },
          { key: 'c', operator: 'DoesNotExist' },
        ],
      }),
      '!c,a notin (x,y)',
    )
  })
})

test('durations are Go’s', () => {
  const rows = { '90s': 90, '1m30s': 90, '1.5h': 5400, '100ms': 0, '0': 0, '-5s': -5, '0.3s0.7s': 1, '3000000us': 3, '2µs': 0, '.5m': 30 }
  for (const [text, seconds] of Object.entries(rows)) assert.equal(durationSeconds(text), seconds, text)
  for (const text of ['', '90', 's', '1d', '1 s', '1s ', 'x1s', '1..5s']) assert.equal(durationSeconds(text), undefined, text)
})

test('times are RFC 3339 in UTC', () => {
  for (const text of [
    '1970-01-01T00:00:00Z',
    '2024-02-29T23:59:59Z',
    '2026-11-23T06:53:01.258Z',
    '2100-03-01T00:00:00Z',
    '1999-12-31T12:00:00Z',
  ]) {
    assert.equal(secondsOf(text), Math.floor(Date.parse(text) / 1000), text)
  }
  for (const text of ['', 'now', '2026-11-23', '2026-11-23T06:53:01+01:00']) assert.equal(secondsOf(text), undefined, text)
})

test('a speaker pod counts by its containers: the node controller takes only the pod’s own readiness away', () => {
  const readiness = (status: Record<string, unknown>, metadata = {}): boolean | undefined => {
    const pod = speakerPod('n1', status)
    return observeAll([{ ...pod, metadata: { ...pod.metadata, ...metadata } }]).speakers.get('n1')?.[0]?.ready
  }
  assert.equal(
    readiness({
      conditions: [
        { type: 'ContainersReady', status: 'True' },
        { type: 'Ready', status: 'False' },
      ],
    }),
    true,
  )
  assert.equal(readiness({ conditions: [], containerStatuses: [{ ready: true }] }), true)
  assert.equal(readiness({ conditions: [], containerStatuses: [{ ready: true }, { ready: false }] }), false)
  assert.equal(readiness({ conditions: [] }), false)
  assert.equal(readiness({ phase: 'Pending' }), false)
  assert.equal(readiness({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }), false)
  assert.equal(readiness({}, { labels: { app: 'other' } }), undefined)
})

test('a speaker is starting for 15 s after its program began, for 60 s while its image is pulled, and never after a crash', () => {
  const until = (status: Record<string, unknown>): number | undefined => {
    const pod = speakerPod('n1', { startTime: '1970-01-01T00:16:40Z', conditions: [], ...status })
    return observeAll([pod]).speakers.get('n1')?.[0]?.startingUntilSeconds
  }
  const running = { running: { startedAt: '1970-01-01T00:17:00Z' } }
  assert.equal(until({}), 1060)
  assert.equal(until({ containerStatuses: [{ restartCount: 0, state: { waiting: { reason: 'ContainerCreating' } } }] }), 1060)
  assert.equal(until({ containerStatuses: [{ restartCount: 0, state: running }] }), 1035)
  assert.equal(until({ containerStatuses: [{ restartCount: 1, state: running }] }), 0)
})

test('a node that shuts down or is out of service says so in its plan', () => {
  const c = new SimCluster().addNodes(...['n1', 'n2', 'n3', 'n4', 'n5'].map((name) => node(name)))
  c.put({
    ...node('n1'),
    status: { ...node('n1').status, conditions: [{ type: 'Ready', status: 'False', message: 'node is shutting down' }] },
  })
  c.put({ ...node('n2'), spec: { taints: [{ key: 'node.kubernetes.io/out-of-service' }] } })
  c.settle()
  assert.deepEqual(
    ['n1', 'n2', 'n3'].map((name) => c.plan(name).leaving),
    ['shutdown', 'out-of-service', undefined],
  )
})

test('an audience too long for its object is cut and stays itself', () => {
  const nodeSelectors = (last: string) => [
    { matchExpressions: [{ key: 'rack', operator: 'In', values: [...Array.from({ length: 400 }, (_, i) => `rack-${i}`), last] }] },
  ]
  const world = observeAll([bgp('a', { nodeSelectors: nodeSelectors('x') }), bgp('b', { nodeSelectors: nodeSelectors('y') })])
  const texts = world.configured.map(({ definition }) =>
    audienceText({ name: '', definition: definition as never, communities: [], except: new Set() }),
  )
  assert.ok(texts.every((text) => text.length < 1100))
  assert.notEqual(texts[0], texts[1])
  assert.notEqual(routeSetName(texts[0]!, 0), routeSetName(texts[1]!, 0))
})

describe('settings', () => {
  test('have defaults, and empty means not set', () => {
    const settings = parseSettings({ POD_NAMESPACE: 'x', LOADSTONE_LB_CLASS: '', LOADSTONE_EXCLUDE_INTERFACES: '^lo$\n^veth.*\n' })
    const rebalances = (text: string) => (parseSettings({ POD_NAMESPACE: 'x', LOADSTONE_REBALANCE: text }) as OperatorSettings).rebalance
    assert.deepEqual(['', 'true', 'false'].map(rebalances), [true, true, false])
    assert.ok('namespace' in settings)
    const { configNamespace, lbClass, candidates, placement, mode, excludeInterfaces, healthPort } = settings
    assert.deepEqual(
      [configNamespace, lbClass, candidates, placement, mode, excludeInterfaces, healthPort],
      ['x', undefined, 3, 'balanced', 'active', ['^lo$', '^veth.*'], 17472],
    )
  })

  test('that make no sense are all named', () => {
    const faults = parseSettings({
      LOADSTONE_MODE: 'off',
      LOADSTONE_HEALTH_PORT: '-1',
      LOADSTONE_EXCLUDE_INTERFACES: '(',
      LOADSTONE_SPEAKER_SELECTOR: 'speakers',
    })
    assert.ok(!('namespace' in faults))
    const subjects = [
      'POD_NAMESPACE',
      'LOADSTONE_MODE',
      'LOADSTONE_HEALTH_PORT',
      'LOADSTONE_EXCLUDE_INTERFACES',
      'LOADSTONE_SPEAKER_SELECTOR',
    ]
    for (const subject of subjects)
      assert.ok(
        faults.some((fault) => fault.startsWith(subject)),
        subject,
      )
  })
})

describe('the log', () => {
  const c = new SimCluster([pool('p', ['192.0.2.0/24']), pool('q', ['x']), service('web')]).addNodes(node('n1'))
  const { publication } = c.decide()
  const [phases, { reports }] = [phasesOf(publication), publication]
  const find = (what: Write['do'], name: string): Write =>
    [...phases.flat(), ...reports].find((write) => write.do === what && JSON.stringify(write).includes(`"${name}"`))!

  test('tells of a Service what it has and why', () => {
    const line = lineOfWrite(find('service-status', 'web'), { is: 'written' })
    assert.deepEqual(
      [line.level, line.event, line['service'], line['ips'], line['allocated'], line['announced']],
      ['info', 'service', 'default/web', ['192.0.2.0'], 'Allocated', 'NoAdvertisement'],
    )
  })

  test('warns of a refused object and of a refused write, in words', () => {
    const line = lineOfWrite(find('status', 'q'), { is: 'written' })
    assert.deepEqual([line.level, line.event, line['name'], line['reason']], ['warn', 'object-refused', 'q', 'Malformed'])
    const refused = lineOfWrite(find('apply', 'n1'), { is: 'refused', status: 422, message: 'no' })
    assert.deepEqual([refused.level, refused.event, refused['message']], ['error', 'write-refused', 'no'])
    assert.equal(lineOfWrite(find('apply', 'n1'), { is: 'conflict' }).level, 'debug')
  })

  test('says a lasting state once', () => {
    const lines: unknown[] = []
    const log = withoutRepetition((line) => void lines.push(line.event))
    for (const event of ['waiting', 'waiting', 'pass', 'waiting']) log({ level: 'info', event })
    assert.deepEqual(lines, ['waiting', 'pass', 'waiting'])
  })

  test('in mode observe tells every intention once, and writes nothing', async () => {
    const reported: Write[] = []
    const cluster = dryRun(
      {
        observe: () => ({ observed: {} as never }),
        refresh: () => assert.fail(),
        abandon: () => assert.fail(),
        perform: () => assert.fail(),
        report: () => assert.fail(),
      },
      (write) => void reported.push(write),
    )
    const pass = async (...writes: readonly Write[]): Promise<number> => {
      const before = reported.length
      for (const write of writes) await cluster.perform(write)
      cluster.report([], () => {})
      return reported.length - before
    }
    const [web, plan] = [find('service-status', 'web'), find('apply', 'n1')]
    assert.deepEqual([await pass(web, plan), await pass(web, plan), await pass(plan), await pass(web, plan)], [2, 0, 0, 1])
    assert.equal(lineOfIntention(web)['would'], true)
  })
})
