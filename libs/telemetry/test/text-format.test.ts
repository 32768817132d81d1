import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import * as fc from 'fast-check'
import { type Catalogue, textFormat } from '../src/text-format'

/** Lines of the example in Prometheus' documentation, "Exposition formats", version 0.0.4. */
const catalogue = {
  http_requests_total: { type: 'counter', labels: ['method', 'code'], help: 'The total number of HTTP requests.' },
  msdos_file_access_time_seconds: { type: 'gauge', labels: ['path', 'error'], help: '' },
  metric_without_timestamp_and_labels: { type: 'gauge', labels: [], help: '' },
  something_weird: { type: 'gauge', labels: ['problem'], help: '' },
} as const satisfies Catalogue
const none = {
  http_requests_total: [],
  msdos_file_access_time_seconds: [],
  metric_without_timestamp_and_labels: [],
  something_weird: [],
}

describe('the text format', () => {
  test('is that of the documentation: comments, then one line a sample', () => {
    const samples = {
      ...none,
      http_requests_total: [
        [1027, 'post', '200'],
        [3, 'post', '400'],
      ],
    } as const
    assert.equal(
      textFormat(catalogue, samples),
      [
        '# HELP http_requests_total The total number of HTTP requests.',
        '# TYPE http_requests_total counter',
        'http_requests_total{method="post",code="200"} 1027',
        'http_requests_total{method="post",code="400"} 3',
        '',
      ].join('\n'),
    )
  })

  test.each([
    [
      'msdos_file_access_time_seconds',
      [1.458255915e9, 'C:\\DIR\\FILE.TXT', 'Cannot find file:\n"FILE.TXT"'],
      'msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1458255915',
    ],
    ['metric_without_timestamp_and_labels', [12.47], 'metric_without_timestamp_and_labels 12.47'],
    ['something_weird', [Number.POSITIVE_INFINITY, 'division by zero'], 'something_weird{problem="division by zero"} +Inf'],
    ['something_weird', [Number.NEGATIVE_INFINITY, ''], 'something_weird{problem=""} -Inf'],
    ['something_weird', [Number.NaN, 'x'], 'something_weird{problem="x"} NaN'],
    ['something_weird', [1e21, 'x'], 'something_weird{problem="x"} 1e+21'],
  ] as const)('writes %s as the documentation does: %j', (name, sample, line) => {
    assert.equal(
      textFormat(catalogue, { ...none, [name]: [sample] })
        .split('\n')
        .at(-2),
      line,
    )
  })

  test('escapes a backslash and a new line in the help, and no quotes', () => {
    const described = { a: { type: 'gauge', labels: [], help: 'a \\ b\n"c"' } } as const
    assert.equal(textFormat(described, { a: [[1]] }), '# HELP a a \\\\ b\\n"c"\n# TYPE a gauge\na 1\n')
  })

  test('leaves out a label without a value, and a metric without a sample', () => {
    const samples = { ...none, http_requests_total: [[1, undefined, '200'], [2]] } as const
    assert.deepEqual(textFormat(catalogue, samples).split('\n').slice(2), [
      'http_requests_total{code="200"} 1',
      'http_requests_total 2',
      '',
    ])
    assert.equal(textFormat(catalogue, none), '')
  })

  test('whatever a label says stays on its line and between its quotes', () => {
    const line = /^something_weird\{problem="((?:[^"\\\n]|\\["\\n])*)"\} 1$/
    const read = (text: string): string => text.replaceAll(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter))
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', '\\', '\n', 'n', 'é', '}', ' ') }), (value) => {
        const [, , sample = '', end, ...more] = textFormat(catalogue, { ...none, something_weird: [[1, value]] }).split('\n')
        assert.equal(read(line.exec(sample)?.[1] ?? 'no match'), value)
        assert.deepEqual([end, ...more], [''])
      }),
    )
  })
})
