import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import fc from 'fast-check'
import { decide } from '../src/decide'
import { noneHeld } from '../src/model/pass-input'
import type { Write } from '../src/publish/write'
import { observeAll, SimCluster } from './cluster/sim-cluster'
import {
  type ApiObject,
  bgp,
  community,
  endpoints,
  l2,
  namespace,
  node,
  object,
  peer,
  phasesOf,
  pool,
  secret,
  service,
  settings,
  speakerPod,
  withIps,
} from './objects'

const good: readonly ApiObject[] = [
  withIps(service('web', {}, { annotations: { 'metallb.io/allow-shared-ip': 'k' } }), ['192.0.2.1'], 'p'),
  service('other'),
  endpoints('default/web', ['n1']),
  endpoints('default/other', ['n1']),
  node('n1', { rack: 'a' }),
  node('n2'),
  namespace('default', { team: 'a' }),
  speakerPod('n1'),
  speakerPod('n2'),
  pool('p', ['192.0.2.0/24', '2001:db8::/120'], {
    serviceAllocation: { priority: 1, namespaces: ['default'], namespaceSelectors: [{ matchLabels: { team: 'a' } }] },
  }),
  l2('l2', { preferredNodeSelectors: [{ weight: 5, preference: { matchLabels: { rack: 'a' } } }], interfaces: ['eth0'] }),
  l2('l2b', {}),
  bgp('bgp', { communities: ['x'], nodeSelectors: [{ matchExpressions: [{ key: 'rack', operator: 'In', values: ['a'] }] }] }),
  community('c', { x: '1:1' }),
  peer('r', { passwordSecret: { name: 'md5' }, holdTime: '30s' }),
  peer('link', { peerAddress: undefined, interface: 'eth1', peerASN: undefined, dynamicASN: 'external', bfdProfile: 'b', vrf: 'red' }),
  peer('open', { peerAddress: '192.0.2.2', password: 'in the open' }),
  object('BFDProfile', 'b', { receiveInterval: 100, minimumTtl: 7 }),
  secret('md5'),
]
/** Everything the operator reads, its own objects included. */
const cluster = new SimCluster(good).settle()
const published = [...cluster.objects.values()]

type Path = readonly (string | number)[]
function pathsOf(value: unknown, at: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [at]
  return [at, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...at, Array.isArray(value) ? Number(key) : key]))]
}
function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by
  if (Array.isArray(value)) return value.map((item: unknown, i) => (i === key ? replaced(item, rest, by) : item))
  const fields = value as Record<string, unknown>
  return { ...fields, [key]: replaced(fields[key], rest, by) }
}
const strange = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    true,
    0,
    -1,
    1.5,
    '',
    'x',
    '::',
    '0.0.0.0',
    '192.0.2.1',
    '0.0.0.0/0',
    '::/0',
    'a=b',
    [],
    {},
    [null],
    [[]],
    [{}],
    { toString: 1 },
    { __proto__: null, constructor: 1 },
    '9'.repeat(30),
    '2026-01-01T00:00:00Z',
    'True',
    'In',
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string(),
)
const circumstances = { settings, previous: undefined, held: noneHeld, frozen: undefined, nowSeconds: 1, now: '' }

/** The writes of a pass, which must succeed, and of a frozen one after it, which may write conditions only. */
function writesOf(objects: readonly ApiObject[]): readonly Write[] {
  const world = observeAll(objects)
  const { memory, publication } = decide(world, circumstances)
  const frozen = decide(world, { ...circumstances, previous: memory, frozen: 'x' }).publication
  assert.ok(phasesOf(frozen).flat().length === 0 && frozen.reports.every((write) => write.do === 'status'))
  return phasesOf(publication).flat()
}

test('whatever stands in any field of any object, no pass fails', () => {
  const paths = published
    .flatMap((api, i) => pathsOf(api).map((path) => ({ i, path })))
    .filter(({ path }) => path.length > 0 && path[0] !== 'kind')
  assert.ok(paths.length > 300)
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...paths), strange), { minLength: 1, maxLength: 3 }), (changes) => {
      const objects = [...published]
      for (const [{ i, path }, value] of changes) {
        if (pathsOf(objects[i]).some((known) => known.join('\n') === path.join('\n')))
          objects[i] = replaced(objects[i], path, value) as ApiObject
      }
      writesOf(objects)
    }),
    { numRuns: 400 },
  )
})

test('every field in turn as null, as an empty object, as a list and as text', () => {
  for (const [i, api] of published.entries()) {
    for (const path of pathsOf(api).filter((found) => found.length > 0 && found[0] !== 'kind')) {
      for (const value of [null, {}, 'x'])
        writesOf(published.map((other, k) => (k === i ? (replaced(other, path, value) as ApiObject) : other)))
    }
  }
})

test('objects that are nothing like objects do not fail a pass, and do not count', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...new Set(published.map(({ kind }) => kind))), fc.jsonValue())), (junk) => {
      const things = junk.map(([kind, value]) => ({ ...(typeof value === 'object' ? value : { value }), kind }) as unknown as ApiObject)
      assert.deepEqual(writesOf([...published, ...things]), [])
    }),
    { numRuns: 100 },
  )
})

test('a broken object harms nobody else', () => {
  const harmless = ['BGPPeer', 'BGPAdvertisement', 'Community', 'BFDProfile', 'Pod', 'Namespace', 'Secret', 'EndpointSlice']
  for (const kind of harmless) {
    const broken = object(kind, 'broken', { nodeSelectors: 7, communities: 'x', addresses: {} } as never, { namespace: 'metallb-system' })
    const c = new SimCluster([...good, { ...broken, endpoints: 'none' as never }]).settle()
    assert.deepEqual(c.ips('web'), ['192.0.2.1'], kind)
    assert.equal(c.entry('192.0.2.1').candidates.length, 2, kind)
  }
})
