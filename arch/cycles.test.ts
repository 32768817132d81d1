import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, test } from '@jest/globals'
import ts from 'typescript'

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file.endsWith('.ts') && existsSync(file))

type Graph = ReadonlyMap<string, ReadonlySet<string>>

/** Types count: who reads a type must read its file, and a circle of files has no first one to read. */
function importsOf(file: string): readonly string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'))
  return importedFiles.flatMap(({ fileName }) => {
    if (!fileName.startsWith('.')) return []
    const base = normalize(join(dirname(file), fileName))
    return [`${base}.ts`, `${base}/index.ts`].find((path) => existsSync(path)) ?? []
  })
}

/** Arrows between groups of files; those within one are left out. */
function grouped(graph: Graph, groupOf: (file: string) => string): Graph {
  const groups = new Map<string, Set<string>>()
  for (const [from, targets] of graph) {
    const group = groups.get(groupOf(from)) ?? new Set<string>()
    for (const to of targets) if (groupOf(to) !== groupOf(from)) group.add(groupOf(to))
    groups.set(groupOf(from), group)
  }
  return groups
}

/** One circle for each arrow that closes one: its members in the order of the arrows, the first again at the end. */
function circles(graph: Graph): readonly string[] {
  const done = new Set<string>()
  const path: string[] = []
  const found: string[] = []
  const visit = (node: string): void => {
    const begin = path.indexOf(node)
    if (begin >= 0) found.push([...path.slice(begin), node].join(' → '))
    if (begin >= 0 || done.has(node)) return
    path.push(node)
    for (const next of graph.get(node) ?? []) visit(next)
    path.pop()
    done.add(node)
  }
  for (const node of graph.keys()) visit(node)
  return found
}

/** A file that lies directly in `src` is a room of its own: a program's main imports every folder, and its types may serve them all. */
const folderOf = (file: string): string => (/(^|\/)src$/.test(dirname(file)) ? file : dirname(file))

const fileGraph: Graph = new Map(files.map((file) => [file, new Set(importsOf(file))]))
const sourceGraph: Graph = new Map([...fileGraph].filter(([file]) => file.includes('/src/')))

test('files import each other without circles, types included', () => {
  assert.deepEqual(circles(fileGraph), [])
})

test('folders of sources import each other without circles, types included', () => {
  assert.deepEqual(circles(grouped(sourceGraph, folderOf)), [])
})

describe('circles are found', () => {
  const graph = (arrows: Readonly<Record<string, readonly string[]>>): Graph =>
    new Map(Object.entries(arrows).map(([from, to]) => [from, new Set(to)]))

  test('between two, among three, and through a diamond none', () => {
    assert.deepEqual(circles(graph({ a: ['b'], b: ['a'] })), ['a → b → a'])
    assert.deepEqual(circles(graph({ a: ['b'], b: ['c'], c: ['d'], d: ['b'] })), ['b → c → d → b'])
    assert.deepEqual(circles(graph({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] })), [])
  })

  test('between folders whose files are in none', () => {
    const arrows = graph({ 'x/src/a/one.ts': ['x/src/b/two.ts'], 'x/src/b/two.ts': [], 'x/src/b/three.ts': ['x/src/a/four.ts'] })
    assert.deepEqual(circles(arrows), [])
    assert.deepEqual(circles(grouped(arrows, folderOf)), ['x/src/a → x/src/b → x/src/a'])
  })

  test('in a graph that is not empty: imports are seen, of types as well', () => {
    const arrows = [...fileGraph.values()].reduce((sum, targets) => sum + targets.size, 0)
    assert.ok(arrows > 1000, `only ${arrows} imports were seen`)
    assert.ok(fileGraph.get('operator/src/reconcile.ts')?.has('operator/src/publish/write.ts'))
  })
})
