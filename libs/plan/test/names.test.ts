import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import fc from 'fast-check'
import { nodeLabel, sliceName } from '../src'

/** DNS-1123 subdomains, which is what node names are: at most 253 characters. */
const nodeName = fc
  .stringMatching(/^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?){0,5}$/)
  .filter((name) => name.length <= 253)

describe('nodeLabel', () => {
  test('a name that fits a label value stays as it is', () => {
    assert.equal(nodeLabel('node-a.example.net'), 'node-a.example.net')
    assert.equal(nodeLabel('n'.repeat(63)), 'n'.repeat(63))
  })

  test('a longer one becomes a hash, always the same', () => {
    const long = `${'n'.repeat(60)}.example.net`
    assert.match(nodeLabel(long), /^[0-9a-f]{63}$/)
    assert.equal(nodeLabel(long), nodeLabel(long))
    assert.notEqual(nodeLabel(long), nodeLabel(`${long}x`))
  })

  test('every node name yields a valid label value', () => {
    fc.assert(fc.property(nodeName, (name) => assert.match(nodeLabel(name), /^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/)))
  })
})

describe('sliceName', () => {
  test('a slice is named after its node and numbered', () => {
    assert.equal(sliceName('node-a', 0), 'node-a-0')
    assert.equal(sliceName('node-a', 12), 'node-a-12')
  })

  test('every node name leaves room for the number', () => {
    for (let length = 1; length <= 253; length++) {
      for (const n of [0, 999_999]) {
        const name = sliceName('n'.repeat(length), n)
        assert.ok(name.length <= 253, name)
        assert.match(name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
      }
    }
  })
})
