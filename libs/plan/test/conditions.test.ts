import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { type Condition, shorten, withTransitionTime } from '../src/status'

const then = '2026-01-01T00:00:00Z'
const now = '2026-01-02T00:00:00Z'
const ready = { type: 'Ready', status: 'True', reason: 'Applied', message: 'All is well' } as const
const published = (change: Partial<Condition> = {}): Condition[] => [{ ...ready, lastTransitionTime: then, ...change }]

describe('the time of a condition', () => {
  test.each<[string, readonly Condition[], string]>([
    ['stays while the status does, whatever else changes', published({ reason: 'Other', message: 'Other' }), then],
    ['is now when the status differs', published({ status: 'False' }), now],
    ['is now when only another type is published', published({ type: 'Degraded' }), now],
    ['is now when nothing is published', [], now],
    ['is now when the published one has none', published({ lastTransitionTime: '' }), now],
  ])('%s', (_, before, time) => assert.equal(withTransitionTime(ready, before, now).lastTransitionTime, time))

  test('comes before the generation, and a generation that is not given is left out', () => {
    assert.deepEqual(withTransitionTime(ready, [], now), { ...ready, lastTransitionTime: now })
    assert.deepEqual(withTransitionTime({ ...ready, observedGeneration: 3 }, [], now), {
      ...ready,
      lastTransitionTime: now,
      observedGeneration: 3,
    })
  })
})

test('a text is cut only beyond its limit, and then shows that it is', () => {
  assert.equal(shorten('12345', 5), '12345')
  assert.equal(shorten('123456', 5), '1234…')
  assert.equal(shorten('123\u{1f600}6', 5), '123…') // half a surrogate pair would be no text
})
