import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from '@jest/globals'
import ts from 'typescript'

const { projects } = require('../jest.config.js') as { projects: { displayName: string }[] }
const root = join(__dirname, '..')
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8', cwd: root })
  .split('\n')
  .filter((file) => file.endsWith('.ts') && existsSync(join(root, file)))

/** Asked of Jest itself, because what its patterns mean is its own affair. */
const listed = new Map(
  projects.map(({ displayName }) => {
    const said = execFileSync('node_modules/.bin/jest', ['--listTests', '--json', '--selectProjects', displayName], {
      encoding: 'utf8',
      cwd: root,
    })
    return [displayName, (JSON.parse(said.slice(said.indexOf('['))) as string[]).map((file) => relative(root, file))]
  }),
)

test('every project has test files', () => {
  assert.deepEqual(
    [...listed].filter(([, found]) => found.length === 0),
    [],
  )
})

test('a file that is named like a test belongs to exactly one project, so that none is lost when files move', () => {
  const named = files.filter((file) => /\.(tests?|specs?|natives?|apis?|scenarios?|timings?)\.ts$/.test(file))
  const homes = named.map((file) => ({ file, projects: [...listed].filter(([, found]) => found.includes(file)).map(([name]) => name) }))
  assert.ok(named.length > 150, `${named.length} files are named like tests`)
  assert.deepEqual(
    homes.filter((one) => one.projects.length !== 1),
    [],
  )
})

test('a file that holds tests belongs to a project, or one that does imports it', () => {
  const importsOf = (file: string): string[] =>
    ts.preProcessFile(readFileSync(join(root, file), 'utf8')).importedFiles.map(({ fileName }) => fileName)
  const within = (file: string): string[] =>
    importsOf(file).flatMap((specifier) => {
      if (!specifier.startsWith('.')) return []
      const path = join(dirname(file), specifier)
      return [`${path}.ts`, `${path}/index.ts`].filter((one) => files.includes(one))
    })
  const reached = new Set([...listed.values()].flat())
  for (const file of reached) for (const one of within(file)) reached.add(one)
  // A suite that other workspaces take by name is reached through the index of its folder.
  const suites = (file: string): boolean => /\/testing\//.test(file)
  const holds = files.filter((file) => importsOf(file).includes('@jest/globals') && !suites(file))
  assert.ok(holds.length > 150, `${holds.length} files hold tests`)
  assert.deepEqual(
    holds.filter((file) => !reached.has(file)),
    [],
  )
})
