import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from '@jest/globals'
import { answerProbes, type Health, probe } from '../../src/status/probe-socket'

let folder = ''
const ends: (() => void)[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'probe-'))
})
afterEach(() => {
  for (const end of ends.splice(0)) end()
  rmSync(folder, { recursive: true, force: true })
})

test('a probe is told the present health, whatever it was before', async () => {
  let health: Health = { ready: false, waiting: 'no plan has been read' }
  ends.push(answerProbes(folder, () => health, assert.fail))
  assert.deepEqual(await probe(folder, 1_000), health)
  health = { ready: true }
  assert.deepEqual(await probe(folder, 1_000), health)
})

test('where no process answers, the probe fails at once', async () => {
  await assert.rejects(probe(folder, 1_000), { code: 'ENOENT' })
})

test('the socket that an earlier life of the container left behind is no obstacle', async () => {
  for (const ready of [false, true]) ends.push(answerProbes(folder, () => ({ ready }), assert.fail))
  assert.deepEqual(await probe(folder, 1_000), { ready: true })
})
