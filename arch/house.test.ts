import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { describe, test } from '@jest/globals'
import ts from 'typescript'

const most = { files: 12, names: 20 }

/** The words of every state machine: each machine has its own. */
const machine = new Set(['State', 'Event', 'Action', 'Step', 'Timer', 'Config'])

type Named = { readonly name: string; readonly isType: boolean }
type Parsed = {
  readonly file: string
  /** Declared here and exported, without what is exported again from elsewhere. */
  readonly exported: readonly Named[]
  /** Exported in any way, under the name that importers see. */
  readonly offered: readonly string[]
  /** Imports and exports of other modules: `*` for all names. */
  readonly uses: readonly { readonly from: string; readonly name: string; readonly again: boolean }[]
}

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--deduplicate'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.(ts|mjs|js)$/.test(file) && existsSync(file))
const sources = files.filter((file) => file.endsWith('.ts'))

const isExported = (node: ts.Statement): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

function declaredBy(node: ts.Statement): readonly Named[] {
  if (ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node)) return [{ name: node.name.text, isType: true }]
  if (ts.isClassDeclaration(node) && node.name !== undefined) return [{ name: node.name.text, isType: true }]
  if (ts.isFunctionDeclaration(node) && node.name !== undefined) return [{ name: node.name.text, isType: false }]
  if (!ts.isVariableStatement(node)) return []
  const names = (name: ts.BindingName): readonly string[] =>
    ts.isIdentifier(name) ? [name.text] : name.elements.flatMap((one) => (ts.isBindingElement(one) ? names(one.name) : []))
  return node.declarationList.declarations.flatMap(({ name }) => names(name)).map((name) => ({ name, isType: false }))
}

function parse(file: string, text = readFileSync(file, 'utf8')): Parsed {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const exported: Named[] = []
  const offered: string[] = []
  const uses: { from: string; name: string; again: boolean }[] = []
  /** `import * as x` uses the members that stand after `x.`; `import('y')` and `require('y')` may use all. */
  const namespaces = new Map<string, string>()
  const local = new Map(tree.statements.flatMap(declaredBy).map((one) => [one.name, one]))
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const from = node.moduleSpecifier.text
      const bound = node.importClause?.namedBindings
      if (bound !== undefined && ts.isNamespaceImport(bound)) namespaces.set(bound.name.text, from)
      if (bound !== undefined && ts.isNamedImports(bound)) {
        for (const { name, propertyName } of bound.elements) uses.push({ from, name: (propertyName ?? name).text, again: false })
      }
    }
    if (ts.isExportDeclaration(node) && node.exportClause !== undefined && ts.isNamedExports(node.exportClause)) {
      for (const { name, propertyName } of node.exportClause.elements) {
        offered.push(name.text)
        const source = (propertyName ?? name).text
        if (node.moduleSpecifier === undefined) exported.push({ name: name.text, isType: local.get(source)?.isType ?? false })
        else if (ts.isStringLiteral(node.moduleSpecifier)) uses.push({ from: node.moduleSpecifier.text, name: source, again: true })
      }
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
      uses.push({ from: node.argument.literal.text, name: node.qualifier?.getText() ?? '*', again: false })
    }
    if (ts.isCallExpression(node) && /^(import|require|jest\.requireActual)$/.test(node.expression.getText())) {
      const [target] = node.arguments
      if (target !== undefined && ts.isStringLiteral(target)) uses.push({ from: target.text, name: '*', again: false })
    }
    const space = ts.isPropertyAccessExpression(node) ? node.expression : ts.isQualifiedName(node) ? node.left : undefined
    const from = space === undefined ? undefined : namespaces.get(space.getText())
    if (from !== undefined) {
      const member = ts.isPropertyAccessExpression(node) ? node.name : (node as ts.QualifiedName).right
      uses.push({ from, name: member.text, again: false })
    }
    ts.forEachChild(node, visit)
  }
  for (const node of tree.statements.filter(isExported)) exported.push(...declaredBy(node))
  offered.push(...exported.map(({ name }) => name))
  visit(tree)
  return { file, exported, offered: [...new Set(offered)], uses }
}

