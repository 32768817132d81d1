import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@jest/globals'
import { reasons } from '../src/reasons'

const root = join(__dirname, '..', '..')
const rows = [...readFileSync(join(root, 'docs/reasons.md'), 'utf8').matchAll(/^\| `([A-Z]\w+)` \| ([^|]+) \|/gm)].map(
  ([, name = '', says = '']) => [name, says],
)

test('docs/reasons.md lists exactly the reasons of the catalogue, with its sentences', () => {
  assert.deepEqual(rows, Object.entries(reasons))
})

test('every reason is a word that the API accepts in a condition', () => {
  for (const name of Object.keys(reasons)) assert.match(name, /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
})

test('every reason is given somewhere', () => {
  const folder = join(root, 'operator/src')
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && file !== 'reasons.ts')
  const text = sources.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n')
  assert.deepEqual(
    Object.keys(reasons).filter((name) => !text.includes(`'${name}'`)),
    [],
  )
})
