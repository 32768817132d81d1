import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import fc from 'fast-check'
import type { L2Placement } from '../../../src/plan/l2/placement'
import { publishedEntries } from '../../../src/plan/l2/published-entries'
import { addressAt, nodeAt, randomOf, SimPlacement, type SimRules } from './sim-placement'

function clusterOf(nodes: number, addresses: number, rules: Partial<SimRules> = {}): SimPlacement {
  const sim = new SimPlacement(rules).addNodes(nodes)
  for (let i = 0; i < addresses; i++) sim.addresses.set(addressAt(i), undefined)
  return sim.settle()
}

const sorted = (sim: SimPlacement): readonly number[] => [...sim.loads().values()].sort((a, b) => b - a)

function reboot(sim: SimPlacement, ...names: readonly string[]): void {
  for (const name of names) {
    sim.nodes.get(name)!.up = false
    sim.settle()
    sim.nodes.get(name)!.up = true
    sim.settle()
  }
}

type Change = { readonly atSeconds: number; readonly address: string; readonly from: string; readonly to: string }

/** Owners that change while so many seconds pass, a pass each second. */
function changesIn(sim: SimPlacement, seconds: number): readonly Change[] {
  const changes: Change[] = []
  for (let i = 0; i < seconds; i++) {
    const before = sim.owners()
    const atSeconds = sim.nowSeconds
    sim.pass()
    for (const [address, to] of sim.owners()) {
      const from = before.get(address)
      if (from !== undefined && from !== to) changes.push({ atSeconds, address, from, to })
    }
  }
  return changes
}

const gaps = (changes: readonly Change[]): readonly number[] =>
  changes.slice(1).map(({ atSeconds }, i) => atSeconds - changes[i]!.atSeconds)

describe('balance', () => {
  const rebooted = (rules: Partial<SimRules> = {}): SimPlacement => {
    const sim = clusterOf(3, 30, rules)
    assert.ok(Math.max(...sim.loads().values()) <= 13)
    reboot(sim, nodeAt(0), nodeAt(1), nodeAt(2))
    return sim
  }

  test('three nodes rebooted in turn leave one or two with everything; it is mended within the bound, one address each 5 s', () => {
    const sim = rebooted()
    assert.ok(sorted(sim)[0]! > 13, sorted(sim).join())
    assert.deepEqual(changesIn(sim, 250), [], 'nothing moves that moved a moment ago')
    const changes = changesIn(sim, 350)
    assert.ok(sorted(sim)[0]! <= 13, sorted(sim).join())
    assert.ok(changes.length > 0 && gaps(changes).every((gap) => gap >= 5), gaps(changes).join())
    assert.equal(new Set(changes.map(({ address }) => address)).size, changes.length, 'none twice')
    assert.deepEqual(changesIn(sim, 900), [], 'and then all stays')
  })

  test('leaves a new address where it is for five minutes', () => {
    const sim = new SimPlacement().addNodes(3)
    for (let i = 3; i < 12; i++) sim.addresses.set(addressAt(i), new Set([nodeAt(0)]))
    sim.settle()
    changesIn(sim, 400)
    for (let i = 0; i < 3; i++) sim.addresses.set(addressAt(i), new Set([nodeAt(0)]))
    sim.settle()
    for (let i = 0; i < 12; i++) sim.addresses.set(addressAt(i), undefined)
    const changes = changesIn(sim, 290)
    assert.ok(changes.length > 0 && changes.every(({ address }) => Number(address.split('.').at(-1)) >= 3))
  })

  test('is not sought among nodes that should all leave', () => {
    const sim = rebooted()
    for (const name of sim.nodes.keys()) sim.change(name, { leaving: 'drain' })
    sim.settle()
    assert.deepEqual(changesIn(sim, 900), [])
  })

  test('is not sought if the setting says so', () => {
    const sim = rebooted({ rebalance: false })
    assert.deepEqual(changesIn(sim, 900), [])
  })

  test('is not sought with placement metallb, whose hash knows no load', () => {
    const sim = rebooted({ placement: 'metallb' })
    assert.deepEqual(changesIn(sim, 900), [])
  })

  test('a node that merely returns moves nothing while the bound holds', () => {
    const sim = clusterOf(10, 100)
    reboot(sim, nodeAt(4))
    const bound = Math.ceil((1.25 * 100) / 10)
    if (sorted(sim)[0]! > bound) assert.ok(changesIn(sim, 1_500).every(({ from }) => (sim.loads().get(from) ?? 0) >= bound))
    assert.ok(sorted(sim)[0]! <= bound)
    assert.deepEqual(changesIn(sim, 900), [])
  })

  test('counts among the nodes that may announce an address', () => {
    const sim = clusterOf(20, 20)
    const rack = new Set([nodeAt(1), nodeAt(2)])
    for (let i = 0; i < 40; i++) sim.addresses.set(addressAt(1_000 + i), rack)
    sim.settle()
    const before = sim.published.filter(({ address }) => sim.addresses.get(address) === rack)
    const [one, two] = [...rack].map((name) => before.filter(({ candidates }) => candidates[0] === name).length)
    assert.ok(Math.abs(one! - two!) <= 12, `${one} ${two}`)
    changesIn(sim, 1_200)
    for (const { address, candidates } of sim.published) if (sim.addresses.get(address) === rack) assert.ok(rack.has(candidates[0]!))
  })
})

