import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import type { ReflectionState } from '../../src/reflector/reflection'
import { watchRestarts } from '../../src/reflector/watch-restarts'

test('a watch that broke or was refused is counted once, loading and recovering are not', () => {
  let at: ReflectionState['at'] = 'loading'
  let changed = (): void => {}
  const restarts = watchRestarts({
    state: () => ({ at, complete: at !== 'loading', reason: '' }),
    onChange: (run) => {
      changed = run
      return () => {}
    },
  })
  const counts = (['loading', 'live', 'live', 'behind', 'behind', 'live', 'frozen', 'live'] as const).map((next) => {
    at = next
    changed()
    return restarts()
  })
  assert.deepEqual(counts, [0, 0, 0, 1, 1, 1, 2, 2])
})
