import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@jest/globals'
import ts from 'typescript'

/** What a file of src imports, directly or through its neighbours. */
function imported(file: string, seen = new Set<string>()): ReadonlySet<string> {
  for (const { fileName } of ts.preProcessFile(readFileSync(join(__dirname, '../src', `${file}.ts`), 'utf8')).importedFiles) {
    if (seen.has(fileName)) continue
    seen.add(fileName)
    if (fileName.startsWith('./')) imported(fileName, seen)
  }
  return seen
}

const heavy = ['@dot-i/k8s-operator', '@kubernetes/client-node', 'undici']

test('what a speaker imports loads no client library: they take more memory than the speaker has', () => {
  const modules = imported('index')
  assert.ok(modules.has('./slim-server'))
  assert.deepEqual(
    heavy.filter((name) => modules.has(name)),
    [],
  )
})

test('what the operator imports does', () => {
  const modules = imported('operator')
  assert.deepEqual(
    heavy.filter((name) => !modules.has(name)),
    [],
  )
})
