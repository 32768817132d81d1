import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import type { Reflection } from '@loadstone/kube'
import { SimClock } from '@loadstone/sim'
import { ApiCluster, type Reflections } from '../../src/cluster/api-cluster'
import { watchedResources } from '../../src/cluster/resources'
import { buildWorld, projections, type WatchedKind } from '../../src/observe/observe'
import { settings } from '../objects'

type Reflected = ReturnType<Reflection<unknown>['state']>
const kinds = Object.keys(watchedResources(settings)) as WatchedKind[]
const live: Reflected = { at: 'live', complete: true, reason: '' }

/** The cluster as its watches show it, with some kinds in another state. */
function observed(states: Partial<Record<WatchedKind, Reflected>>): ReturnType<ApiCluster['observe']> {
  const reflections = Object.fromEntries(
    kinds.map((kind) => [
      kind,
      { objects: () => new Map(), resourceVersion: () => '1', state: () => states[kind] ?? live, onChange: () => () => {} },
    ]),
  ) as unknown as Reflections
  const nothing = (): void => {}
  return new ApiCluster({
    reflections,
    projections: projections(settings),
    lanes: { perform: async () => [], abandon: nothing },
    clock: new SimClock(),
    settings,
    record: nothing,
    onWrite: nothing,
    onDue: nothing,
  }).observe()
}

const loading: Reflected = { at: 'loading', complete: false, reason: 'loading' }
const missing: Reflected = { at: 'frozen', complete: false, reason: 'not found' }
const gone: Reflected = { at: 'frozen', complete: true, reason: 'not found' }

test('a kind that only tells what is stops nothing when it is missing, and is not taken for empty', () => {
  const {
    waiting,
    frozen,
    observed: seen,
  } = observed({ servicel2statuses: missing, servicebgpstatuses: loading, configurationstates: gone })
  assert.deepEqual([waiting, frozen], [undefined, undefined])
  const { statusObjects } = buildWorld(seen)
  assert.deepEqual(statusObjects, { ServiceL2Status: undefined, ServiceBGPStatus: undefined, ConfigurationState: undefined })
  assert.deepEqual(buildWorld(observed({}).observed).statusObjects.ServiceL2Status, [])
})

test('any other kind stops everything, and says that it will not come by itself', () => {
  assert.deepEqual(Object.keys(observed({ services: loading })), ['observed', 'waiting'])
  assert.deepEqual(Object.keys(observed({ l2advertisements: missing })), ['observed', 'waiting', 'frozen'])
  assert.notEqual(observed({ l2advertisements: missing }).observed.l2advertisements, undefined)
  assert.deepEqual(Object.keys(observed({ l2advertisements: gone })), ['observed', 'frozen'])
})
