import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { Environment } from '../src'

describe('a variable', () => {
  test('that is empty counts as not set', () => {
    const environment = new Environment({ SET: 'x', EMPTY: '' })
    assert.deepEqual([environment.text('SET'), environment.text('EMPTY'), environment.text('NOT_SET')], ['x', undefined, undefined])
    assert.deepEqual(environment.faults, [])
  })

  test('that must be there is a fault where it is not, with where to take it from', () => {
    const environment = new Environment({ EMPTY: '' })
    assert.deepEqual([environment.required('EMPTY', 'metadata.name')], [''])
    assert.deepEqual(environment.faults, ['EMPTY is not set; take it from the pod by the downward API (metadata.name)'])
  })

  test.each<[string | undefined, number, number]>([
    [undefined, 5, 0],
    ['1', 1, 0],
    ['8', 8, 0],
    ['0', 5, 1],
    ['9', 5, 1],
    ['1.5', 5, 1],
    ['three', 5, 1],
  ])('that is to be a whole number from 1 to 8: %j is read as %d with %d faults', (COUNT, number, faults) => {
    const environment = new Environment({ COUNT })
    assert.equal(environment.whole('COUNT', { from: 1, to: 8, otherwise: 5 }), number)
    assert.equal(environment.faults.length, faults)
    for (const fault of environment.faults) assert.equal(fault, `COUNT must be a whole number from 1 to 8, not "${COUNT}"`)
  })

  test('that is to be one of a few has the first as its default', () => {
    const read = (MODE?: string): unknown[] => {
      const environment = new Environment({ MODE })
      return [environment.oneOf('MODE', ['active', 'observe']), ...environment.faults]
    }
    assert.deepEqual(read(), ['active'])
    assert.deepEqual(read('observe'), ['observe'])
    assert.deepEqual(read('off'), ['active', 'MODE must be one of active, observe, not "off"'])
  })
})

describe('metrics', () => {
  const at = (LOADSTONE_METRICS_ADDRESS: string, LOADSTONE_METRICS_PORT: string): unknown[] => {
    const environment = new Environment({ LOADSTONE_METRICS_ADDRESS, LOADSTONE_METRICS_PORT })
    return [environment.metrics(), ...environment.faults]
  }
  test('are served where address and port say, and nowhere without a port', () => {
    assert.deepEqual(at('192.0.2.5', '7472'), [{ host: '192.0.2.5', port: 7472 }])
    assert.deepEqual([...at('192.0.2.5', ''), ...at('', '0')], [undefined, undefined])
  })

  test('a port that is none, and an address that is missing, are told', () => {
    assert.deepEqual(at('192.0.2.5', '70000'), [undefined, 'LOADSTONE_METRICS_PORT must be a whole number from 0 to 65535, not "70000"'])
    assert.deepEqual(at('', '7472'), [
      undefined,
      'LOADSTONE_METRICS_ADDRESS is not set; take it from the pod by the downward API (status.podIP)',
    ])
  })
})

test('every fault is kept, in the order of reading, and those of the caller among them', () => {
  const environment = new Environment({ MODE: 'off' })
  environment.required('NAME', 'metadata.name')
  environment.fault('PATTERN: "(" is no regular expression')
  environment.oneOf('MODE', ['active'])
  assert.deepEqual(environment.faults.map((fault) => fault.split(/[ :]/)[0]), ['NAME', 'PATTERN', 'MODE']) // biome-ignore format: one line
})
