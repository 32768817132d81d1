import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import fc from 'fast-check'
import { LineSplitter } from '../../src/json/json-lines'

test('lines come out whole wherever the network cut them, in the middle of a character, too', () => {
  const texts = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n') && text.trim() !== ''))
  fc.assert(
    fc.property(texts, fc.array(fc.nat(200)), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
      const splitter = new LineSplitter(10_000)
      const places = [...new Set(cuts)].sort((a, b) => a - b)
      const chunks = [0, ...places].map((start, index) => bytes.subarray(start, places[index] ?? bytes.length))
      assert.deepEqual(
        chunks.flatMap((chunk) => [...splitter.push(chunk)]),
        lines,
      )
    }),
  )
})

test('a line is given out when its end arrives, not before', () => {
  const splitter = new LineSplitter(100)
  assert.deepEqual([...splitter.push(Buffer.from('{"a":'))], [])
  assert.deepEqual([...splitter.push(Buffer.from('1}\n\n{'))], ['{"a":1}'])
})

test('a line that never ends is refused at the limit, not when memory runs out', () => {
  const splitter = new LineSplitter(10)
  assert.deepEqual([...splitter.push(Buffer.from('0123456789\n01234'))], ['0123456789'])
  assert.throws(() => [...splitter.push(Buffer.from('567890'))], RangeError)
})
