import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'

type Source = {
  readonly tree: ts.SourceFile
  readonly declared: ReadonlyMap<string, readonly ts.Node[]>
  readonly imported: ReadonlyMap<string, string>
}

/** Texts in the tests that Jest would run from some files. */
export type TestTexts = {
  /** Titles, and the rows of tables that tests are made of. */
  readonly titles: ReadonlySet<string>
  /** The rows of tables, literals given to assertions, and `x` of `reasons.x` among them. */
  readonly asserted: ReadonlySet<string>
}
type Collected = { readonly texts: Set<string>; readonly seen: Set<ts.Node> }

/**
 * Read from the syntax tree and followed into what a file imports, so neither a comment nor a test that is skipped or never registered
 * counts.
 */
export function readTests(files: readonly string[]): TestTexts {
  const titles: Collected = { texts: new Set(), seen: new Set() }
  const asserted: Collected = { texts: new Set(), seen: new Set() }
  const sources = new Map<string, Source>()

  const sourceOf = (file: string): Source => {
    const source = sources.get(file) ?? read(file)
    sources.set(file, source)
    return source
  }
  const lookUp = (name: string, source: Source, from: ts.Node = source.tree): { node: ts.Node; source: Source } | undefined => {
    const node = source.declared.get(name)?.find((found) => scopeOf(found).pos <= from.pos && scopeOf(found).end >= from.end)
    if (node !== undefined) return { node, source }
    const file = source.imported.get(name)
    return file === undefined ? undefined : lookUp(name, sourceOf(file))
  }

  /** Every literal in an expression, and in the tables that it names. */
  const collect = (node: ts.Node, source: Source, into: Collected): void => {
    if (ts.isStringLiteralLike(node)) into.texts.add(node.text)
    else if (ts.isTemplateExpression(node) || ts.isRegularExpressionLiteral(node)) into.texts.add(node.getText().slice(1, -1))
    else if (ts.isPropertyAccessExpression(node) && into === asserted) into.texts.add(node.name.text)
    if (ts.isIdentifier(node)) {
      const found = lookUp(node.text, source, node)
      if (found === undefined || ts.isFunctionLike(found.node) || into.seen.has(found.node)) return
      into.seen.add(found.node)
      collect(found.node, found.source, into)
    } else ts.forEachChild(node, (child) => (ts.isBlock(child) ? undefined : collect(child, source, into)))
  }
  const collectAssertions = (node: ts.Node, source: Source): void => {
    if (ts.isCallExpression(node) && /^assert\b/.test(nameOf(node.expression)))
      for (const given of node.arguments) collect(given, source, asserted)
    else ts.forEachChild(node, (child) => collectAssertions(child, source))
  }

  /** Whether a test is registered below; `rows` are the tables of the loops around. */
  const walk = (node: ts.Node, source: Source, rows: readonly ts.Node[]): boolean => {
    if (ts.isFunctionDeclaration(node) || ts.isVariableStatement(node)) return false // registers nothing before it is called
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
  const call = (node: ts.CallExpression, source: Source, around: readonly ts.Node[]): boolean => {
    const name = nameOf(node.expression)
    const rows = ts.isCallExpression(node.expression) ? [...around, ...node.expression.arguments] : around
    if (/^(test|it|inNetns)(\.only|\.each)*$/.test(name)) return register(node, source, rows)
    if (/^describe(\.only|\.each)*$/.test(name)) return node.arguments.slice(1).some((body) => children(body, source, rows))
    return ts.isIdentifier(node.expression) && callHelper(node, node.expression, source, rows)
  }
  const register = (node: ts.CallExpression, source: Source, rows: readonly ts.Node[]): boolean => {
    const [title, ...bodies] = node.arguments
    if (title !== undefined) collect(title, source, titles)
    for (const row of rows) for (const into of [titles, asserted]) collect(row, source, into)
    for (const body of bodies) collectAssertions(body, source)
    return true
  }
  /** A function that registers tests: its arguments are their rows, or functions that register more. */
  const callHelper = (node: ts.CallExpression, name: ts.Identifier, source: Source, rows: readonly ts.Node[]): boolean => {
    const found = lookUp(name.text, source, name)
    if (found === undefined || !ts.isFunctionLike(found.node)) return false
    const { body } = found.node as ts.FunctionLikeDeclaration
    const own = body !== undefined && walk(body, found.source, rows)
    const given = callsParameters(found.node as ts.FunctionLikeDeclaration) ? walkGiven(node.arguments, source, rows) : false
    const registers = own || given
    if (own) for (const argument of node.arguments) collect(argument, source, titles)
    return registers
  }
  const walkGiven = (given: readonly ts.Node[], source: Source, rows: readonly ts.Node[]): boolean => {
    const functions = given.flatMap((one) => (ts.isIdentifier(one) ? (lookUp(one.text, source, one) ?? []) : []))
    const bodies = functions.flatMap((one) => {
      const { body } = one.node as ts.FunctionLikeDeclaration
      return ts.isFunctionLike(one.node) && body !== undefined ? [{ body, source: one.source }] : []
    })
    return bodies.map((one) => walk(one.body, one.source, rows)).includes(true)
  }

  for (const source of files.map(sourceOf)) children(source.tree, source, [])
  return { titles: titles.texts, asserted: asserted.texts }
}

/** Whether a function calls what it is given: a parameter, or each of a list of them. */
function callsParameters({ parameters, body }: ts.FunctionLikeDeclaration): boolean {
  const given = new Set(parameters.map(({ name }) => name.getText()))
  const calls = (node: ts.Node): boolean => {
    if (ts.isForOfStatement(node) && given.has(node.expression.getText())) {
      for (const { name } of ts.isVariableDeclarationList(node.initializer) ? node.initializer.declarations : []) given.add(name.getText())
    }
    if (ts.isCallExpression(node) && given.has(node.expression.getText())) return true
    return ts.forEachChild(node, (child) => calls(child) || undefined) === true
  }
  return body !== undefined && calls(body)
}

/** The callee without its arguments: `test.each` for `test.each(…)(…)`. */
const nameOf = (callee: ts.Node): string => {
  if (ts.isCallExpression(callee)) return nameOf(callee.expression)
  return ts.isPropertyAccessExpression(callee) ? `${nameOf(callee.expression)}.${callee.name.text}` : callee.getText()
}

/** The scope of the name that this function or initializer declares. */
function scopeOf(declared: ts.Node): ts.Node {
  let scope = declared.parent
  while (!ts.isBlock(scope) && !ts.isSourceFile(scope)) scope = scope.parent
  return scope
}

function read(file: string): Source {
  const tree = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const declared = new Map<string, ts.Node[]>()
  const imported = new Map<string, string>()
  const declare = (name: ts.Node | undefined, node: ts.Node): void => {
    if (name !== undefined && ts.isIdentifier(name)) declared.set(name.text, [node, ...(declared.get(name.text) ?? [])])
  }
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node)) declare(node.name, node)
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined) declare(node.name, node.initializer)
    if (ts.isImportDeclaration(node)) addNames(node.importClause?.namedBindings, node.moduleSpecifier)
    if (ts.isExportDeclaration(node)) addNames(node.exportClause, node.moduleSpecifier)
    ts.forEachChild(node, visit)
  }
  const addNames = (clause: ts.Node | undefined, specifier: ts.Expression | undefined): void => {
    const from = specifier !== undefined && ts.isStringLiteral(specifier) ? fileOf(dirname(file), specifier.text) : undefined
    if (from === undefined || clause === undefined || !(ts.isNamedImports(clause) || ts.isNamedExports(clause))) return
    for (const { name } of clause.elements) imported.set(name.text, from)
  }
  visit(tree)
  return { tree, declared, imported }
}

/** The file of a table or helper: beside the test, or in the `testing` folder of a workspace. */
function fileOf(folder: string, specifier: string): string | undefined {
  const shared = /^@loadstone\/(\w+)\/testing$/.exec(specifier)?.[1]
  const path = shared === undefined ? join(folder, specifier) : join(__dirname, '../..', shared, 'testing')
  if (shared === undefined && !specifier.startsWith('.')) return undefined
  return [`${path}.ts`, join(path, 'index.ts')].find((candidate) => existsSync(candidate))
}
