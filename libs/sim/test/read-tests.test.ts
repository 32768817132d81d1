import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, test } from '@jest/globals'
import { readTests } from '../testing'

const folder = mkdtempSync(join(tmpdir(), 'loadstone-read-tests-'))
afterAll(() => rmSync(folder, { recursive: true }))

function told(text: string): { titles: readonly string[]; asserted: readonly string[] } {
  const file = join(folder, 'some.test.ts')
  writeFileSync(file, text)
  const { titles, asserted } = readTests([file])
  return { titles: [...titles], asserted: [...asserted] }
}

test.each([
  ['a test', "test('a', () => {})", ['a']],
  ['one in a namespace of its own', "inNetns('a', () => {})", ['a']],
  ['one in describe', "describe('d', () => { test('a', f) })", ['a']],
  ['a template', `for (const x of [1]) test(\`a \${x}\`, f)`, [`a \${x}`]],
  ['rows given at once', "test.each([['r', 1]])('a', f)", ['a', 'r']],
  ['rows with a name', "const rows = { r: 1, 's t': 2 }; test.each(Object.entries(rows))('a', f)", ['a', 's t']],
  ['rows of a loop', "const rows = [{ title: 'r' }]\nfor (const { title } of rows) test(title, f)", ['r']],
  ['what a function registers', `vectors('a', [{ name: 'r' }])\nfunction vectors(x, y) { test(\`\${x} b\`, f) }`, [`\${x} b`, 'a', 'r']],
  [
    'what a function registers that another is given',
    "on(one, two)\nfunction on(...all) { describe('d', () => { for (const run of all) run() }) }\nfunction one() { test('a', f) }\nfunction two() { test('b', f) }",
    ['a', 'b'],
  ],
])('a title is: %s', (_, text, titles) => {
  assert.deepEqual(told(text).titles, titles)
})

test.each([
  ['a comment', "// test('a', f)"],
  ['a string', "const x = 'a'"],
  ['a skipped test', "test.skip('a', f); test.todo('a'); xtest('a', f)"],
  ['skipped rows', "test.skip.each([['a']])('b', f)"],
  ['a skipped group', "describe.skip('a', () => { test('b', f) })"],
  ['a test nobody registers', "function never() { test('a', f) }"],
  [
    'what a function would register that another is given and does not call',
    "on(one)\nfunction on(all) { keep(all) }\nfunction one() { test('a', f) }",
  ],
  ['rows nobody reads', "const rows = [{ title: 'a' }]"],
])('no title is: %s', (_, text) => {
  assert.deepEqual(told(text).titles, [])
})

test('asserted is what stands in assertions of tests that run, and in their rows', () => {
  const text = `
    const wanted = ['named']
    for (const [x] of [['row']]) test('title', () => {
      put('fixture')
      assert.equal(f(), 'here')
      assert.deepEqual(f(), wanted)
      assert.match(f(), /pattern/)
      assert.equal(f(), reasons.Property)
    })
    test.skip('b', () => assert.equal(f(), 'skipped'))`
  assert.deepEqual(told(text).asserted, ['row', 'here', 'named', 'pattern', 'Property'])
})
