import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { SimCluster } from '../../cluster/sim-cluster'
import { endpoints, l2, node, pool, service } from '../../objects'
import { addressAt, nodeAt, randomOf, SimPlacement, type SimRules } from './sim-placement'

const most = 5_000

describe('new addresses beyond what a pass places', () => {
  test('wait for the next pass, which follows at once, and their Services say so', () => {
    const services = Array.from({ length: most + 20 }, (_, i) => service(`s${i}`))
    const slices = services.map(({ metadata }) => endpoints(`default/${metadata.name}`, ['n1']))
    const c = new SimCluster([pool('p', ['10.0.0.0/16']), l2(), ...services, ...slices], { candidates: 1 }).addNodes(node('n1'))
    c.pass()
    c.speakersReport()
    const { decided, requeueAfterSeconds } = c.decide()
    assert.deepEqual([decided?.plan.deferred, requeueAfterSeconds], [20, 0])
    const reasons = [...(decided?.plan.announced.values() ?? [])].map(({ note: { reason } }) => reason)
    assert.equal(reasons.filter((reason) => reason === 'PlacementPending').length, 20)
    assert.equal(reasons.filter((reason) => reason === 'NotClaimed').length, most)
    c.pass()
    const last = c.decide()
    assert.equal(last.decided?.plan.deferred, 0)
    assert.ok([...(last.decided?.plan.announced.values() ?? [])].every(({ note: { reason } }) => reason !== 'PlacementPending'))
  })

  const placedIn = (passes: number, nodes: number, rules: Partial<SimRules>): readonly number[] => {
    const sim = new SimPlacement(rules).addNodes(nodes)
    for (let i = 0; i < most + 2_000; i++) sim.addresses.set(addressAt(i), undefined)
    return Array.from({ length: passes }, () => sim.pass().placements.length)
  }

  test('those that are placed stay, the others follow in the order of addresses', () => {
    assert.deepEqual(placedIn(3, 10, {}), [most, most + 2_000, most + 2_000])
  })

  test('are fewer with placement metallb and many nodes, because each costs a hash for each node', () => {
    assert.deepEqual(placedIn(2, 1_000, { placement: 'metallb', count: 1 }), [1_500, 3_000])
    assert.deepEqual(placedIn(1, 3, { placement: 'metallb' }), [most])
  })

  test('do not hold up those that stand: an owner that dies is replaced at once for all of its addresses', () => {
    const sim = new SimPlacement().addNodes(3)
    for (let i = 0; i < most + 2_000; i++) sim.addresses.set(addressAt(i), undefined)
    sim.pass()
    sim.pass()
    for (let i = 0; i < 2 * most; i++) sim.addresses.set(addressAt(100_000 + i), undefined)
    sim.nodes.delete(nodeAt(1))
    sim.pass()
    assert.ok(![...sim.owners().values()].includes(nodeAt(1)))
  })

  test('nor do lists that converge to partners: so many in a pass, while what dies is replaced at once', () => {
    const sim = new SimPlacement().addNodes(30)
    for (let i = 0; i < most + 1_000; i++) sim.addresses.set(addressAt(i), undefined)
    sim.settle()
    const random = randomOf(3)
    sim.published = sim.published.map((placement) => {
      const list = new Set(placement.candidates.slice(0, 1))
      while (list.size < 3) list.add(nodeAt(Math.floor(random() * 30)))
      return { ...placement, candidates: [...list] }
    })
    const before = sim.published
    sim.nodes.delete(nodeAt(29))
    const { nextSeconds, unconverged } = sim.pass()
    const changed = sim.published.filter(
      ({ candidates }, i) => !before[i]!.candidates.includes(nodeAt(29)) && candidates.join() !== before[i]!.candidates.join(),
    )
    assert.equal(changed.length, most)
    assert.ok(nextSeconds === 0 && unconverged > 0, `${nextSeconds} ${unconverged}`)
    assert.ok(sim.published.every(({ candidates }) => !candidates.includes(nodeAt(29))))
  })
})
