import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from '@jest/globals'
import ts from 'typescript'

const parse = (file: string, text: string): ts.SourceFile => ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true)
const generated = 'libs/plan/src/generated/types.ts'
const types = new Set(
  parse(generated, readFileSync(generated, 'utf8')).statements.flatMap((item) => (ts.isTypeAliasDeclaration(item) ? [item.name.text] : [])),
)

/** The workspaces that know the plan. The protocol libraries call states of their own by the same words. */
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => /^(libs\/plan|operator|speaker)\/src\/.*\.ts$/.test(file) && !file.includes('/generated/') && existsSync(file))

/** What of a file repeats the plan's contract: a type of the same name, a guard that proves one, a hand-written reader of one. */
function repeated(file: string, text = readFileSync(file, 'utf8')): readonly string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if ((ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node)) && types.has(node.name.text)) {
      found.push(`${file} declares ${node.name.text}, which is generated from crds/manifests`)
    }
    if (ts.isTypePredicateNode(node) && node.type !== undefined && names(node.type)) {
      found.push(`${file} guards ${node.type.getText()} by hand: libs/plan has its validator`)
    }
    if (ts.isTypeReferenceNode(node) && node.typeName.getText() === 'Shape' && (node.typeArguments ?? []).some(names)) {
      found.push(`${file} reads ${node.getText()} by hand: libs/plan has its validator`)
    }
    ts.forEachChild(node, visit)
  }
  visit(parse(file, text))
  return found
}
const names = (type: ts.TypeNode): boolean => ts.isTypeReferenceNode(type) && types.has(type.typeName.getText())

test('the types of the plan and what judges them are generated, and nothing by hand stands beside them', () => {
  assert.ok(types.has('PlannedSession') && types.has('L2Entry') && types.has('PlannedRoute'))
  assert.deepEqual(
    files.flatMap((file) => repeated(file)),
    [],
  )
})

test('a type, a guard and a reader by hand are found', () => {
  const by = (text: string): number => repeated('x.ts', text).length
  assert.equal(by('type L2Entry = { address: string }'), 1)
  assert.equal(by('const isRoute = (value: unknown): value is PlannedRoute => true'), 1)
  assert.equal(by('const session: Shape<PlannedSession> = record({}, {})'), 1)
  assert.equal(by("import type { L2Entry } from '@loadstone/plan'; const a: L2Entry = b"), 0)
})

test('the validators need nothing at run time but the formats of libs/plan', () => {
  const { importedFiles } = ts.preProcessFile(readFileSync('libs/plan/src/generated/validators.ts', 'utf8'))
  assert.deepEqual(
    importedFiles.map(({ fileName }) => fileName),
    ['../formats', '../salvage', './types'],
  )
})
