import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@jest/globals'

const tests = readdirSync(__dirname).filter((file) => file.endsWith('.ts') && file !== 'must.test.ts')
const source = [...tests.map((file) => join(__dirname, file)), join(__dirname, '../../wire/testing/vectors.ts')]
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n')

/** A title stands in quotes or backticks: the argument of test or inNetns, or the key of a table's row. */
const exists = (title: string): boolean => ["'", '`'].some((quote) => source.includes(quote + title + quote))

test('MUST.md: every demand names tests that exist, or says why there is none', () => {
  const rows = readFileSync(join(__dirname, '../MUST.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| §'))
    .map((line) => line.split(' | '))
  const wrong = rows.flatMap(([section = '', demand = '', how = '']) => {
    if (/^not (applicable|met): ./.test(how)) return []
    const titles = [...how.matchAll(/`((?:\$\{[^}]*\}|[^`])+)`/g)].map(([, title = '']) => title)
    if (titles.length === 0) return [`${section}, ${demand}: no test and no reason`]
    return titles.filter((title) => !exists(title)).map((title) => `${section}: no test is called "${title}"`)
  })
  assert.deepEqual(wrong, [])
  assert.ok(rows.length > 20, `${rows.length} rows`)
})
