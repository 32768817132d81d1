import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@jest/globals'

const files = [
  ...readdirSync(__dirname)
    .filter((file) => file.endsWith('.ts') && file !== 'must.test.ts')
    .map((file) => join(__dirname, file)),
  join(__dirname, '../../../e2e/interop/bfd/features.ts'),
  join(__dirname, '../../wire/testing/vectors.ts'),
]
const source = files.map((file) => readFileSync(file, 'utf8')).join('\n')

/** A title stands in quotes or backticks, as the argument of test, inNetns or the rows of test.each. */
const exists = (title: string): boolean => ["'", '`', '"'].some((quote) => source.includes(quote + title + quote))

/** Rows of MUST.md: section, demand, and titles in backticks or why there are none. */
const rows = readFileSync(join(__dirname, '../MUST.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| §'))
  .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')))

test('MUST.md: every demand names tests that exist, or says why there is none', () => {
  const wrong = rows.flatMap(([section, demand, how = '']) => {
    if (/^not (applicable|met): ./.test(how)) return []
    const named = [...how.matchAll(/`([^`]+)`/g)].map(([, title = '']) => title)
    if (named.length === 0) return [`${section}, ${demand}: no test and no reason`]
    return named.filter((title) => !exists(title)).map((title) => `${section}: no test is called "${title}"`)
  })
  assert.deepEqual(wrong, [])
  assert.ok(rows.length > 60, `${rows.length} rows`)
})