const packages = new Map([
  ['bgp-js', 'libs/bgp'],
  ['arp-ts', 'libs/arp'],
  ...['crds', 'operator', 'speaker', 'e2e'].map((name): [string, string] => [`@loadstone/${name}`, name]),
])

/** The file that a module specifier means, relative or by the name of a workspace and its entry point. */
function fileOf(from: string, specifier: string, exists: (path: string) => boolean): string | undefined {
  const first = (...paths: readonly string[]): string | undefined => paths.find(exists)
  if (specifier.startsWith('.')) {
    const base = normalize(join(dirname(from), specifier))
    return first(`${base}.ts`, `${base}/index.ts`, base.replace(/\.js$/, '.ts'), base)
  }
  const [, name = '', entry = 'index'] = /^(bgp-js|arp-ts|@loadstone\/[a-z]+)(?:\/([a-z0-9-]+))?$/.exec(specifier) ?? []
  if (name === '') return undefined
  const folder = packages.get(name) ?? name.replace('@loadstone', 'libs')
  return first(`${folder}/${entry}/index.ts`, `${folder}/src/${entry}.ts`)
}

/** More files than a reader takes in at once. Files that lie in its folders are theirs. */
function crowded(paths: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const path of paths) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1)
  return [...counts].filter(([, count]) => count > most.files).map(([folder]) => folder)
}

/** e2e is apart: it shares no code with the product, so it has its own names for the same things. */
function ambiguous(parsed: readonly Parsed[]): readonly string[] {
  const homes = new Map<string, Set<string>>()
  for (const { file, exported } of parsed) {
    if (file.startsWith('e2e/')) continue
    for (const { name, isType } of exported) {
      if (isType && !machine.has(name)) homes.set(name, new Set([...(homes.get(name) ?? []), file]))
    }
  }
  return [...homes].filter(([, where]) => where.size > 1).map(([name]) => name)
}

/**
 * Exports that no other file imports, tests included. A name that one file exports again from another is used where it is imported from
 * there. A type may also be named by an entry point alone: it is a part of an interface whose callers need not name it.
 */
function unused(parsed: readonly Parsed[]): readonly string[] {
  const byFile = new Map(parsed.map((one) => [one.file, one]))
  const find = (from: string, specifier: string): string | undefined => fileOf(from, specifier, (path) => byFile.has(path))
  const used = new Set<string>()
  const use = (file: string, name: string): void => {
    if (used.has(`${file} ${name}`)) return
    used.add(`${file} ${name}`)
    const { exported = [], uses = [] } = byFile.get(file) ?? {}
    if (name === '*') for (const own of exported) used.add(`${file} ${own.name}`)
    for (const one of uses) {
      const target = one.again && (name === '*' || one.name === name) ? find(file, one.from) : undefined
      if (target !== undefined) use(target, one.name)
    }
  }
  for (const { file, uses } of parsed) {
    for (const { from, name, again } of uses) {
      const target = find(file, from)
      if (target === undefined) continue
      if (!again) use(target, name)
      else if (byFile.get(target)?.exported.some((one) => one.isType && one.name === name)) used.add(`${target} ${name}`)
    }
  }
  return parsed.flatMap(({ file, exported }) =>
    exported.filter(({ name }) => !used.has(`${file} ${name}`)).map(({ name }) => `${file} ${name}`),
  )
}

type Entry = { readonly package: string; readonly name: string; readonly types: string; readonly default: string }

