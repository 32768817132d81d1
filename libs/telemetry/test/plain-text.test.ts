import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { lineFormat } from '../src/log'
import { plainText } from '../src/plain-text'

/** Unicode 15: general category Cc; Zl and Zp; Bidi_Control (PropList.txt); and the byte order mark. */
const controls = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0x2028, 0x2029],
] as const
const invisible = [
  [0x061c, 0x061c],
  [0x200e, 0x200f],
  [0x202a, 0x202e],
  [0x2066, 0x2069],
  [0xfeff, 0xfeff],
] as const
const malformed = [
  [0xd800, 0xdfff],
  [0xfdd0, 0xfdef],
  [0xfffe, 0xffff],
] as const
const within = (unit: number, ranges: readonly (readonly [number, number])[]): boolean =>
  ranges.some(([from, to]) => unit >= from && unit <= to)

function shown(unit: number): string {
  if (within(unit, controls)) return 'a b'
  if (within(unit, invisible)) return 'ab'
  return within(unit, malformed) ? 'a\ufffdb' : `a${String.fromCharCode(unit)}b`
}

test('every code unit of the BMP is shown, replaced or left out as its kind asks', () => {
  for (let unit = 0; unit <= 0xffff; unit++) {
    assert.equal(plainText(`a${String.fromCharCode(unit)}b`), shown(unit), `U+${unit.toString(16)}`)
  }
})

test('characters beyond the BMP stay whole, its noncharacters do not', () => {
  assert.equal(plainText('\u{1f600} \u{10fffd}'), '\u{1f600} \u{10fffd}')
  assert.equal(plainText('\u{1fffe}'), '\ufffd')
})

test('a text that is plain stays as it is, however often', () => {
  const text = 'down\r\n\u001b[31mfor\u001b[0m \u202egood\ud800'
  assert.equal(plainText(text), 'down [31mfor [0m good\ufffd')
  assert.equal(plainText(plainText(text)), plainText(text))
})

test('a log line has plain texts only, however deep they are, and other values as they were', () => {
  const facts = { event: 'bgp-failed', message: 'it says "\u001b[2J\u009b"', list: [{ why: 'a\nb\u202e' }], count: 3, since: null }
  const line = lineFormat({ node: 'n1' }).transform({ level: 'warn', message: facts.event, facts })
  assert.ok(typeof line === 'object')
  const { time, ...told } = JSON.parse(String(line[Symbol.for('message') as never])) as Record<string, unknown>
  assert.match(String(time), /^2\d{3}-\d\d-\d\dT/)
  assert.deepEqual(told, {
    level: 'warn',
    node: 'n1',
    event: 'bgp-failed',
    message: 'it says " [2J "',
    list: [{ why: 'a b' }],
    count: 3,
    since: null,
  })
})
