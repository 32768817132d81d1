import { test } from '@jest/globals'
import { random } from '@loadstone/sim'
import { targets } from '../fuzz/targets'

// What `make fuzz` does for as long as it is given, for a few seeds at every run. What it has found is kept in regressions.test.ts by name.
const runs: Readonly<Record<string, number>> = { decoder: 50, remedies: 50, session: 60 }
test.each(Object.entries(targets))('fuzzed at every run: %s', (name, { run, times }) => {
  for (let seed = 1; seed <= (runs[name] ?? 1); seed++) {
    const roll = random(seed * 7919 + 1)
    for (let i = 0; i < times; i++) run(roll)
  }
})
