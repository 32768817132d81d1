import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import type { L2Entry } from '@loadstone/plan'
import { claim } from '../../src/l2/ownership'
import { withdrawalMillis } from '../../src/plan/withdrawal-delay'
import { entry } from '../builders'

const entries = (...list: L2Entry[]) => new Map(list.map((value) => [value.address, { value }]))
const mine = entry('192.0.2.10', { term: 3, interfaces: ['eth0'] })
const theirs = entry('192.0.2.11', { candidates: ['node2', 'node1'] })

test('the first candidate owns, with its term; a stand-by does not', () => {
  assert.deepEqual(
    [...claim(new Map(), entries(mine, theirs), 'node1', 0).values()],
    [{ value: { address: '192.0.2.10', interfaces: ['eth0'], term: 3, takeovers: 0 } }],
  )
})

test('an address without candidates belongs to nobody', () => {
  assert.equal(claim(new Map(), entries(entry('192.0.2.10', { candidates: [] })), 'node1', 0).size, 0)
})

test('one that another node gets is answered for 100 ms more, so that no question meets silence', () => {
  const before = claim(new Map(), entries(mine), 'node1', 0)
  const moved = entries({ ...mine, candidates: ['node2'], term: 4 })
  const yielding = claim(before, moved, 'node1', 50)
  assert.equal(yielding.get(mine.address)?.withdrawAt, 50 + withdrawalMillis)
  assert.equal(claim(yielding, moved, 'node1', 149).size, 1)
  assert.equal(claim(yielding, moved, 'node1', 150).size, 0)
})

test('one that another node hands over is answered for at once by the first candidate, and by the other one for 100 ms more', () => {
  const moving = entries({ ...mine, candidates: ['node2', 'node1'], term: 4, from: 'node1' })
  assert.equal(claim(new Map(), moving, 'node2', 0).get(mine.address)?.value.term, 4)
  const before = claim(new Map(), entries(mine), 'node1', 0)
  assert.equal(claim(before, moving, 'node1', 50).get(mine.address)?.withdrawAt, 50 + withdrawalMillis)
})

test('one that the plan holds no more has waited there, and goes at once', () => {
  const before = claim(new Map(), entries(mine), 'node1', 0)
  assert.equal(claim(before, new Map(), 'node1', 50).size, 0)
})

test('one that comes back while it yields is owned as if nothing had happened', () => {
  const before = claim(new Map(), entries(mine), 'node1', 0)
  const yielding = claim(before, entries({ ...mine, candidates: ['node2'] }), 'node1', 50)
  assert.equal(claim(yielding, entries(mine), 'node1', 60).get(mine.address)?.withdrawAt, undefined)
})