/** What importers of a workspace can name: what `exports` of its package.json leads to. */
const entries = execFileSync('git', ['ls-files', '*package.json'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(file))
  .flatMap((file): readonly Entry[] => {
    const { exports = {} } = JSON.parse(readFileSync(file, 'utf8')) as {
      exports?: Readonly<Record<string, Omit<Entry, 'package' | 'name'>>>
    }
    return Object.entries(exports).map(([name, entry]) => ({ package: file, name, ...entry }))
  })
const entryPoints = new Set(
  entries.map((entry) => join(dirname(entry.package), entry.default.replace('/out/', '/').replace(/\.js$/, '.ts'))),
)
const wide = (parsed: readonly Parsed[]): readonly string[] =>
  parsed
    .filter(({ file, offered }) => (basename(file) === 'index.ts' || entryPoints.has(file)) && offered.length > most.names)
    .map(({ file }) => file)

const isGenerated = (file: string): boolean => file.includes('/generated/')

/** What is generated may export what nobody needs yet, but its imports count. */
const all = files.map((file) => (isGenerated(file) ? { ...parse(file), exported: [] } : parse(file)))

test('a folder has at most 12 files, which are about one subject', () => assert.deepEqual(crowded(sources), []))

test('an exported type has a name of its own in the repository', () => assert.deepEqual(ambiguous(all), []))

test('an export has an importer outside its file', () => assert.deepEqual(unused(all), []))

test('an entry point of a workspace has at most 20 names', () => assert.deepEqual(wide(all), []))

test('entry points are seen', () => {
  assert.ok(entryPoints.size > 10, `${entryPoints.size} entry points`)
  assert.deepEqual(
    [...entryPoints].filter((file) => !existsSync(file)),
    [],
  )
})

test('an entry point runs what its types describe', () => {
  const apart = entries.filter((entry) => entry.types?.replace(/\.d\.ts$/, '.js') !== entry.default)
  assert.deepEqual(apart, [])
})

describe('each rule finds what breaks it', () => {
  const folder = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `libs/x/src/${i}.ts`)

  test('a thirteenth file, but not a twelfth and another in a folder below', () => {
    assert.deepEqual(crowded(folder(13)), ['libs/x/src'])
    assert.deepEqual(crowded([...folder(12), 'libs/x/src/below/one.ts']), [])
  })

  test('a second type or class of one name, but no word of state machines, no value and nothing of e2e', () => {
    const twice = (text: string, file = 'libs/b/src/b.ts'): readonly string[] =>
      ambiguous([parse('libs/a/src/a.ts', text), parse(file, text)])
    assert.deepEqual(twice('export type Peer = 1'), ['Peer'])
    assert.deepEqual(twice('class Peer {}\nexport { Peer }'), ['Peer'])
    assert.deepEqual(twice('export type State = 1; export type Event = 2'), [])
    assert.deepEqual(twice('export const peer = 1; type Peer = 1'), [])
    assert.deepEqual(twice('export type Peer = 1', 'e2e/b.ts'), [])
  })

  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['nobody imports it', { 'a.ts': 'export const one = 1' }, ['a.ts one']],
    ['only its own file uses it', { 'a.ts': 'export const one = 1; one' }, ['a.ts one']],
    ['it is imported by name', { 'a.ts': 'export const one = 1', 'b.ts': "import { one as two } from './a'" }, []],
    ['it is imported by namespace', { 'a.ts': 'export const one = 1, two = 2', 'b.ts': "import * as a from './a'; a.one" }, ['a.ts two']],
    ['it is required', { 'a.ts': 'export const one = 1', 'b.ts': "require('./a')" }, []],
    [
      'an entry point exports it and nobody imports it',
      { 'a.ts': 'export const one = 1', 'b.ts': "export { one } from './a'" },
      ['a.ts one'],
    ],
    [
      'somebody imports it from the entry point',
      { 'a.ts': 'export const one = 1', 'b.ts': "export { one } from './a'", 'c.ts': "import { one } from './b'" },
      [],
    ],
    ['a type is part of what an entry point exports', { 'a.ts': 'export type One = 1', 'b.ts': "export type { One } from './a'" }, []],
    ['another workspace imports it', { 'libs/a/src/index.ts': 'export const one = 1', 'b.ts': "import { one } from '@loadstone/a'" }, []],
  ])('an export: %s', (_, texts, dead) => {
    assert.deepEqual(unused(Object.entries(texts).map(([file, text]) => parse(file, text))), dead)
  })

  test('a twenty-first name, however many lines it takes', () => {
    const entry = (count: number): Parsed =>
      parse('libs/x/src/index.ts', `export { ${Array.from({ length: count }, (_, i) => `name${i}`).join(', ')} } from './x'`)
    assert.deepEqual(wide([entry(20)]), [])
    assert.deepEqual(wide([entry(21)]), ['libs/x/src/index.ts'])
  })
})
