import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'

type Source = { readonly file: string; readonly declared: ReadonlyMap<string, ts.Node>; readonly imported: ReadonlyMap<string, string> }

/**
 * Texts by which tests are known that Jest would run from these files: titles, and the rows of tables that tests are made of. Read from the
 * syntax tree and followed into what a file imports, so neither a comment nor what is skipped or never registered counts.
 */
export function titlesOf(files: readonly string[]): ReadonlySet<string> {
  const titles = new Set<string>()
  const sources = new Map<string, Source>()
  const seen = new Set<ts.Node>()

  const sourceOf = (file: string): Source => {
    const source = sources.get(file) ?? read(file)
    sources.set(file, source)
    return source
  }
  const lookUp = (name: string, source: Source): { node: ts.Node; source: Source } | undefined => {
    const node = source.declared.get(name)
    if (node !== undefined) return { node, source }
    const from = source.imported.get(name)
    return from === undefined ? undefined : lookUp(name, sourceOf(from))
  }

  /** Every literal in an expression, and in the tables that it names. */
  const collect = (node: ts.Node, source: Source): void => {
    if (ts.isStringLiteralLike(node)) titles.add(node.text)
    else if (ts.isTemplateExpression(node)) titles.add(node.getText().slice(1, -1))
    if (ts.isIdentifier(node)) {
      const found = lookUp(node.text, source)
      if (found === undefined || ts.isFunctionLike(found.node) || seen.has(found.node)) return
      seen.add(found.node)
      collect(found.node, found.source)
    } else ts.forEachChild(node, (child) => (ts.isBlock(child) ? undefined : collect(child, source)))
  }

  /** Whether a test is registered below; `rows` are the tables of the loops around. */
  const walk = (node: ts.Node, source: Source, rows: readonly ts.Node[]): boolean => {
    if (ts.isFunctionDeclaration(node) || ts.isVariableStatement(node)) return false // nothing happens before it is called
    if (ts.isCallExpression(node)) return call(node, source, rows)
    const around = ts.isForOfStatement(node) ? [...rows, node.expression] : rows
    return children(node, source, around)
  }
  const children = (node: ts.Node, source: Source, rows: readonly ts.Node[]): boolean => {
    let registers = false
    ts.forEachChild(node, (child) => {
      if (walk(child, source, rows)) registers = true
    })
    return registers
  }
  const call = (node: ts.CallExpression, source: Source, rows: readonly ts.Node[]): boolean => {
    const callee = node.expression
    const name = nameOf(callee)
    const table = ts.isCallExpression(callee) ? [...callee.arguments] : []
    if (/^(test|it|inNetns)(\.only|\.each)*$/.test(name)) {
      for (const part of [...node.arguments.slice(0, 1), ...table, ...rows]) collect(part, source)
      return true
    }
    if (/^describe(\.only|\.each)*$/.test(name)) return node.arguments.slice(1).some((body) => children(body, source, [...rows, ...table]))
    const found = ts.isIdentifier(callee) ? lookUp(callee.text, source) : undefined
    if (found === undefined || !ts.isFunctionLike(found.node)) return false
    const { body } = found.node as ts.FunctionLikeDeclaration
    const registers = body !== undefined && walk(body, found.source, rows)
    if (registers) for (const given of node.arguments) collect(given, source)
    return registers
  }

  for (const file of files) children(sourceTree(file), sourceOf(file), [])
  return titles
}

/** `test.each` for `test.each(…)(…)`: what is called, without what it is given. */
const nameOf = (callee: ts.Node): string => {
  if (ts.isCallExpression(callee)) return nameOf(callee.expression)
  return ts.isPropertyAccessExpression(callee) ? `${nameOf(callee.expression)}.${callee.name.text}` : callee.getText()
}

const trees = new Map<string, ts.SourceFile>()
function sourceTree(file: string): ts.SourceFile {
  const tree = trees.get(file) ?? ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  trees.set(file, tree)
  return tree
}

function read(file: string): Source {
  const declared = new Map<string, ts.Node>()
  const imported = new Map<string, string>()
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node) && node.name !== undefined) declared.set(node.name.text, node)
    else if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer !== undefined)
      declared.set(node.name.text, node.initializer)
    else if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      const from = fileOf(dirname(file), (node.moduleSpecifier as ts.StringLiteral).text)
      const clause = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : node.exportClause
      if (from !== undefined && clause !== undefined && (ts.isNamedImports(clause) || ts.isNamedExports(clause)))
        for (const { name } of clause.elements) imported.set(name.text, from)
    }
    ts.forEachChild(node, visit)
  }
  visit(sourceTree(file))
  return { file, declared, imported }
}

/** Where tables and helpers of tests are: beside the test, or in the `testing` folder of a workspace. */
function fileOf(folder: string, specifier: string): string | undefined {
  const shared = /^@loadstone\/(\w+)\/testing$/.exec(specifier)?.[1]
  const path = shared === undefined ? join(folder, specifier) : join(__dirname, '../..', shared, 'testing')
  if (shared === undefined && !specifier.startsWith('.')) return undefined
  return [`${path}.ts`, join(path, 'index.ts')].find((candidate) => existsSync(candidate))
}
