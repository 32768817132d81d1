import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { parse } from 'yaml'
import { jsonBody } from '../../src/json/json-body'
import { readAsYaml } from '../../testing/sim/sim-yaml'

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff

test('every code unit of the BMP, as a value and as a key, is read alike as JSON and as YAML', () => {
  for (let unit = 0; unit <= 0xffff; unit++) {
    const text = `a${String.fromCharCode(unit)}b`
    const kept = isSurrogate(unit) ? 'a\ufffdb' : text
    const body = jsonBody({ [text]: text })
    const where = `U+${unit.toString(16)}: ${body}`
    assert.ok(/^[\x20-\x7e]*$/.test(body) || unit >= 0xa0, where)
    assert.deepEqual(JSON.parse(body), { [kept]: kept }, where)
    assert.equal(readAsYaml(body), body, where)
  }
})

/** From the range check in the reader of go-yaml, which sigs.k8s.io/yaml has, and YAML 1.1 §5.1 and §5.4. */
const refused = [0x00, 0x08, 0x0b, 0x1f, 0x7f, 0x80, 0x84, 0x86, 0x9f, 0xfeff, 0xfffe, 0xffff]
const folded = [0x85, 0x2028, 0x2029]
const taken = [0x20, 0x7e, 0xa0, 0x2027, 0x202a, 0xd7ff, 0xe000, 0xfefe, 0xff00, 0xfffd, 0x1_0000, 0x1_f600, 0x10_ffff]

test('exactly what the YAML reader does not take as it stands is escaped', () => {
  for (const point of [...refused, ...folded]) {
    const text = String.fromCodePoint(point)
    assert.ok(!jsonBody(text).includes(text), `U+${point.toString(16)}`)
    assert.notEqual(readAsYaml(`"${text}"`), `"${text}"`, `U+${point.toString(16)}`)
  }
  for (const point of taken) {
    const text = String.fromCodePoint(point)
    assert.equal(jsonBody(text), `"${text}"`)
    assert.equal(readAsYaml(`"${text}"`), `"${text}"`)
  }
})

test('half a surrogate pair is replaced, a whole one and the text of an escape stay', () => {
  assert.equal(jsonBody('\ud83d\ude00'), '"\ud83d\ude00"')
  assert.equal(jsonBody('\ude00\ud83d'), '"\ufffd\ufffd"')
  assert.equal(jsonBody('\\ud800'), '"\\\\ud800"')
  assert.equal(jsonBody('\\\ud800'), '"\\\\\ufffd"')
  assert.equal(readAsYaml('"\\ud83d\\ude00"'), undefined)
  assert.equal(readAsYaml('"\\\\ud800"'), '"\\\\ud800"')
})

test('another reader of YAML reads what was meant', () => {
  const points = [...refused, ...folded, ...taken, 0x09, 0x0a, 0x0d, 0x22, 0x2f, 0x5c]
  const value = { list: points.map((point) => `x${String.fromCodePoint(point)}y`), yes: true, no: null, number: 1.5e21 }
  assert.deepEqual(parse(jsonBody(value), { version: '1.1' }), value)
})
