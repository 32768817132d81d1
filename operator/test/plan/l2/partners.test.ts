import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import fc from 'fast-check'
import { addressAt, nodeAt, randomOf, SimPlacement } from './sim-placement'

/** Partners of a node in both directions: four and six, and two for moves that are under way. */
const bound = 10
const most = (sim: SimPlacement): number => Math.max(...[...sim.partners().values()].map(({ size }) => size))

function clusterOf(nodes: number, addresses: number, count = 3): SimPlacement {
  const sim = new SimPlacement({ count, rebalance: false }).addNodes(nodes)
  for (let i = 0; i < addresses; i++) sim.addresses.set(addressAt(i), undefined)
  return sim.settle()
}

describe('partners', () => {
  test('are at most ten at 10 nodes and at 1,000, in both directions', () => {
    for (const nodes of [2, 3, 5, 10, 20, 100, 1_000]) {
      for (const addresses of [1, 3 * nodes]) {
        const sim = clusterOf(nodes, addresses)
        assert.ok(most(sim) <= bound, `${most(sim)} partners at ${nodes} nodes and ${addresses} addresses`)
        assert.ok(sim.published.every(({ candidates }) => candidates.length === Math.min(3, nodes)))
      }
    }
  })

  test('of an owner are spread over zones, and so are the candidates of each address', () => {
    for (const { candidates } of clusterOf(30, 300).published) {
      const zones = candidates.map((node) => Number(node.slice(-4)) % 3)
      assert.equal(new Set(zones).size, 3, candidates.join())
    }
  })

  test('take over alike: a dead owner’s addresses go to four nodes', () => {
    const sim = clusterOf(100, 3_000)
    const owned = sim.published.filter(({ candidates }) => candidates[0] === nodeAt(7))
    assert.equal(new Set(owned.flatMap(({ candidates }) => candidates.slice(1))).size, 4)
    sim.nodes.delete(nodeAt(7))
    sim.settle()
    const heirs = new Set(owned.map(({ address }) => sim.owners().get(address)))
    assert.ok(heirs.size >= 3 && heirs.size <= 4, [...heirs].join())
  })

  /** The owner after the loss of a node: the first one that is left and ready. */
  const heirOf = (sim: SimPlacement, candidates: readonly string[]): string | undefined =>
    candidates.find((name) => sim.nodes.get(name)?.up === true && sim.nodes.get(name)?.ready === true)

  test('stay within the bound through hundreds of losses and returns, and change only where a node is lost', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(10, 40, 120), fc.constantFrom('dies', 'is silent'), (seed, count, how) => {
        const random = randomOf(seed)
        const sim = clusterOf(count, 4 * count)
        const change = (up: boolean) => (how === 'dies' ? { up } : { ready: up })
        for (let step = 0; step < 120; step++) {
          const name = nodeAt(Math.floor(random() * count))
          const isWell = heirOf(sim, [name]) !== undefined
          const lost = [...sim.nodes.keys()].filter((one) => heirOf(sim, [one]) === undefined).length
          if (isWell && lost >= count / 4) continue
          const before = sim.published
          sim.change(name, change(!isWell))
          sim.settle()
          assert.ok(most(sim) <= bound, `seed ${seed}, step ${step}: ${most(sim)} partners`)
          for (const [i, { address, candidates }] of before.entries()) {
            const after = sim.published[i]?.candidates ?? []
            assert.equal(sim.published[i]?.address, address)
            const heir = heirOf(sim, candidates)
            if (heir !== undefined) assert.equal(after[0], heir, `seed ${seed}, step ${step}: ${address} goes to its first standby`)
            const sorted = (list: readonly string[]): string => [...list].sort().join()
            if (!candidates.includes(name)) assert.equal(sorted(after), sorted(candidates), `seed ${seed}, step ${step}: ${address}`)
          }
        }
      }),
      { numRuns: Number(process.env['SEEDS'] ?? 5) },
    )
  })

  test('lists drawn per address from all nodes converge, and no owner moves', () => {
    const [count, addresses] = [60, 600]
    const random = randomOf(7)
    const sim = clusterOf(count, addresses)
    sim.published = sim.published.map((placement) => {
      const list = new Set<string>(placement.candidates.slice(0, 1))
      while (list.size < 3) list.add(nodeAt(Math.floor(random() * count)))
      return { ...placement, candidates: [...list] }
    })
    assert.ok(most(sim) > 20, 'as they were drawn, each node would have many partners')
    const owners = sim.owners()
    sim.settle()
    assert.deepEqual(sim.owners(), owners)
    assert.ok(most(sim) <= bound, `${most(sim)}`)
    const settled = sim.published
    sim.settle()
    assert.deepEqual(
      sim.published.map(({ candidates, term }) => [candidates, term]),
      settled.map(({ candidates, term }) => [candidates, term]),
    )
  })

  test('an address that its owner’s partners may not announce gets standbys that may', () => {
    const sim = clusterOf(200, 1_000)
    const only = new Set([nodeAt(3), nodeAt(90), nodeAt(150)])
    for (let i = 0; i < 20; i++) sim.addresses.set(addressAt(50_000 + i), only)
    const before = sim.published
    sim.settle()
    for (const { address, candidates } of sim.published.slice(before.length)) {
      assert.deepEqual([...candidates].sort(), [...only].sort(), address)
    }
    assert.deepEqual(
      sim.published.slice(0, before.length).map(({ candidates }) => candidates),
      before.map(({ candidates }) => candidates),
    )
    assert.ok(most(sim) <= bound + 2, `${most(sim)}`)
  })

  test('who stands by keeps its place when another standby is lost, partner or not', () => {
    const sim = clusterOf(60, 300)
    for (let i = 0; i < 60; i++) sim.addresses.set(addressAt(50_000 + i), new Set([0, 1, 2, 3, 4].map((k) => nodeAt((i + 11 * k) % 60))))
    sim.settle()
    for (const lost of [5, 17, 33, 48]) {
      const before = sim.published
      sim.change(nodeAt(lost), { up: false })
      sim.settle()
      for (const [i, { address, candidates }] of before.entries()) {
        if (candidates[0] === nodeAt(lost)) continue
        const left = candidates.filter((name) => name !== nodeAt(lost))
        assert.deepEqual(sim.published[i]?.candidates.slice(0, left.length), left, address)
      }
    }
  })

  test('one that is no partner keeps its place, however many others could take it', () => {
    const owner = nodeAt(0)
    for (let k = 0; k < 6; k++) {
      const sim = clusterOf(60, 1_500)
      const partners = new Set(sim.published.flatMap(({ candidates: [first, ...rest] }) => (first === owner ? rest : [])))
      assert.equal(partners.size, 4)
      const others = [...sim.nodes.keys()].filter((name) => name !== owner && !partners.has(name)).slice(0, 6)
      const lost = others[k]!
      for (let i = 0; i < 6; i++) sim.addresses.set(addressAt(50_000 + i), new Set([owner, others[i]!]))
      sim.change(owner, { score: 5 })
      sim.settle()
      sim.addresses.set(addressAt(60_000), new Set([owner, ...others.filter((_, i) => i % 2 === 0)]))
      sim.settle()
      sim.addresses.set(addressAt(60_000), new Set([owner, ...others]))
      const before = sim.published.at(-1)?.candidates ?? []
      assert.equal(before[0], owner)
      sim.change(lost, { up: false })
      sim.settle()
      const left = before.filter((name) => name !== lost)
      assert.deepEqual(sim.published.at(-1)?.candidates.slice(0, left.length), left)
    }
  })

  test('surplus of one owner is bounded, whatever the addresses ask for', () => {
    const sim = clusterOf(200, 1_000)
    for (let i = 0; i < 60; i++) sim.addresses.set(addressAt(50_000 + i), new Set([nodeAt(0), nodeAt(1 + i)]))
    sim.nodes.set(nodeAt(0), { ...sim.nodes.get(nodeAt(0))!, score: 5 })
    sim.settle()
    const standbys = new Set(sim.published.flatMap(({ candidates: [owner, ...rest] }) => (owner === nodeAt(0) ? rest : [])))
    assert.ok(standbys.size <= 12, `${standbys.size}`)
    assert.ok(sim.published.every(({ candidates }) => candidates.length > 0))
  })

  test('eight candidates have seven partners', () => {
    const sim = clusterOf(100, 500, 8)
    assert.ok(sim.published.every(({ candidates }) => candidates.length === 8))
    assert.ok(most(sim) <= 16)
  })
})
