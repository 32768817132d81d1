import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@jest/globals'

const root = join(__dirname, '../../..')
const read = (path: string): string => readFileSync(path, 'utf8')
const here = readdirSync(__dirname)
  .filter((file) => /\.(test|native)\.ts$/.test(file) && file !== 'must.test.ts')
  .map((file) => read(join(__dirname, file)))
  .join('\n')

/** A title stands in quotes or backticks, as the argument of test, inNetns or describe, or in the rows of test.each. */
const stands = (title: string, source: string): boolean => ["'", '`', '"'].some((quote) => source.includes(quote + title + quote))

const page = read(join(__dirname, '../MUST.md'))
/** Rows: section, demand, and titles in backticks, each perhaps with the file of a feature, or why there are none. */
const rows = page
  .split('\n')
  .filter((line) => /^\| (§|RFC)/.test(line))
  .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')))

test('MUST.md: every demand names tests that exist, or says why there is none', () => {
  const wrong = rows.flatMap(([section, demand, how = '']) => {
    if (/^not (applicable|met): ./.test(how)) return []
    const named = [...how.matchAll(/`([^`]+)`(?: \((e2e\/[^)]+)\))?/g)]
    if (named.length === 0) return [`${section}, ${demand}: no test and no reason`]
    return named.flatMap(([, title = '', file]) =>
      stands(title, file === undefined ? here : read(join(root, file))) ? [] : [`${section}: no test is called "${title}"`],
    )
  })
  assert.deepEqual(wrong, [])
  assert.ok(rows.length > 120, `${rows.length} rows`)
})

test('MUST.md: every RFC that we claim has a section with demands', () => {
  const sections = page.split(/^## /m).slice(1)
  const told = sections.flatMap((section) => {
    const [heading = ''] = section.split('\n')
    return /^\| (§|RFC)/m.test(section) ? [...heading.matchAll(/RFC (\d+)/g)].map(([, number]) => Number(number)) : []
  })
  const claimed = [
    1997, 2385, 2545, 2918, 4271, 4360, 4486, 4724, 4760, 5082, 5492, 6286, 6608, 6793, 7313, 7606, 7607, 7911, 8092, 8326, 8538, 8654,
    8950, 9003, 9072, 9234, 9384, 9494, 9687,
  ]
  assert.deepEqual(
    told.toSorted((a, b) => a - b),
    claimed,
  )
})
