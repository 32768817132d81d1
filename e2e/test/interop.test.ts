import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from '@jest/globals'
import { bfdFeatures, bfdTimings } from '../interop/bfd/features'
import { features } from '../interop/features'
import { inRepository } from '../interop/host'
import { bfdMatrix, bgpMatrix } from '../interop/matrix'

const golden = (path: string, content: string): void => {
  const page = inRepository(path)
  if (process.env['GOLDEN'] === '1') writeFileSync(page, content)
  assert.equal(readFileSync(page, 'utf8'), content)
}

test('golden: libs/bgp/INTEROP.md says what the interop suite shows', () => golden('libs/bgp/INTEROP.md', bgpMatrix(features)))
test('golden: libs/bfd/INTEROP.md says what the interop suite shows', () =>
  golden('libs/bfd/INTEROP.md', bfdMatrix(bfdFeatures, bfdTimings)))
