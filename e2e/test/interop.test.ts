import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from '@jest/globals'
import { bfdFeatures, bfdTimings } from '../interop/bfd/features'
import { features } from '../interop/bgp/features'
import { distribution, judge, quantile } from '../interop/lab/distribution'
import { inRepository } from '../interop/lab/host'
import { KEEPALIVE, messages, UPDATE } from '../interop/lab/messages'
import { bfdMatrix, bgpMatrix, columnOf } from '../interop/matrix/matrix'

const golden = (path: string, content: string): void => {
  const page = inRepository(path)
  if (process.env['GOLDEN'] === '1') writeFileSync(page, content)
  assert.equal(readFileSync(page, 'utf8'), content)
}

test('golden: libs/bgp/INTEROP.md says what the interop suite declares; its runs compare the page with what they saw', () =>
  golden('libs/bgp/INTEROP.md', bgpMatrix(features)))
test('golden: libs/bfd/INTEROP.md says what the interop suite declares; its runs compare the page with what they saw', () =>
  golden('libs/bfd/INTEROP.md', bfdMatrix(bfdFeatures, bfdTimings)))

test('a column is read from a page as it was written', () => {
  const page = bgpMatrix([{ title: 'one' }, { title: 'two', lacks: { BIRD: { because: 'has none' } } }])
  assert.deepEqual(columnOf(page, 'BIRD'), { version: '2.0.12', cells: { one: 'pass', two: 'lacks it' } })
  assert.deepEqual(columnOf(page, 'OpenBGPD'), { version: '7.7', cells: { one: 'pass', two: 'pass' } })
  assert.throws(() => columnOf(page, 'Bird'), /no column of Bird/)
})

test('no two rows of a page have one title, so that no cell hides another', () => {
  for (const rows of [features, [...bfdFeatures, ...bfdTimings]]) {
    const titles = rows.map(({ title }) => title)
    assert.deepEqual(titles, [...new Set(titles)])
    assert.ok(titles.length > 10)
  }
})

test('a quantile is a sample that so many do not exceed; none early, and nine of ten in time', () => {
  const samples = [5, 1, 4, 2, 3, 6, 7, 8, 9, 100]
  assert.deepEqual(
    [0, 0.5, 0.9, 1].map((share) => quantile(samples, share)),
    [1, 5, 9, 100],
  )
  assert.match(distribution('x', samples), /^x: 10 samples, least 1, p50 5, p90 9, most 100 ms \(1 2 3 4 5 6 7 8 9 100\)$/)
  assert.throws(() => quantile([], 0.5), /no samples/)
  assert.throws(() => judge('x', samples, { earliest: 2, latest: 10 }), /earlier than 2 ms/)
  assert.throws(() => judge('x', samples, { latest: 8 }), /p90 is later than 8 ms/)
  judge('x', samples, { earliest: 1, latest: 9 })
})

const [keepalive, update] = [19, 30].map((length, i) => {
  const octets = Buffer.alloc(length, 0xff)
  octets.writeUInt16BE(length, 16)
  octets[18] = [KEEPALIVE, UPDATE][i] as number
  return octets
}) as [Buffer, Buffer]

/** A packet of IPv4 and TCP from 10.0.0.1, without options. */
function packet(seq: number, payload: Buffer, flags = 0x10) {
  const head = Buffer.alloc(40)
  head[0] = 0x45
  head.writeUInt16BE(40 + payload.length, 2)
  head.set([10, 0, 0, 1], 12)
  head.writeUInt32BE(seq >>> 0, 24)
  head.set([0x50, flags], 32)
  return { atMillis: seq, words: '', octets: Buffer.concat([head, payload]) }
}

test('messages are put together from segments: cut anywhere, across the end of the sequence numbers, and once where they are sent twice', () => {
  const start = 0xffff_fff0
  const all = Buffer.concat([keepalive, update, keepalive])
  const at = (from: number, to: number) => packet(start + 1 + from, all.subarray(from, to))
  const segments = [packet(start, Buffer.alloc(0), 0x02), at(0, 10), at(10, 25), at(10, 25), at(0, 25), at(20, 50), at(50, 68)]
  const found = messages(segments)
  assert.deepEqual(
    found.map(({ from, type, octets }) => [from, type, octets.length]),
    [
      ['10.0.0.1', KEEPALIVE, 19],
      ['10.0.0.1', UPDATE, 30],
      ['10.0.0.1', KEEPALIVE, 19],
    ],
  )
  assert.deepEqual(Buffer.concat(found.map(({ octets }) => octets)), all)
})
