import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from '@jest/globals'

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.(ts|c|h)$/.test(file) && !file.includes('/generated/') && existsSync(file))
const lines = (file: string): number => readFileSync(file, 'utf8').split('\n').length - 1
const over = (limit: number, chosen: readonly string[]): string[] =>
  chosen.filter((file) => lines(file) > limit).map((file) => `${file}: ${lines(file)} lines, the limit is ${limit}`)

test('a source file has at most 300 lines: split it by what its parts are about', () => {
  assert.deepEqual(
    over(
      300,
      files.filter((file) => file.includes('/src/')),
    ),
    [],
  )
})

test('a test file has at most 500 lines', () => {
  assert.deepEqual(
    over(
      500,
      files.filter((file) => !file.includes('/src/')),
    ),
    [],
  )
})

test('an index names its exports one by one, in at most 30 lines', () => {
  const indexes = files.filter((file) => basename(file) === 'index.ts')
  assert.deepEqual(over(30, indexes), [])
  assert.deepEqual(
    indexes.filter((file) => /export \*/.test(readFileSync(file, 'utf8'))),
    [],
  )
})

test('native code has at most 300 lines in all', () => {
  const native = files.filter((file) => file.startsWith('libs/packet/native/'))
  assert.ok(native.reduce((sum, file) => sum + lines(file), 0) <= 300)
})

/** Vocabularies: their names belong together, and splitting them would only scatter the reader. */
const vocabularies = new Set(['libs/plan/src/plan.ts', 'libs/wire/src/codec.ts'])

test('a file exports at most 12 names', () => {
  const count = (file: string): number => (readFileSync(file, 'utf8').match(/^export /gm) ?? []).length
  const modules = files.filter((file) => file.includes('/src/') && basename(file) !== 'index.ts' && !vocabularies.has(file))
  assert.deepEqual(
    modules.filter((file) => count(file) > 12).map((file) => `${file}: ${count(file)}`),
    [],
  )
})

test('no drawer for odds and ends: a thing lives with what it serves', () => {
  assert.deepEqual(
    files.filter((file) => /(^|\/)(utils?|helpers?|common|misc|types|interfaces)(\.ts$|\/)/.test(file)),
    [],
  )
})