describe('a preference', () => {
  test('that is added moves the addresses, one each second, handed over by from', () => {
    const sim = clusterOf(4, 12)
    changesIn(sim, 100)
    for (const name of [nodeAt(1), nodeAt(2)]) sim.nodes.get(name)!.score = 10
    const moving: L2Placement[] = []
    for (let i = 0; i < 60; i++) {
      sim.pass()
      moving.push(...sim.published.filter(({ from }) => from !== undefined))
      assert.ok(sim.published.filter(({ from }) => from !== undefined).length <= 1, 'one at a time')
    }
    assert.ok([...sim.owners().values()].every((owner) => owner === nodeAt(1) || owner === nodeAt(2)))
    assert.ok(moving.length > 0 && moving.every(({ from, candidates }) => from !== candidates[0]))
  })

  test('waits with the next address until the last one has been handed over', () => {
    const sim = clusterOf(3, 6)
    changesIn(sim, 100)
    const preferred = [...sim.nodes.keys()].find((name) => (sim.loads().get(name) ?? 0) < 5)!
    sim.change(preferred, { score: 10 })
    sim.stuck.add(preferred)
    const changes = changesIn(sim, 70)
    assert.ok(changes.length >= 2 && gaps(changes).every((gap) => gap >= 30), gaps(changes).join())
  })

  test('for a node that was away takes effect when it is back, five minutes after the address left it', () => {
    const sim = clusterOf(3, 6)
    sim.nodes.get(nodeAt(1))!.score = 10
    changesIn(sim, 120)
    assert.deepEqual(sorted(sim), [6, 0, 0])
    const left = sim.nowSeconds
    reboot(sim, nodeAt(1))
    const changes = changesIn(sim, 400)
    assert.ok(changes.length >= 6 && changes.every(({ to, atSeconds }) => to === nodeAt(1) && atSeconds >= left + 300))
    assert.deepEqual(sorted(sim), [6, 0, 0])
  })

  test('takes effect with placement metallb, too, and where balance is not sought', () => {
    const sim = clusterOf(3, 6, { placement: 'metallb', rebalance: false })
    sim.nodes.get(nodeAt(1))!.score = 10
    changesIn(sim, 120)
    assert.deepEqual(sorted(sim), [6, 0, 0])
  })
})

test('a new leader moves nothing at once', () => {
  const sim = clusterOf(3, 30)
  reboot(sim, nodeAt(0), nodeAt(1), nodeAt(2))
  changesIn(sim, 280)
  sim.memory = undefined
  sim.nodes.get(nodeAt(1))!.score = 10
  assert.deepEqual(changesIn(sim, 59), [])
})

