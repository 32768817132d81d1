import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, jest, test } from '@jest/globals'
import { inRepository } from '../lab/host'
import { type Daemon, versionOf } from './daemons'
import { type Cell, columnOf } from './matrix'

type ColumnRow = {
  readonly title: string
  /** Shows that the router lacks it. */
  readonly lack?: (() => Promise<void>) | undefined
  readonly run: () => Promise<void>
}
type Column = { readonly page: string; readonly name: string; readonly daemon: Daemon; readonly rows: readonly ColumnRow[] }

/** Rows of one column of a page: each cell a test, and at the end the page compared with what this run has seen. */
export function columnOfPage({ page, name, daemon, rows }: Column): void {
  jest.setTimeout(300_000) // each cell has a limit of its own, and says what it saw
  const says = () => columnOf(readFileSync(inRepository(page), 'utf8'), name)
  describe(name, () => {
    const seen: Record<string, Cell> = {}
    test(`is of the version that ${page} names`, async () => assert.equal(await versionOf(daemon), says().version))
    for (const { title, lack, run } of rows)
      test(lack === undefined ? title : `lacks: ${title}`, async () => {
        await (lack ?? run)()
        seen[title] = lack === undefined ? 'pass' : 'lacks it'
      })
    test(`${page} says what this run has shown, cell by cell`, () => {
      const { cells } = says()
      const told = Object.fromEntries(rows.map(({ title }) => [title, cells[title]]))
      assert.deepEqual(seen, told)
    })
  })
}
