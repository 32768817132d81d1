import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import type { Leaving } from '@loadstone/plan'
import fc from 'fast-check'
import { type Drain, drain, drainMillis, shutdownMessage } from '../../src/bgp/drain'

const announcing: Drain = { at: 'announcing' }
const draining = drain(announcing, 'drain', 1_000)

test('who stays announces', () => {
  for (const before of [undefined, announcing, draining, drain(draining, 'drain', 9_000)])
    assert.deepEqual(drain(before, undefined, 9_000), announcing)
})

test('who leaves drains first, for so long from the first moment however often it is said and whatever else is said of why', () => {
  assert.deepEqual(draining, { at: 'draining', because: 'drain', until: 1_000 + drainMillis })
  const later = drain(draining, 'shutdown', 5_999)
  assert.deepEqual(later, { at: 'draining', because: 'shutdown', until: 1_000 + drainMillis })
  assert.deepEqual(drain(later, 'shutdown', 6_000), { at: 'withdrawn', because: 'shutdown' })
})

test('a dead node is given no pause, nor is one a pause that had begun', () => {
  for (const before of [undefined, announcing, draining])
    assert.deepEqual(drain(before, 'out-of-service', 1_000), { at: 'withdrawn', because: 'out-of-service' })
})

test('a process that has announced nothing yet does not begin to on a node that is leaving', () => {
  assert.equal(drain(undefined, 'drain', 0).at, 'withdrawn')
})

test('once withdrawn it stays so until the node stays, and leaving anew drains anew', () => {
  const gone = drain(draining, 'drain', 60_000)
  assert.equal(drain(gone, 'shutdown', 61_000).at, 'withdrawn')
  assert.equal(drain(drain(gone, undefined, 62_000), 'drain', 63_000).at, 'draining')
})

test('routes are never withdrawn of a node that stays, and of one that is drained never before the pause is over', () => {
  const whys: readonly (Leaving | undefined)[] = [undefined, 'drain', 'drain', 'shutdown']
  let [withdrawn, stayed] = [0, 0]
  const moment = fc.tuple(fc.constantFrom(...whys), fc.integer({ min: 1, max: 4_000 }))
  fc.assert(
    fc.property(fc.array(moment), (moments) => {
      let state: Drain = announcing
      let now = 0
      let since: number | undefined
      for (const [why, millis] of moments) {
        now += millis
        since = why === undefined ? undefined : (since ?? now)
        state = drain(state, why, now)
        assert.equal(state.at === 'announcing', why === undefined)
        if (why === undefined) stayed++
        if (state.at !== 'withdrawn') continue
        withdrawn++
        assert.ok(since !== undefined && now - since >= drainMillis)
      }
    }),
  )
  assert.ok(withdrawn > 10 && stayed > 10, `${withdrawn} moments withdrawn, ${stayed} staying`)
})

test('routers are told node and cause', () => {
  assert.equal(shutdownMessage('node1', 'drain'), 'node node1 is leaving: drain')
})