describe('make before break', () => {
  test('the former owner is told to stop when the new one claims the address', () => {
    const sim = clusterOf(3, 1)
    const [owner = ''] = sim.owners().values()
    sim.nodes.get(owner)!.leaving = 'drain'
    sim.pass()
    const [first] = sim.published
    assert.equal(first?.from, owner)
    assert.notEqual(first?.candidates[0], owner)
    sim.pass()
    assert.deepEqual(
      [sim.published[0]?.from, sim.published[0]?.candidates, sim.published[0]?.term],
      [undefined, first?.candidates, first?.term],
    )
  })

  test('also when it shuts down, which makes it NotReady before its speaker ends', () => {
    const sim = clusterOf(3, 1)
    const [owner = ''] = sim.owners().values()
    sim.change(owner, { leaving: 'shutdown', ready: false })
    sim.pass()
    assert.equal(sim.published[0]?.from, owner)
    sim.change(owner, { up: false })
    sim.pass()
    assert.equal(sim.published[0]?.from, undefined)
  })

  test('or after half a minute, if it never does', () => {
    const sim = clusterOf(3, 1)
    const [owner = ''] = sim.owners().values()
    for (const name of sim.nodes.keys()) if (name !== owner) sim.stuck.add(name)
    sim.nodes.get(owner)!.leaving = 'shutdown'
    for (let i = 0; i < 30; i++) {
      const { nextSeconds } = sim.pass()
      assert.equal(sim.published[0]?.from, owner, `after ${i} s`)
      assert.ok(nextSeconds !== undefined && nextSeconds <= 30, 'a pass is due when it ends')
    }
    sim.pass()
    sim.pass()
    assert.equal(sim.published[0]?.from, undefined)
  })

  test('nobody hands over who is dead, silent or out of service', () => {
    for (const fail of [
      (sim: SimPlacement, owner: string) => sim.change(owner, { up: false }),
      (sim: SimPlacement, owner: string) => sim.change(owner, { ready: false }),
      (sim: SimPlacement, owner: string) => sim.change(owner, { leaving: 'out-of-service' }),
      (sim: SimPlacement, owner: string) => void sim.nodes.delete(owner),
    ]) {
      const sim = clusterOf(3, 1)
      const [owner = ''] = sim.owners().values()
      fail(sim, owner)
      sim.pass()
      assert.equal(sim.published[0]?.from, undefined)
      assert.notEqual(sim.published[0]?.candidates[0], owner)
    }
  })

  test('a claim that the new owner made in a former life does not count', () => {
    const sim = clusterOf(2, 1)
    const [[address = '' as never, first = ''] = []] = [...sim.owners()]
    for (const name of sim.nodes.keys()) sim.stuck.add(name)
    sim.change(first, { leaving: 'drain' })
    changesIn(sim, 40)
    const second = sim.owners().get(address)!
    assert.notEqual(second, first)
    sim.nodes.set(first, { ...sim.nodes.get(second)!, zone: 'z0' })
    sim.change(second, { leaving: 'drain' })
    for (let i = 0; i < 20; i++) {
      sim.pass()
      assert.deepEqual([sim.published[0]?.candidates[0], sim.published[0]?.from], [first, second])
    }
    sim.stuck.clear()
    sim.pass()
    sim.pass()
    assert.equal(sim.published[0]?.from, undefined)
  })

  test('goes on if only one of two slices was written without from', () => {
    const entry = { address: addressAt(0), services: [], candidates: ['a', 'b'], term: 7 }
    const slice = (node: string, more: object) => ({ meta: {}, raw: {}, spec: { node, l2: [{ ...entry, ...more }], routes: [] } })
    for (const slices of [
      [slice('a', {}), slice('b', { from: 'b' })],
      [slice('a', { from: 'b' }), slice('b', {})],
    ])
      assert.equal(publishedEntries(slices as never).get(addressAt(0))?.from, 'b')
  })

  test('if the new owner dies before it has claimed, the next one takes over from the one that answers', () => {
    const sim = clusterOf(4, 1)
    const [owner = ''] = sim.owners().values()
    sim.nodes.get(owner)!.leaving = 'drain'
    for (const name of sim.nodes.keys()) sim.stuck.add(name)
    sim.pass()
    sim.nodes.get(sim.published[0]!.candidates[0]!)!.up = false
    sim.pass()
    assert.equal(sim.published[0]?.from, owner)
    assert.notEqual(sim.published[0]?.candidates[0], owner)
  })
})

type Answering = { readonly node: string; readonly placement: L2Placement; readonly sinceSeconds: number }

