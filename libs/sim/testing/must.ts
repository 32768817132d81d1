import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@jest/globals'
import { readTests } from './read-tests'

/**
 * MUST.md of a protocol: rows of section, demand, and the titles of tests in backticks, or why there are none. A title is one of the folder
 * `test`, or of the scenarios of `e2e/interop`, whose rows are the matrix.
 */
export function mustTests(testFolder: string, rowsAtLeast: number): void {
  const rows = readFileSync(join(testFolder, '../MUST.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| (§|RFC)/.test(line))
    .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')))

  test('MUST.md: every demand names tests that run, or says why there is none', () => {
    const { titles } = readTests([
      ...filesOf(testFolder, /\.(test|native|timing)\.ts$/),
      ...filesOf(join(__dirname, '../../../e2e/interop'), /\.(scenario|timing)\.ts$/),
    ])
    const wrong = rows.flatMap(([section, demand, how = '']) => {
      if (/^not (applicable|met): ./.test(how)) return []
      const named = [...how.matchAll(/`((?:\$\{[^}]*\}|[^`])+)`/g)].map(([, title = '']) => title)
      if (named.length === 0) return [`${section}, ${demand}: no test and no reason`]
      return named.filter((title) => !titles.has(title)).map((title) => `${section}: no test that runs is called "${title}"`)
    })
    assert.deepEqual(wrong, [])
    assert.ok(rows.length > rowsAtLeast, `${rows.length} rows`)
  })
}

const filesOf = (folder: string, pattern: RegExp): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => pattern.test(file))
    .map((file) => join(folder, file))
