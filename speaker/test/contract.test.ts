import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { acceptProfile } from '@loadstone/bfd'
import { fastestBfdMillis } from '@loadstone/plan'

test('the fastest pace that a plan asks for is the fastest that libs/bfd keeps', () => {
  const notes = (millis: number): unknown => {
    const verdict = acceptProfile({ receiveIntervalMicros: millis * 1000, transmitIntervalMicros: millis * 1000 })
    return 'notes' in verdict && verdict.notes
  }
  assert.deepEqual(notes(fastestBfdMillis), [])
  assert.deepEqual(notes(fastestBfdMillis - 1), ['receive-interval-raised', 'transmit-interval-raised'])
})