describe('whatever comes and goes', () => {
  /** Nodes fail, leave, return and get preferred; addresses come and go; speakers hang; leaders change. */
  function step(sim: SimPlacement, random: () => number, next: { address: number }): void {
    const names = [...sim.nodes.keys()]
    const name = names[Math.floor(random() * names.length)]!
    const node = sim.nodes.get(name)!
    const some = [...sim.nodes.values()].filter(({ up, ready, leaving }) => up && ready && leaving === undefined).length > names.length / 2
    const deeds: readonly (() => void)[] = [
      () => sim.change(name, { up: !node.up || !some }),
      () => sim.change(name, { ready: !node.ready || !some }),
      () => {
        if (node.leaving === undefined && some) node.leaving = 'drain'
        else delete node.leaving
      },
      () => sim.change(name, { score: Math.floor(random() * 3) }),
      () => void sim.addresses.set(addressAt(next.address++), undefined),
      () => void sim.addresses.delete([...sim.addresses.keys()][Math.floor(random() * sim.addresses.size)]!),
      () => {
        if (random() < 0.2) sim.memory = undefined
      },
      () => {
        if (!sim.stuck.delete(name)) sim.stuck.add(name)
      },
    ]
    deeds[Math.floor(random() * deeds.length)]!()
  }

  const isFine = (sim: SimPlacement, name: string): boolean => {
    const node = sim.nodes.get(name)
    return node?.up === true && node.ready
  }

  test('no owner moves without cause, moves are rare, and none is told to stop before its successor claims', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = randomOf(seed)
        const sim = clusterOf(8, 40)
        const next = { address: 40 }
        let answering = new Map<string, Answering>()
        let lastMove = Number.NEGATIVE_INFINITY
        for (let i = 0; i < 250; i++) {
          if (random() < 0.2) step(sim, random, next)
          const [owners, claimed, now] = [sim.owners(), sim.claimed(), sim.nowSeconds]
          const { moves } = sim.pass(1 + Math.floor(random() * 20))
          const moved = withoutNeed(sim, owners)
          assert.ok(moved.length <= 1 && moved.every((address) => address === moves.moving), `seed ${seed}: ${moved.join()} without cause`)
          assert.ok(moved.length === 0 || now > lastMove, `seed ${seed}: two moves in a second`)
          if (moved.length > 0) lastMove = now
          answering = checkHandovers(sim, { answering, claimed, now, seed })
        }
      }),
      { numRuns: Number(process.env['SEEDS'] ?? 25) },
    )
  })

  /** Addresses that have another owner, although the one they had is well and stays. */
  const withoutNeed = (sim: SimPlacement, owners: ReadonlyMap<string, string>): readonly string[] =>
    sim.published.flatMap(({ address, candidates }) => {
      const before = owners.get(address)
      const changes = before !== undefined && before !== candidates[0]
      return changes && isFine(sim, before) && sim.nodes.get(before)?.leaving === undefined ? [address] : []
    })

  type Check = {
    readonly answering: ReadonlyMap<string, Answering>
    readonly claimed: ReadonlyMap<string, ReadonlyMap<string, number>>
    readonly now: number
    readonly seed: number
  }

  /** Who answered before the pass goes on, can no more, or has a successor that claims; or half a minute is over. */
  function checkHandovers(sim: SimPlacement, { answering, claimed, now, seed }: Check): Map<string, Answering> {
    return new Map(
      sim.published.map((placement): [string, Answering] => {
        const node = answererOf(placement)
        const before = answering.get(placement.address)
        if (before !== undefined && before.node !== node)
          assert.ok(mayStop(sim, before, { claimed, now }), stopText(seed, before, placement))
        const begins = before?.node !== node || (before.placement.from === undefined && placement.from !== undefined)
        return [placement.address, { node, placement, sinceSeconds: begins ? now : before.sinceSeconds }]
      }),
    )
  }

  const answererOf = ({ from, candidates }: L2Placement): string => from ?? candidates[0] ?? ''

  const stopText = (seed: number, { node }: Answering, { address, candidates }: L2Placement): string =>
    `seed ${seed}: ${node} is told to stop answering for ${address}, and ${candidates[0]} has not claimed it`

  function mayStop(
    sim: SimPlacement,
    { node, placement, sinceSeconds }: Answering,
    { claimed, now }: Pick<Check, 'claimed' | 'now'>,
  ): boolean {
    const successor = placement.candidates[0] ?? ''
    const hasClaimed = claimed.get(successor)?.get(placement.address) === placement.term
    const wasTold = successor !== node && (hasClaimed || now - sinceSeconds >= 30)
    return wasTold || !isFine(sim, node) || sim.nodes.get(node)?.leaving === 'out-of-service'
  }
})
