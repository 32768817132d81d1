import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { judge, type Question, settled } from '../harness/prober'

/** Questions every 5 ms, a letter each: who answered within a millisecond, `.` nobody, `~` node a, but too late to count, `2` both. */
const asked = (letters: string): readonly Question[] =>
  [...letters].map((letter, i) => {
    const by = letter === '.' ? [] : letter === '~' ? ['a'] : letter === '2' ? ['a', 'b'] : [letter]
    const afterMillis = letter === '~' ? 6_000 : 1
    return { atMillis: 1_000 + 5 * i, answers: by.map((who) => ({ atMillis: 1_000 + 5 * i + afterMillis, afterMillis, by: who })) }
  })

test('everything answered by one node: no gap, no change', () => {
  const { asked: count, answered, unanswered, worstGapMillis, answersBy, changes } = judge(asked('aaaa'))
  assert.deepEqual([count, answered, unanswered, worstGapMillis, [...answersBy], changes], [4, 4, 0, 0, [['a', 4]], []])
})

test('a gap reaches from the last answered question to the next one', () => {
  assert.deepEqual(judge(asked('aa...a.aa')).gaps, [
    { atMillis: 1_010, millis: 20, unanswered: 3 },
    { atMillis: 1_030, millis: 10, unanswered: 1 },
  ])
  assert.equal(judge(asked('aa...a.aa')).worstGapMillis, 20)
})

test('silence at either end is a gap, too', () => {
  assert.deepEqual(judge(asked('..a...')).gaps, [
    { atMillis: 1_000, millis: 10, unanswered: 2 },
    { atMillis: 1_015, millis: 15, unanswered: 3 },
  ])
  assert.equal(judge(asked('....')).worstGapMillis, 15)
})

test('an answer that comes too late is none', () => {
  const { answered, unanswered, gaps } = judge(asked('a~a'))
  assert.deepEqual([answered, unanswered, gaps.length], [2, 1, 1])
})

test('who answers, by two at once, and each change of it are told', () => {
  const { answersBy, answeredByTwo, changes } = judge(asked('aa.b2a'))
  assert.deepEqual(Object.fromEntries(answersBy), { a: 4, b: 2 })
  assert.equal(answeredByTwo, 1)
  assert.deepEqual(changes, [
    { atMillis: 1_015, from: 'a', to: 'b' },
    { atMillis: 1_020, from: 'b', to: 'a' },
  ])
})

test('of questions that are still open nothing is known: they are left out until they are answered or had their time', () => {
  const all = asked('a.a.')
  const known = (from: number, now: number): readonly number[] => settled(all, from, now).map(({ atMillis }) => atMillis - 1_000)
  assert.deepEqual(known(0, 1_020), [0, 10])
  assert.deepEqual(known(0, 6_005), [0, 5, 10])
  assert.deepEqual(known(0, 6_015), [0, 5, 10, 15])
  assert.deepEqual(known(1_010, 6_015), [10, 15])
})
