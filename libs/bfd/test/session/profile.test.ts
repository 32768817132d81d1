import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { acceptProfile, type Profile } from '../../src'
import { diagnosticWords } from '../../src/wire'

const accepted = (profile: Profile) => {
  const verdict = acceptProfile(profile)
  assert.ok(!('refused' in verdict))
  return verdict
}

describe('a profile', () => {
  test('that says nothing is 300 ms × 3, active, one router away at most when multihop', () => {
    assert.deepEqual(accepted({}), {
      wanted: { role: 'active', minTxMicros: 300_000, minRxMicros: 300_000, detectMultiplier: 3 },
      minimumTtl: 254,
      notes: [],
    })
  })

  test('faster than 50 ms runs at 50 ms, and says so for each direction', () => {
    const { wanted, notes } = accepted({ receiveIntervalMicros: 10_000, transmitIntervalMicros: 49_999 })
    assert.deepEqual([wanted.minRxMicros, wanted.minTxMicros], [50_000, 50_000])
    assert.deepEqual(notes, ['receive-interval-raised', 'transmit-interval-raised'])
    assert.deepEqual(accepted({ receiveIntervalMicros: 50_000, transmitIntervalMicros: 20_000 }).notes, ['transmit-interval-raised'])
  })

  test('with passiveMode takes the passive role', () => assert.equal(accepted({ passiveMode: true }).wanted.role, 'passive'))

  test('with echoMode is refused by name, whatever else it says', () => {
    const verdict = acceptProfile({ echoMode: true, echoIntervalMicros: 50_000 })
    assert.ok('refused' in verdict && verdict.refused === 'echo-mode')
    assert.match(verdict.message, /echo mode is not supported: .* set echoMode to false/)
  })

  test('with an echo interval and no echo mode is accepted: there is nothing it could ask for', () => {
    assert.deepEqual(accepted({ echoIntervalMicros: 10_000 }), accepted({}))
  })

  test.each([
    ['receive-interval', { receiveIntervalMicros: 0 }],
    ['receive-interval', { receiveIntervalMicros: 2 ** 32 }],
    ['transmit-interval', { transmitIntervalMicros: 0.5 }],
    ['transmit-interval', { transmitIntervalMicros: Number.NaN }],
    ['detect-multiplier', { detectMultiplier: 256 }],
    ['detect-multiplier', { detectMultiplier: 0 }],
    ['minimum-ttl', { minimumTtl: 0 }],
    ['minimum-ttl', { minimumTtl: 256 }],
  ] as const)('%s out of range is refused: %j', (refused, profile) => {
    const verdict = acceptProfile(profile)
    assert.ok('refused' in verdict)
    assert.equal(verdict.refused, refused)
    assert.match(verdict.message, /must be a whole number from 1 to/)
  })
})

test('RFC 5880 §4.1: diagnostics have the words of the RFC, and a number where it has none', () => {
  assert.equal(diagnosticWords(0), 'No Diagnostic')
  assert.equal(diagnosticWords(1), 'Control Detection Time Expired')
  assert.equal(diagnosticWords(8), 'Reverse Concatenated Path Down')
  assert.equal(diagnosticWords(31), 'Diagnostic 31')
})
