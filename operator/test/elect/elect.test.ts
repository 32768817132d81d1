import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { parseIp } from '@loadstone/ip'
import fc from 'fast-check'
import type { Candidate } from '../../src/elect/candidate'
import { candidates as elect, type Rules } from '../../src/elect/elect'
import { partnerships } from '../../src/elect/partnerships'
import { rendezvousWeight, textHash } from '../../src/elect/rendezvous-hash'

const ip = (text: string) => parseIp(text)!
const candidate = (node: string, more: Partial<Candidate> = {}): Candidate => ({
  node,
  hash: textHash(node),
  ready: true,
  score: 0,
  zone: '',
  ...more,
})
const among = (...nodes: readonly (string | Candidate)[]): ReadonlyMap<string, Candidate> =>
  new Map(nodes.map((item) => (typeof item === 'string' ? candidate(item) : item)).map((item) => [item.node, item]))
const balanced: Rules = { count: 3, placement: 'balanced', bound: 1000 }
const metallb: Rules = { count: 8, placement: 'metallb', bound: 0 }
const election = (eligible: ReadonlyMap<string, Candidate>, previous: readonly string[] = [], owner?: string, address = '192.0.2.1') => ({
  address: ip(address),
  eligible,
  previous,
  owner,
})
const none = new Map<string, number>()

/** Elects with partners that follow from the published list alone. */
function candidates(of: Parameters<typeof elect>[0], rules: Rules, load: ReadonlyMap<string, number>): readonly string[] {
  const [owner, ...standbys] = of.previous
  const standing = new Map(owner === undefined ? [] : [[owner, new Map(standbys.map((name) => [name, 1]))]])
  const hashes = new Map([...of.eligible.values()].map(({ node, hash }) => [node, hash]))
  return elect(of, rules, { load, partners: partnerships({ count: rules.count, standing, hashes }) })
}

describe("MetalLB's order (vectors from its code, docs/metallb-behaviour.md §1.7)", () => {
  const abc = among('node-a', 'node-b', 'node-c')
  const iris = among('iris1', 'iris2')
  const workers = among('worker-1', 'worker-2', 'worker-3', 'worker-4', 'worker-5')
  const vectors = [
    ['10.0.0.1', abc, 'b a c'],
    ['10.0.0.2', abc, 'b c a'],
    ['10.0.0.3', abc, 'c a b'],
    ['192.168.1.240', abc, 'a c b'],
    ['fc00::1', abc, 'b c a'],
    ['2001:db8::1', abc, 'b a c'],
    ['1000::1', abc, 'a b c'],
    ['10.20.30.1', iris, '2'],
    ['10.20.30.2', iris, '1'],
    ['10.20.30.3', iris, '1'],
    ['172.18.255.200', workers, '1 4 5 2 3'],
    ['172.18.255.201', workers, '1 4 3 2 5'],
    ['fd00::10', workers, '3 4 1 2 5'],
  ] as const
  for (const [address, eligible, expected] of vectors) {
    test(`${address} among ${[...eligible.keys()].join(' ')}: ${expected}`, () => {
      const order = candidates(election(eligible, [], undefined, address), metallb, none)
      assert.ok(
        order
          .map((name) => name.at(-1))
          .join(' ')
          .startsWith(expected),
        order.join(' '),
      )
    })
  }

  test('preference weights come before the hash', () => {
    const eligible = among('node-a', 'node-b', candidate('node-c', { score: 1 }))
    assert.deepEqual(candidates(election(eligible, [], undefined, '10.0.0.1'), metallb, none), ['node-c', 'node-b', 'node-a'])
  })
})

