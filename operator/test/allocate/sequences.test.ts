import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import fc from 'fast-check'
import { SimCluster } from '../cluster/sim-cluster'
import { type ApiObject as Api, dualStack, endpoints, l2, node, pool, service } from '../objects'

/** `make sim-operator SEEDS=5000 SEED=1` tries more; a failure prints the seed that repeats it. */
const runs = {
  numRuns: Number(process.env['SEEDS'] ?? 15),
  ...(process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) }),
}

type Edit = {
  readonly what: string
  readonly apply: (c: SimCluster) => void
}
/** Two edits that belong together, the Services their author speaks of, and what they find. */
type Pair = {
  readonly name: string
  readonly before: readonly Api[]
  readonly edits: readonly [Edit, Edit]
  readonly about: readonly string[]
}

const put = (...objects: readonly Api[]): Edit => ({
  what: `put ${objects.map(({ metadata }) => metadata.name).join()}`,
  apply: (c) => c.put(...objects),
})
const remove = (key: string): Edit => ({ what: `remove ${key}`, apply: (c) => c.remove(key) })
const ofPool = (name: string): string => `IPAddressPool/metallb-system/${name}`

const both = ['192.0.2.10-192.0.2.25', '2001:db8::10-2001:db8::25']
const halves = [
  ['192.0.2.10-192.0.2.15', '2001:db8::10-2001:db8::15'],
  ['192.0.2.16-192.0.2.25', '2001:db8::16-2001:db8::25'],
]
const [lower = [], upper = []] = halves
const sharer = (name: string, port: number, key: string): Api =>
  service(name, { ports: [{ port, protocol: 'TCP' }] }, { annotations: { 'metallb.io/allow-shared-ip': key } })
const share = (name: string, port: number): Api => sharer(name, port, 'k')
const asking = (name: string, ip: string): Api => service(name, { loadBalancerIP: ip })

/** Nobody is in the middle of an edit: six Services, four of them with two families, two that share, and holes from one that went. */
const crowd = [
  service('gone', dualStack('PreferDualStack'), { creationTimestamp: '2020-01-01T00:00:00Z' }),
  service('a'),
  service('b'),
  service('c', dualStack('PreferDualStack')),
  service('d', dualStack('RequireDualStack')),
  share('e', 80),
  share('f', 81),
]

const pairs: readonly Pair[] = [
  { name: 'a pool is split', before: [pool('p', both)], edits: [put(pool('p', lower)), put(pool('q', upper))], about: [] },
  {
    name: 'two pools are merged',
    before: [pool('p', lower), pool('q', upper)],
    edits: [remove(ofPool('q')), put(pool('p', both))],
    about: [],
  },
  { name: 'a pool is renamed', before: [pool('p', both)], edits: [remove(ofPool('p')), put(pool('z', both))], about: [] },
  {
    name: 'a pool gets another one beside it',
    before: [pool('p', both)],
    edits: [put(pool('a', ['198.51.100.0/28'])), put(pool('p', [...both, '203.0.113.0/28']))],
    about: [],
  },
  {
    name: 'both sharers get another key',
    before: [pool('p', both)],
    edits: [put(sharer('e', 80, 'n')), put(sharer('f', 81, 'n'))],
    about: [],
  },
  {
    name: 'two exchange their ports',
    before: [pool('p', both)],
    edits: [put(share('e', 81)), put(share('f', 80))],
    about: [],
  },
  {
    name: 'two exchange their addresses',
    before: [pool('p', both)],
    edits: [put(asking('a', '192.0.2.12')), put(asking('b', '192.0.2.11'))],
    about: ['a', 'b'],
  },
  {
    name: 'one gets a second family while another gives it back',
    before: [pool('p', both)],
    edits: [put(service('a', dualStack('RequireDualStack'))), put(service('d'))],
    about: ['a', 'd'],
  },
  {
    name: 'a pool is reserved and those who use it get the label it asks for',
    before: [pool('p', both)],
    edits: [
      put(pool('p', both, { serviceAllocation: { serviceSelectors: [{ matchLabels: { tier: 'web' } }] } })),
      put(...crowd.slice(1).map((api) => ({ ...api, metadata: { ...api.metadata, labels: { tier: 'web' } } }))),
    ],
    about: [],
  },
]

const names = crowd.slice(1).map(({ metadata }) => metadata.name)

/** What befalls statuses meanwhile, by whoever may write them. */
const damages = fc.uniqueArray(
  fc.record({
    at: fc.nat(12),
    name: fc.constantFrom(...names),
    ingress: fc.constantFrom<readonly object[]>([], [{ ip: '192.0.2.24' }], [{ ip: '192.0.2.11' }], [{ hostname: 'x.example' }]),
  }),
  { maxLength: 2, selector: ({ name }) => name },
)

function begin(pair: Pair): SimCluster {
  const c = new SimCluster([l2(), ...names.map((name) => endpoints(`default/${name}`, ['n1'])), ...pair.before, ...crowd])
  c.addNodes(node('n1')).settle()
  c.remove('Service/default/gone')
  return c.settle()
}
const addressesOf = (c: SimCluster): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(names.map((name) => [name, c.ips(name)]))

describe('two edits that belong together', () => {
  test.each(pairs.map((pair) => [pair.name, pair] as const))(
    '%s: in any order and within the grace time, with damaged statuses between, who is not spoken of loses nothing',
    (_, pair) => {
      let moved = 0
      const direct = begin(pair)
      for (const edit of pair.edits) edit.apply(direct)
      const end = addressesOf(direct.settle())
      fc.assert(
        fc.property(fc.boolean(), fc.nat(8), damages, fc.boolean(), (turned, spacing, hits, restarts) => {
          const c = begin(pair)
          const before = addressesOf(c)
          const [first, second] = turned ? [pair.edits[1], pair.edits[0]] : pair.edits
          first.apply(c)
          for (let i = 0; i < 24; i++) {
            if (i === spacing) second.apply(c)
            const hit = hits.filter(({ at }) => at === i)
            for (const { name, ingress } of hit) {
              const api = c.get('Service', name)
              c.put({ ...api, status: { ...api.status, loadBalancer: { ingress } } })
            }
            c.pass()
            c.speakersReport()
            for (const name of names.filter((one) => !pair.about.includes(one)))
              assert.deepEqual(c.ips(name), before[name], `${name} after ${i} passes`)
          }
          if (restarts) c.restart()
          c.settle()
          const after = addressesOf(c)
          assert.deepEqual(after, end, 'the same end, as if both had been made at once')
          moved += Number(JSON.stringify(after) !== JSON.stringify(before))
        }),
        runs,
      )
      if (pair.about.length > 0) assert.ok(moved > 0, 'those who asked were heard')
    },
    600_000,
  )
})
