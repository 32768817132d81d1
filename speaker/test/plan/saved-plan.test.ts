import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from '@jest/globals'
import { desiredState, nothingDesired } from '../../src/plan/desired-state'
import { readPlanFile, writePlanFile } from '../../src/plan/saved-plan'
import { entry, object, plan, route, routeSet, seen, session, slice } from '../builders'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plan-file-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const whole = seen({
  plan: object(plan({ sessions: [session()], slices: ['a'], routeSets: ['s'] }), 4),
  slices: new Map([['a', slice([entry('192.0.2.10')], [route('198.51.100.1/32')])]]),
  routeSets: new Map([['s', routeSet(route('203.0.113.1/32', { communities: ['64512:1'], localPref: 5 }))]]),
})
const { lastGood } = desiredState(nothingDesired, whole, 'node1', 0)
const passwords = { tor: { text: 'pässword', planned: '7' } }

test('what was carried out comes back as it was, passwords included', () => {
  writePlanFile(folder, { lastGood, passwords })
  const saved = readPlanFile(folder, 'node1')
  assert.ok('lastGood' in saved)
  assert.deepEqual(saved.passwords, passwords)
  const blind = seen({ planWatched: false, complete: false })
  const { wakeAt: _, ...again } = desiredState({ ...nothingDesired, lastGood: saved.lastGood }, blind, 'node1', 0)
  const { wakeAt: __, ...before } = desiredState(nothingDesired, whole, 'node1', 0)
  assert.deepEqual([again.entries, again.adjRibsOut, again.lastGood.plan?.generation], [before.entries, before.adjRibsOut, 4])
})

test('nobody but its owner can read it, and no half of it is ever seen', () => {
  writePlanFile(folder, { lastGood, passwords })
  writePlanFile(folder, { lastGood, passwords })
  assert.deepEqual([...readdirSync(folder)], ['plan.json'])
  assert.equal(statSync(join(folder, 'plan.json')).mode & 0o777, 0o600)
})

test('where nothing was saved there is nothing, and nothing to say about it', () => assert.deepEqual(readPlanFile(folder, 'node1'), {}))

const corrupt: Readonly<Record<string, string>> = {
  'that was cut': '{"format":1,"plan":{"generation":4,"spe',
  'of another node': JSON.stringify({
    format: 1,
    plan: { generation: 4, spec: plan({ node: 'node2' }) },
    slices: {},
    routeSets: {},
    passwords: {},
  }),
  'of a format to come': JSON.stringify({ format: 2 }),
  'that is empty': '',
  'that is no object': '7',
  'with an address that is none': JSON.stringify({
    format: 1,
    plan: { generation: 4, spec: plan({ slices: ['a'] }) },
    slices: { a: { generation: 1, spec: { node: 'node1', l2: [{ ...entry('192.0.2.1'), address: 'x' }], routes: [] } } },
    routeSets: {},
    passwords: {},
  }),
}
for (const [what, text] of Object.entries(corrupt)) {
  test(`a file ${what} is ignored, and the reason is told`, () => {
    writeFileSync(join(folder, 'plan.json'), text)
    const saved = readPlanFile(folder, 'node1')
    assert.ok('unusable' in saved && saved.unusable?.startsWith(`${join(folder, 'plan.json')}: `), JSON.stringify(saved))
  })
}
