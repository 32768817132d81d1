import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, jest, test } from '@jest/globals'
import { type Feature, makeStage, type RouterName, type Stage } from './features/feature'
import { routes } from './features/routes'
import { sessions } from './features/sessions'
import { cable, Host, inRepository } from './host'
import { matrix } from './matrix'
import type { Make } from './routers'
import { bird } from './routers/bird'
import { exabgp } from './routers/exabgp'
import { frr } from './routers/frr'
import { gobgp } from './routers/gobgp'
import { openbgpd } from './routers/openbgpd'

jest.setTimeout(180_000)

const features: readonly Feature[] = [...routes, ...sessions]
const routers: readonly (Make & { readonly name: string })[] = [frr, bird, gobgp, exabgp, openbgpd]

let us: Host
let them: Host
beforeEach(async () => {
  us = await Host.make('us')
  them = await Host.make('router')
  await cable(us, them)
})
afterEach(async () => {
  await us.close()
  await them.close()
})
const stage = (make: Make): Stage => makeStage(us, them, make)

describe.each(routers.map((make) => [make.name, make] as const))('%s', (name, make) => {
  const able = features.filter(({ lacks }) => lacks?.[name as RouterName] === undefined)
  test.each(able.map((feature) => [feature.title, feature] as const))('%s', (_, feature) => feature.run(stage(make)))
})

test('golden: libs/bgp/INTEROP.md says what this suite shows', () => {
  const page = inRepository('libs/bgp/INTEROP.md')
  if (process.env['GOLDEN'] === '1') writeFileSync(page, matrix(features))
  assert.equal(readFileSync(page, 'utf8'), matrix(features))
})
