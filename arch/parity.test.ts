import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@jest/globals'
import { readTests } from '@loadstone/sim/testing'
import { parse } from 'yaml'

type ParityRow = { readonly line: number; readonly section: string; readonly cells: readonly string[] }

/** The rows of the tables of docs/metallb-parity.md, each with the heading it stands under. */
function parityRows(page: string): readonly ParityRow[] {
  let section = ''
  return page.split('\n').flatMap((text, i) => {
    if (text.startsWith('## ')) section = text.slice(3)
    const cells = text
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
    return /^\| (?!of MetalLB)/.test(text) ? [{ line: i + 1, section, cells }] : []
  })
}

const titlesIn = (cell: string): readonly string[] => [...cell.matchAll(/`((?:\$\{[^}]*\}|[^`])+)`/g)].map(([, title = '']) => title)

/** What is wrong with a row: its verdict, its reason, or a title that no test has. */
function faultsOf({ line, cells }: ParityRow, titles: ReadonlySet<string>): readonly string[] {
  const [, verdict = '', difference = '', shown = ''] = cells
  const named = titlesIn(shown)
  return [
    ...(cells.length === 4 ? [] : [`line ${line}: ${cells.length} cells`]),
    ...(['same', 'better', 'not'].includes(verdict) ? [] : [`line ${line}: "${verdict}" is no verdict`]),
    ...(['better', 'not'].includes(verdict) && difference === '' ? [`line ${line}: ${verdict} without a word`] : []),
    ...(verdict !== 'not' && named.length === 0 ? [`line ${line}: ${verdict} without a test`] : []),
    ...named.filter((title) => !titles.has(title)).map((title) => `line ${line}: no test that runs is called "${title}"`),
  ]
}

const rows = parityRows(readFileSync('docs/metallb-parity.md', 'utf8'))
const testFiles = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.(test|api|native|scenario|timing)\.ts$/.test(file) && !/\/(interop|fuzz)\//.test(file) && existsSync(file))

test('docs/metallb-parity.md: every row has a verdict, a reason where it differs, and tests that run', () => {
  const { titles } = readTests(testFiles.map((file) => join(process.cwd(), file)))
  assert.deepEqual(
    rows.flatMap((row) => faultsOf(row, titles)),
    [],
  )
  assert.ok(rows.length > 140, `${rows.length} rows`)
})

test('a row without verdict, reason or test is found, and so is a title that nobody has', () => {
  const faults = (text: string): number => parityRows(text).flatMap((row) => faultsOf(row, new Set(['a', 'b']))).length
  assert.equal(faults('| x | same | | `a`, `b` |'), 0)
  assert.equal(faults('| x | not | y | |'), 0)
  for (const text of ['| x | equal | | `a` |', '| x | better | | `a` |', '| x | same | | |', '| x | same | | `c` |', '| x | not | | |'])
    assert.equal(faults(text), 1, text)
})

type Schema = { readonly properties?: Readonly<Record<string, Schema>>; readonly items?: Schema }
type Manifest = {
  readonly spec: {
    readonly names: { readonly kind: string }
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[]
  }
}

/** Fields of a spec, and of the records in it but for label selectors. */
const fieldsOf = ({ properties = {} }: Schema): readonly string[] =>
  Object.entries(properties).flatMap(([name, field]) => {
    const inner = field.items ?? field
    return inner.properties?.['matchLabels'] === undefined && inner.properties?.['matchExpressions'] === undefined
      ? [name, ...(['serviceAllocation', 'communities'].includes(name) ? fieldsOf(inner) : [])]
      : [name]
  })

test('no field of a kind of MetalLB is missing from its table', () => {
  const manifests = readdirSync('crds/manifests')
    .filter((file) => file.startsWith('metallb.io_'))
    .map((file) => parse(readFileSync(join('crds/manifests', file), 'utf8')) as Manifest)
  const missing = manifests.flatMap(({ spec: { names, versions } }) => {
    const cells = rows.filter(({ section }) => section.endsWith(` ${names.kind}`)).map(({ cells: [first = ''] }) => first)
    if (cells.length === 0) return /Status$|State$/.test(names.kind) ? [] : [names.kind]
    const named = new Set(cells.flatMap(titlesIn))
    const fields = versions.flatMap(({ schema }) => fieldsOf(schema.openAPIV3Schema.properties?.['spec'] ?? {}))
    return [...new Set(fields)].filter((field) => !named.has(field)).map((field) => `${names.kind}.${field}`)
  })
  assert.deepEqual([...missing], [])
})