describe('balanced', () => {
  const names = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7']

  test('published vectors: the order must never change, or an upgrade would move addresses', () => {
    const order = (address: string): string =>
      candidates(election(among(...names), [], undefined, address), { ...balanced, count: 7 }, none).join(' ')
    assert.deepEqual(
      [order('192.0.2.1'), order('192.0.2.2'), order('2001:db8::1')],
      ['n4 n3 n2 n5 n7 n6 n1', 'n5 n2 n3 n1 n4 n6 n7', 'n4 n5 n6 n2 n7 n3 n1'],
    )
  })

  test('no node owns more than the bound', () => {
    const load = new Map<string, number>()
    for (let i = 0; i < 700; i++) {
      const [owner = ''] = candidates(
        election(among(...names), [], undefined, `10.0.${i >> 8}.${i & 255}`),
        { ...balanced, bound: 101 },
        load,
      )
      load.set(owner, (load.get(owner) ?? 0) + 1)
    }
    assert.ok(Math.max(...load.values()) <= 101, JSON.stringify([...load]))
    assert.equal(load.size, 7)
  })

  test('weights spread neighbouring addresses', () => {
    const counts = new Map(names.map((name) => [name, 0]))
    for (let i = 0; i < 7000; i++) {
      const hash = textHash(`10.0.${i >> 8}.${i & 255}`)
      const best = names.reduce((a, b) => (rendezvousWeight(textHash(b), hash) > rendezvousWeight(textHash(a), hash) ? b : a))
      counts.set(best, counts.get(best)! + 1)
    }
    for (const [name, count] of counts) assert.ok(count > 850 && count < 1150, `${name} ${count}`)
  })

  test('standbys are in other zones where there are some', () => {
    const eligible = among(...names.map((name, i) => candidate(name, { zone: i < 5 ? 'a' : i === 5 ? 'b' : 'c' })))
    for (let i = 0; i < 50; i++) {
      const list = candidates(election(eligible, [], undefined, `192.0.2.${i}`), balanced, none)
      assert.equal(new Set(list.map((name) => eligible.get(name)!.zone)).size, 3, list.join())
    }
  })

  test('preferred nodes come first', () => {
    const eligible = among('n1', 'n2', candidate('n3', { score: 5 }), candidate('n4', { score: 9 }))
    assert.deepEqual(candidates(election(eligible), balanced, none).slice(0, 2), ['n4', 'n3'])
  })
})

describe('who is in the list', () => {
  const eligible = among('n1', 'n2', 'n3', 'n4')

  test('keeps its place, whoever else would be better', () => {
    const better = among('n1', 'n2', 'n3', candidate('n4', { score: 100 }))
    assert.deepEqual(candidates(election(better, ['n3', 'n1', 'n2']), balanced, new Map([['n3', 5000]])), ['n3', 'n1', 'n2'])
  })

  test('is replaced at the end when it leaves', () => {
    const list = candidates(election(among('n2', 'n3', 'n4'), ['n1', 'n2', 'n3']), balanced, none)
    assert.deepEqual(list, ['n2', 'n3', 'n4'])
  })

  test('owns first if the speakers say so', () => {
    assert.deepEqual(candidates(election(eligible, ['n1', 'n2', 'n3'], 'n3'), balanced, none), ['n3', 'n1', 'n2'])
    assert.deepEqual(
      candidates(election(eligible, ['n1', 'n2', 'n3'], 'n4'), balanced, none),
      ['n1', 'n2', 'n3'],
      'not from outside the list',
    )
  })

  test('ranks last while it is not ready, and is not thrown out', () => {
    const silent = among(candidate('n1', { ready: false }), 'n2', 'n3', 'n4')
    assert.deepEqual(candidates(election(silent, ['n1', 'n2', 'n3']), balanced, none), ['n2', 'n3', 'n1'])
  })

  test('makes room for one that is ready if none of them is', () => {
    const silent = among(...['n1', 'n2', 'n3'].map((name) => candidate(name, { ready: false })), 'n4')
    assert.deepEqual(candidates(election(silent, ['n1', 'n2', 'n3']), balanced, none), ['n4', 'n1', 'n2'])
  })

  test('stays if nobody at all is ready', () => {
    const silent = among(...['n1', 'n2', 'n3', 'n4'].map((name) => candidate(name, { ready: false })))
    assert.deepEqual(candidates(election(silent, ['n2', 'n1', 'n3']), balanced, none), ['n2', 'n1', 'n3'])
  })

  const nodes = fc.uniqueArray(fc.constantFrom('n1', 'n2', 'n3', 'n4', 'n5', 'n6'), { maxLength: 6 })
  const contenders = nodes.chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc.record({ ready: fc.boolean(), score: fc.nat(2), zone: fc.constantFrom('a', 'b') }).map((more) => candidate(name, more)),
      ),
    ),
  )
  test('each once, all eligible, as many as there can be, and the same when asked again', () => {
    fc.assert(
      fc.property(
        contenders,
        nodes,
        fc.option(fc.constantFrom('n1', 'n2', 'n3')),
        fc.record<Rules>({
          count: fc.integer({ min: 1, max: 8 }),
          placement: fc.constantFrom('balanced', 'metallb'),
          bound: fc.constant(2),
        }),
        (those, previous, owner, rules) => {
          const found = among(...those)
          const list = candidates(election(found, previous, owner ?? undefined), rules, none)
          assert.equal(new Set(list).size, list.length)
          assert.equal(list.length, Math.min(rules.count, found.size))
          assert.ok(list.every((name) => found.has(name)))
          const ready = list.map((name) => found.get(name)!.ready)
          assert.deepEqual(
            ready,
            [...ready].sort((a, b) => Number(b) - Number(a)),
            'ready ones first',
          )
          assert.deepEqual(candidates(election(found, list), rules, none), list)
        },
      ),
    )
  })
})
