import assert from 'node:assert/strict'
import { test } from '@jest/globals'

const { chosen, phases } = require('../test-steps/steps.js') as typeof import('../test-steps/steps.js')
const { projects } = require('../../jest.config.js') as { projects: { displayName: string; setupFilesAfterEnv: string[] }[] }
const steps = phases.flat(2)

test('every project of Jest is a step with a floor, and no step names a project that Jest has not', () => {
  assert.deepEqual(
    steps
      .filter((step) => 'jest' in step)
      .map(({ name }) => name)
      .sort(),
    projects.map(({ displayName }) => displayName).sort(),
  )
  assert.deepEqual(
    steps.filter((step) => 'jest' in step && !((step.floor ?? 0) > 0)),
    [],
  )
})

test('one project only may try a second time', () => {
  const patient = projects.filter(({ setupFilesAfterEnv }) => setupFilesAfterEnv.some((file) => file.endsWith('jest-second-try.js')))
  assert.deepEqual(
    patient.map(({ displayName }) => displayName),
    ['timing'],
  )
})

test('what measures time runs alone, after all else', () => {
  assert.deepEqual(
    phases
      .at(-1)
      ?.flat()
      .map(({ name }) => name),
    ['timing'],
  )
})

test('chosen steps keep their order, and an unknown name is refused', () => {
  assert.deepEqual(
    chosen(['cluster', 'unit'])
      .flat(2)
      .map(({ name }) => name),
    ['unit', 'cluster'],
  )
  assert.deepEqual(chosen([]), phases)
  assert.throws(() => chosen(['clutser']), /PROJECTS names clutser; there are unit, /)
})
