import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@jest/globals'
import { mustTests } from '@loadstone/sim/testing'

mustTests(__dirname, 120)

test('MUST.md: every RFC that we claim has a section with demands', () => {
  const sections = readFileSync(join(__dirname, '../MUST.md'), 'utf8').split(/^## /m).slice(1)
  const told = sections.flatMap((section) => {
    const [heading = ''] = section.split('\n')
    return /^\| (§|RFC)/m.test(section) ? [...heading.matchAll(/RFC (\d+)/g)].map(([, number]) => Number(number)) : []
  })
  const claimed = [
    1997, 2385, 2545, 2918, 4271, 4360, 4486, 4724, 4760, 5082, 5492, 6286, 6608, 6793, 7313, 7606, 7607, 7911, 8092, 8326, 8538, 8654,
    8950, 9003, 9072, 9234, 9384, 9494, 9687,
  ]
  assert.deepEqual(
    told.toSorted((a, b) => a - b),
    claimed,
  )
})
