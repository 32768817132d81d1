import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { runToCompletion } from '../src'

test('an event that is fed while another is taken waits until that one has ended', () => {
  const said: string[] = []
  const feed = runToCompletion<string>((event) => {
    said.push(`${event} begins`)
    if (event === 'first') for (const next of ['second', 'third']) feed(next)
    said.push(`${event} ends`)
  })
  feed('first')
  assert.deepEqual(said, ['first begins', 'first ends', 'second begins', 'second ends', 'third begins', 'third ends'])
})

test('an exception reaches who fed the event; what waited is taken with the next, in its order', () => {
  const taken: string[] = []
  const feed = runToCompletion<string>((event) => {
    taken.push(event)
    if (event !== 'bad') return
    feed('waited')
    throw new Error('bad')
  })
  assert.throws(() => feed('bad'), /bad/)
  feed('next')
  assert.deepEqual(taken, ['bad', 'waited', 'next'])
})

test('undefined is an event like any other', () => {
  let taken = 0
  const feed = runToCompletion<undefined>(() => {
    taken += 1
  })
  feed(undefined)
  assert.equal(taken, 1)
})
