import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'

const { mostSecondTries, verdict } = require('../test-steps/verdict.js') as typeof import('../test-steps/verdict.js')

type Assertion = { fullName: string; status: string; invocations?: number; retryReasons?: string[] }
const suite = (assertionResults: Assertion[], more: object = {}) => ({
  name: 'a.test.ts',
  status: 'passed',
  message: '',
  assertionResults,
  ...more,
})
const passes = (count: number): Assertion[] =>
  Array.from({ length: count }, (_, i) => ({ fullName: `test ${i}`, status: 'passed', invocations: 1 }))
const json = (...testResults: object[]) => ({ numRuntimeErrorTestSuites: 0, testResults })
const project = { name: 'unit', jest: { workers: 1 }, floor: 3 }
const clean = { step: project, ended: { code: 0 }, json: json(suite(passes(3))) }
const lastLine = (...outcomes: object[]): string => verdict(outcomes).lines.at(-1) ?? ''
const said = (...outcomes: object[]): string => verdict(outcomes).lines.join('\n')

describe('the last line', () => {
  test('counts what passed: tests of projects, and each other step as one', () => {
    assert.equal(lastLine(clean, { step: { name: 'lint', make: ['lint'] }, ended: { code: 0 } }), '4 passed, 0 failed')
  })

  test('says how many needed a second try, and that test is named with what its first try said', () => {
    const timing = { step: project, ended: { code: 0 }, json: json(suite([...passes(2), second('slow')])) }
    assert.equal(lastLine(timing), '1 at the second try: 3 passed, 0 failed')
    assert.match(said(timing), /at the second try: slow\n {4}the first said: took 900 ms \| at limit/)
  })
})

const second = (fullName: string): Assertion => ({
  fullName,
  status: 'passed',
  invocations: 2,
  retryReasons: ['took 900 ms\n\n  at limit'],
})

describe('red, and named', () => {
  test.each<[string, object, RegExp]>([
    [
      'a test that failed',
      { ...clean, ended: { code: 1 }, json: json(suite([...passes(3), { fullName: 'it', status: 'failed' }])) },
      /failed: it$/m,
    ],
    [
      'a suite that could not be read',
      { ...clean, ended: { code: 1 }, json: json(suite(passes(3)), suite([], { status: 'failed', message: 'SyntaxError' })) },
      /failed: a\.test\.ts: SyntaxError/,
    ],
    [
      'a suite that failed after its tests',
      { ...clean, ended: { code: 1 }, json: json(suite(passes(3), { status: 'failed', message: 'afterAll' })) },
      /failed: a\.test\.ts: afterAll/,
    ],
    [
      'Jest ended with another code, though its results are clean',
      { ...clean, ended: { code: 1 } },
      /failed: Jest ended with 1, though no test failed/,
    ],
    ['Jest was killed', { ...clean, ended: { code: null, signal: 'SIGKILL' } }, /failed: Jest was ended by SIGKILL/],
    ['Jest crashed', { ...clean, ended: { code: 134 }, json: undefined }, /failed: Jest ended with 134 and left no results/],
    [
      'Jest did not end',
      { ...clean, ended: { code: null, signal: 'SIGKILL', late: 60 }, json: undefined },
      /failed: Jest did not end within 60 s/,
    ],
    [
      'a suite that Jest counts as not run, and nobody names',
      { ...clean, json: { ...json(suite(passes(3))), numRuntimeErrorTestSuites: 1 } },
      /failed: 1 suites did not run/,
    ],
    ['a skipped test', { ...clean, json: json(suite([...passes(3), { fullName: 'it', status: 'pending' }])) }, /failed: pending: it$/m],
    [
      'a test still to be written',
      { ...clean, json: json(suite([...passes(3), { fullName: 'it', status: 'todo' }])) },
      /failed: todo: it$/m,
    ],
    ['fewer tests than there were', { ...clean, json: json(suite(passes(2))) }, /failed: 2 tests passed, and there are at least 3/],
    ['a step that failed', { step: { name: 'fuzz', make: ['fuzz'] }, ended: { code: 2 } }, /failed: fuzz ended with 2/],
  ])('%s', (_, outcome, named) => {
    assert.match(said(outcome), named)
    assert.match(lastLine(outcome), /^\d+ passed, 1 failed$/)
    assert.equal(verdict([outcome]).failed, 1)
  })

  test(`more than ${mostSecondTries} second tries`, () => {
    const tries = (count: number) => ({
      ...clean,
      json: json(suite(Array.from({ length: count }, (_, i) => second(`test ${i}`)).concat(passes(3)))),
    })
    assert.equal(verdict([tries(mostSecondTries)]).failed, 0)
    assert.equal(lastLine(tries(mostSecondTries + 1)), `${mostSecondTries + 1} at the second try: ${mostSecondTries + 4} passed, 1 failed`)
  })

  test('a run of nothing', () => {
    assert.equal(lastLine(), '0 passed, 1 failed')
  })
})

test('who chose tests himself is not held to floors, and what he left out is not missed', () => {
  const some = { ...clean, json: json(suite([...passes(1), { fullName: 'it', status: 'pending' }])) }
  assert.equal(verdict([some], { partial: true }).failed, 0)
  assert.equal(verdict([some]).failed, 2)
})
