import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { type Level, type LogEvent, levels, lineWriter } from '../src'

test('a line goes to the log at the level it carries, without it', () => {
  const said: [Level, LogEvent][] = []
  const at = (level: Level) => (event: LogEvent) => said.push([level, event])
  const write = lineWriter({ error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') })
  for (const level of levels) write({ level, event: 'pass', writes: 3 })
  assert.deepEqual(said, levels.map((level) => [level, { event: 'pass', writes: 3 }])) // biome-ignore format: one line
})
