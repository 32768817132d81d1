import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import fc from 'fast-check'
import { announced, conservative, detectionMicros, jitteredMicros, transmitMicros } from '../../src/timers/timing'

const micros = fc.integer({ min: 1, max: 0xffff_ffff })
const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('RFC 5880 §6.8.4: the detection time is the remote multiplier times the slower of our reception and its transmission', () => {
  const local = { minTxMicros: 300_000, minRxMicros: 500_000 }
  assert.equal(detectionMicros(local, { minTxMicros: 300_000, minRxMicros: 1, detectMultiplier: 5 }), 2_500_000)
  assert.equal(detectionMicros(local, { minTxMicros: 700_000, minRxMicros: 1, detectMultiplier: 2 }), 1_400_000)
})

test('RFC 5880 §6.8.7: we send no faster than we announced and no faster than the peer accepts', () => {
  const local = { minTxMicros: 50_000, minRxMicros: 1 }
  assert.equal(transmitMicros(local, { minTxMicros: 1, minRxMicros: 300_000 }), 300_000)
  assert.equal(transmitMicros(local, { minTxMicros: 1, minRxMicros: 10_000 }), 50_000)
})

test('RFC 5880 §6.8.3: less than a second between packets is announced only while the session is up', () => {
  const wanted = { minTxMicros: 50_000, minRxMicros: 50_000 }
  for (const at of ['admin-down', 'down', 'init'] as const) {
    assert.deepEqual(announced(at, wanted), { minTxMicros: 1_000_000, minRxMicros: 50_000 })
    assert.equal(announced(at, { ...wanted, minTxMicros: 2_000_000 }).minTxMicros, 2_000_000)
  }
  assert.deepEqual(announced('up', wanted), wanted)
})

test('RFC 5880 §6.8.3: between what the peer knows and what we announce, we send at the faster and expect at the slower pace', () => {
  fc.assert(
    fc.property(micros, micros, micros, micros, (knownTx, knownRx, nowTx, nowRx) => {
      const used = conservative({ minTxMicros: knownTx, minRxMicros: knownRx }, { minTxMicros: nowTx, minRxMicros: nowRx })
      assert.ok(used.minTxMicros <= knownTx && used.minTxMicros <= nowTx)
      assert.ok(used.minRxMicros >= knownRx && used.minRxMicros >= nowRx)
    }),
  )
})

test('RFC 5880 §6.8.7: jitter leaves 75 to 100 % of the interval, 75 to 90 % when the multiplier is 1', () => {
  fc.assert(
    fc.property(micros, fc.integer({ min: 1, max: 255 }), draws, (interval, multiplier, draw) => {
      const chosen = jitteredMicros(interval, multiplier, () => draw)
      assert.ok(chosen >= interval * 0.75 && chosen <= interval * (multiplier === 1 ? 0.9 : 1), `${chosen} of ${interval}`)
    }),
  )
})

test('RFC 5880 §6.8.7: jitter is drawn anew for each packet and spreads over the whole range', () => {
  const seen = new Set(Array.from({ length: 1000 }, (_, i) => jitteredMicros(50_000, 3, () => i / 1000)))
  assert.deepEqual([Math.min(...seen), Math.max(...seen), seen.size], [38_000, 50_000, 13])
})

test('jitter counts whole milliseconds where it can, so that a timer adds nothing to it', () => {
  assert.equal(jitteredMicros(33_333, 3, () => 0.999) % 1000, 0)
  assert.equal(
    jitteredMicros(600, 3, () => 0.5),
    525,
  )
})
