import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { absences, quantile } from '../harness/path-watch'

const all = ['a', 'b', 'c']

test('a path is gone from the change that lacks it to the change that has it again', () => {
  const changes = [
    { atMillis: 100, hops: ['b', 'c'] },
    { atMillis: 130, hops: all },
    { atMillis: 200, hops: ['a', 'c'] },
    { atMillis: 210, hops: ['c'] },
    { atMillis: 260, hops: all },
  ]
  assert.deepEqual(absences(all, changes), [
    { hop: 'a', millis: 30 },
    { hop: 'a', millis: 50 },
    { hop: 'b', millis: 60 },
  ])
})

test('a path that does not come back is gone for ever', () => {
  assert.deepEqual(absences(all, [{ atMillis: 100, hops: ['a', 'b'] }]), [{ hop: 'c', millis: Number.POSITIVE_INFINITY }])
  assert.deepEqual(absences(all, []), [])
})

test('a quantile is a value that so many do not exceed', () => {
  const values = Array.from({ length: 20 }, (_, i) => 20 - i)
  assert.deepEqual(
    [0, 0.5, 0.95, 0.99, 1].map((part) => quantile(values, part)),
    [1, 10, 19, 20, 20],
  )
})
