import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import fc from 'fast-check'
import { type Item, type Packing, pack, type Shelf } from '../../../src/plan/pack/pack'

const item = (key: string, size = 1): Item => ({ key, size })
const packing = (shelves: readonly Shelf[], wanted: readonly Item[], more: Partial<Packing> = {}): Packing => ({
  shelves,
  wanted: new Map(wanted.map((one) => [one.key, one])),
  limit: 4,
  movedAway: () => false,
  nameOf: (n) => `s-${n}`,
  ...more,
})
const shown = (those: Packing): Record<string, string> =>
  Object.fromEntries(
    [...pack(those)].map(([name, { keys, held }]) => [name, `${keys.join('')}${held.length > 0 ? ` holds ${held.join('')}` : ''}`]),
  )

test('what is there stays, what is new goes to the first object with room', () => {
  const shelves = [
    { name: 's-0', items: [item('a'), item('b')] },
    { name: 's-1', items: [item('c')] },
  ]
  assert.deepEqual(
    shown(
      packing(
        shelves,
        ['c', 'b', 'x', 'y', 'z', 'w'].map((key) => item(key)),
      ),
    ),
    { 's-0': 'bxyz', 's-1': 'cw' },
  )
})

test('an item that outgrows its object moves', () => {
  const shelves = [{ name: 's-0', items: [item('a'), item('b'), item('c')] }]
  assert.deepEqual(shown(packing(shelves, [item('a'), item('b', 2), item('c', 2)])), { 's-0': 'ab', 's-1': 'c' })
})

test('what moved away is held on to, and takes its room', () => {
  const shelves = [{ name: 's-0', items: [item('a', 3), item('b')] }]
  assert.deepEqual(shown(packing(shelves, [item('b'), item('c')], { movedAway: (key) => key === 'a' })), { 's-0': 'b holds a', 's-1': 'c' })
})

test('an item in two objects stays in the first', () => {
  const shelves = [
    { name: 's-0', items: [item('a')] },
    { name: 's-1', items: [item('a')] },
  ]
  assert.deepEqual(shown(packing(shelves, [item('a')])), { 's-0': 'a', 's-1': '' })
})

test('every item stands once, nothing is overfull, and packing again changes nothing', () => {
  const keys = fc.uniqueArray(fc.constantFrom(...'abcdefghijklmnop'), { maxLength: 16 })
  const items = keys.chain((all) => fc.tuple(...all.map((key) => fc.integer({ min: 1, max: 3 }).map((size) => item(key, size)))))
  const shelves = fc.array(items, { maxLength: 4 }).map((lists) => lists.map((list, i): Shelf => ({ name: `s-${i}`, items: list })))
  fc.assert(
    fc.property(shelves, items, (before, wanted) => {
      const packed = pack(packing(before, wanted))
      const sizes = new Map(wanted.map(({ key, size }) => [key, size]))
      const all = [...packed.values()].flatMap((shelf) => shelf.keys)
      assert.deepEqual([...all].sort(), [...sizes.keys()].sort())
      for (const shelf of packed.values()) assert.ok(shelf.keys.reduce((sum, key) => sum + sizes.get(key)!, 0) <= 4)
      const again = [...packed].map(([name, shelf]): Shelf => ({ name, items: shelf.keys.map((key) => item(key, sizes.get(key))) }))
      assert.deepEqual(pack(packing(again, wanted)), packed)
    }),
  )
})
