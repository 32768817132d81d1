import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { prefixed, u8, u16, u32 } from '@loadstone/wire'
import { vectorTests } from '@loadstone/wire/testing'
import { type AsPathSegment, asPath, mergeAs4, originated, pathLength, pathText } from '../../../src/message/update/as-path'

const sequence = (...ases: number[]): AsPathSegment => ({ kind: 'sequence', ases })
const set = (...ases: number[]): AsPathSegment => ({ kind: 'set', ases })

// in a window, as the attribute gives it: an empty path is a legal path
vectorTests('AS_PATH of four octets', prefixed(u8, asPath(u32)), [
  { name: 'as FRR sent it', hex: '0a 02 02 0000fdea 0000fde9', value: [sequence(65002, 65001)] },
])
vectorTests('AS_PATH of two octets', prefixed(u8, asPath(u16)), [{ name: 'one AS', hex: '04 02 01 fdea', value: [sequence(65002)] }])

test('a path reads as routers print it', () => {
  assert.equal(pathText([sequence(65002), set(1, 2), { kind: 'confed-sequence', ases: [3] }]), '65002 {1 2} (3)')
})

test('RFC 4271 §5.1.2: nothing is prepended inside the AS, our AS outside', () => {
  assert.deepEqual(originated(65001, true), [])
  assert.deepEqual(originated(65001, false), [sequence(65001)])
  assert.deepEqual(originated(65001, false, 2), [sequence(65001, 65001, 65001)])
  assert.deepEqual(originated(65001, true, 2), [])
})

test('RFC 4271 §9.1.2.2: a set counts one, and RFC 5065 §5.3: a confederation nothing', () => {
  assert.equal(pathLength([sequence(1, 2, 3), set(4, 5), { kind: 'confed-sequence', ases: [9, 9] }]), 4)
})

const merges: readonly [string, readonly AsPathSegment[], readonly AsPathSegment[], readonly AsPathSegment[]][] = [
  [
    'what only AS_PATH knows stays in front',
    [sequence(65002, 23456, 23456)],
    [sequence(100_000, 200_000)],
    [sequence(65002), sequence(100_000, 200_000)],
  ],
  ['equal lengths: AS4_PATH is the path', [sequence(23456)], [sequence(100_000)], [sequence(100_000)]],
  ['AS4_PATH longer than AS_PATH is ignored', [sequence(65002)], [sequence(1, 2)], [sequence(65002)]],
  ['a set in front counts one', [set(1, 2), sequence(23456)], [sequence(100_000)], [set(1, 2), sequence(100_000)]],
  [
    'confederations do not belong in AS4_PATH',
    [sequence(7, 23456)],
    [{ kind: 'confed-sequence', ases: [5] }, sequence(100_000)],
    [sequence(7), sequence(100_000)],
  ],
]
test.each(merges)('RFC 6793 §4.2.3: %s', (_, path, as4, whole) => assert.deepEqual(mergeAs4(path, as4), whole))
