import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from '@jest/globals'
import ts from 'typescript'

const src = join(__dirname, '../../src')

/** All imports of a file of src, direct and indirect: packages by name, files by path. */
function imported(file: string, seen = new Set<string>()): ReadonlySet<string> {
  for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles) {
    const found = fileName.startsWith('.') ? `${join(dirname(file), fileName)}.ts` : fileName
    if (seen.has(found)) continue
    seen.add(found)
    if (fileName.startsWith('.')) imported(found, seen)
  }
  return seen
}

const heavy = ['@dot-i/k8s-operator', '@kubernetes/client-node', 'undici']

test('what a speaker imports loads no client library: they take more memory than the speaker has', () => {
  const modules = ['index.ts', 'writes.ts'].map((entry) => imported(join(src, entry)))
  assert.ok(modules[0]?.has(join(src, 'client/https-client.ts')))
  assert.deepEqual(
    heavy.filter((name) => modules.some((loaded) => loaded.has(name))),
    [],
  )
})

test('nor does it load elections and events, which only the operator has', () => {
  const modules = ['index.ts', 'writes.ts'].flatMap((entry) => [...imported(join(src, entry))])
  assert.deepEqual(
    modules.filter((name) => /\/src\/(election|events)\//.test(name)),
    [],
  )
})

test('what the operator imports does', () => {
  const modules = imported(join(src, 'operator.ts'))
  assert.deepEqual(
    heavy.filter((name) => !modules.has(name)),
    [],
  )
})
