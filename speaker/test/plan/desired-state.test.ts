import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import fc from 'fast-check'
import {
  type DesiredState,
  deletedPlanMillis,
  desiredState,
  nothingDesired,
  type Observed,
  type ObservedObject,
} from '../../src/plan/desired-state'
import { refusalsOf, unknownOf } from '../../src/plan/last-good-plan'
import { withdrawalMillis } from '../../src/plan/withdrawal-delay'
import { entry, object, plan, route, routeSet, seen, session, slice } from '../builders'

/** Sees each in turn, at its time. */
const after = (...steps: readonly (readonly [number, Observed])[]): DesiredState =>
  steps.reduce((desired, [now, what]) => desiredState(desired, what, 'node1', now), nothingDesired)
const addresses = (desired: DesiredState): string[] => [...desired.entries.keys()].sort()
const prefixes = (desired: DesiredState, peer = 'tor'): string[] => [...(desired.adjRibsOut.get(peer)?.keys() ?? [])].sort()

const planned = object(plan({ sessions: [session()], slices: ['node1-0'], routeSets: ['shared-0'] }))
const first = slice([entry('192.0.2.10'), entry('192.0.2.11')], [route('198.51.100.1/32')])
const shared = routeSet(route('203.0.113.1/32'), route('203.0.113.2/32'))
const whole = seen({ plan: planned, slices: new Map([['node1-0', first]]), routeSets: new Map([['shared-0', shared]]) })

test('what the plan lists is carried out at once', () => {
  const desired = after([0, whole])
  assert.deepEqual(addresses(desired), ['192.0.2.10', '192.0.2.11'])
  assert.deepEqual(prefixes(desired), ['198.51.100.1/32', '203.0.113.1/32', '203.0.113.2/32'])
  assert.equal(desired.wakeAt, undefined)
})

test('a slice or set that the plan does not list is not carried out', () => {
  const desired = after([0, { ...whole, plan: object(plan({ sessions: [session()] })) }])
  assert.deepEqual([addresses(desired), prefixes(desired)], [[], []])
})

test('a listed set or slice that is gone keeps its last known content, for as long as it is listed', () => {
  const gone = { ...whole, slices: new Map(), routeSets: new Map() }
  const desired = after([0, whole], [10, gone], [1_000_000, gone])
  assert.deepEqual(addresses(desired), ['192.0.2.10', '192.0.2.11'])
  assert.deepEqual(prefixes(desired), ['198.51.100.1/32', '203.0.113.1/32', '203.0.113.2/32'])
})

test('a withdrawal is held 100 ms, and the truth says when it is due', () => {
  const less: Observed = { ...whole, slices: new Map([['node1-0', slice([entry('192.0.2.10')])]]) }
  const held = after([0, whole], [1_000, less])
  assert.deepEqual(addresses(held), ['192.0.2.10', '192.0.2.11'])
  assert.equal(held.wakeAt, 1_000 + withdrawalMillis)
  assert.deepEqual(addresses(desiredState(held, less, 'node1', 1_099)), ['192.0.2.10', '192.0.2.11'])
  const later = desiredState(held, less, 'node1', 1_100)
  assert.deepEqual(addresses(later), ['192.0.2.10'])
  assert.deepEqual(prefixes(later), ['203.0.113.1/32', '203.0.113.2/32'])
  assert.equal(later.wakeAt, undefined)
})

test('a route that is seen to leave one set before it is seen to come to another stays', () => {
  const both = object(plan({ sessions: [session()], routeSets: ['a', 'b'] }))
  const sets = (a: ObservedObject, b: ObservedObject): Observed => seen({ plan: both, routeSets: new Map([['a', a], ['b', b]]) }) // biome-ignore format: one line
  const [empty, full] = [routeSet(), routeSet(route('203.0.113.1/32'))]
  const desired = after(
    [0, sets(full, empty)],
    [500, sets(routeSet(), empty)],
    [550, sets(routeSet(), routeSet(route('203.0.113.1/32')))],
    [9_000, whole],
  )
  assert.deepEqual(prefixes(after([0, sets(full, empty)], [500, sets(routeSet(), empty)])), ['203.0.113.1/32'])
  assert.ok(prefixes(desired).includes('203.0.113.1/32'))
})

test('a deleted plan is carried out for 30 s more, then no longer', () => {
  const { plan: _, ...gone } = whole
  const desired = after([0, whole], [1_000, gone])
  assert.equal(desired.wakeAt, 1_000 + deletedPlanMillis)
  const last = desiredState(desired, gone, 'node1', 30_999)
  assert.deepEqual(addresses(last), ['192.0.2.10', '192.0.2.11'])
  const over = desiredState(desiredState(last, gone, 'node1', 31_000), gone, 'node1', 31_000 + withdrawalMillis)
  assert.deepEqual([addresses(over), over.adjRibsOut.size], [[], 0])
})

test('a plan that comes back within 30 s is as if it had never gone, and a later deletion has its own 30 s', () => {
  const { plan: _, ...gone } = whole
  const desired = after([0, whole], [1_000, gone], [20_000, whole], [25_000, gone], [40_000, gone])
  assert.deepEqual(addresses(desired), ['192.0.2.10', '192.0.2.11'])
  assert.equal(desired.wakeAt, 55_000)
})

test('a plan that is not to be seen because its watch is broken is not deleted', () => {
  const { plan: _, ...gone } = whole
  const blind = { ...gone, planWatched: false }
  const desired = after([0, whole], [1_000, blind], [100_000, blind], [200_000, blind])
  assert.deepEqual(addresses(desired), ['192.0.2.10', '192.0.2.11'])
})

test('an entry that cannot be read is named, the others of its slice are carried out, and nothing is withdrawn meanwhile', () => {
  const broken = slice([entry('192.0.2.12'), { ...entry('192.0.2.10'), address: '192.0.2.300' }])
  const now: Observed = { ...whole, slices: new Map([['node1-0', broken]]) }
  const desired = after([0, whole], [1_000, now], [100_000, now])
  assert.deepEqual(addresses(desired), ['192.0.2.10', '192.0.2.11', '192.0.2.12'])
  assert.deepEqual(refusalsOf(desired.lastGood), ['AnnouncementSlice node1-0: spec.l2[1].address: "192.0.2.300" is no IP address'])
})

test('while one listed object cannot be read or was never seen, nothing moves out of the others', () => {
  const listed = object(plan({ sessions: [session()], slices: ['node1-0', 'node1-1'], routeSets: ['shared-0'] }))
  const moved: Observed = { ...whole, plan: listed, slices: new Map([['node1-0', slice([])]]) }
  const desired = after([0, whole], [1_000, moved], [100_000, moved])
  assert.deepEqual(unknownOf(desired.lastGood), ['AnnouncementSlice node1-1'])
  assert.deepEqual(addresses(desired), ['192.0.2.10', '192.0.2.11'])
  const known = { ...moved, slices: new Map([...moved.slices, ['node1-1', slice([entry('192.0.2.11')])]]) }
  const then = desiredState(desiredState(desired, known, 'node1', 100_001), known, 'node1', 100_101)
  assert.deepEqual(addresses(then), ['192.0.2.11'])
})

test('objects of another shape altogether keep the last good ones', () => {
  for (const spec of [undefined, null, 7, [], 'x', { node: 'node2', l2: [] }, { node: 'node1', l2: 'all' }]) {
    const now: Observed = { ...whole, slices: new Map([['node1-0', object(spec)]]) }
    const desired = after([0, whole], [1_000, now], [100_000, now])
    assert.deepEqual(addresses(desired), ['192.0.2.10', '192.0.2.11'], JSON.stringify(spec))
    assert.equal(refusalsOf(desired.lastGood).length, 1)
  }
  for (const spec of [undefined, { node: 'node2' }, { node: 'node1', sessions: [{}], slices: [''], routeSets: [1] }]) {
    const now: Observed = { ...whole, plan: object(spec) }
    const desired = after([0, whole], [1_000, now], [100_000, now])
    assert.deepEqual(addresses(desired), ['192.0.2.10', '192.0.2.11'], JSON.stringify(spec))
    assert.equal(prefixes(desired).length, 3, JSON.stringify(spec))
  }
})

test('a session with a hold time that RFC 4271 §4.2 forbids is refused, and the one that was good stays', () => {
  for (const holdSeconds of [1, 2]) {
    const now: Observed = {
      ...whole,
      plan: object(plan({ sessions: [session({ holdSeconds })], slices: ['node1-0'], routeSets: ['shared-0'] })),
    }
    const desired = after([0, whole], [1_000, now])
    assert.equal(desired.lastGood.plan?.content?.sessions[0]?.holdSeconds, 90)
    assert.match(refusalsOf(desired.lastGood).join(), /spec.sessions\[0\].holdSeconds: a hold time is 0 \(off\) or at least 3/)
  }
})

test('an address that two slices hold while it moves follows the higher term', () => {
  const listed = object(plan({ slices: ['a', 'b'] }))
  const older = slice([entry('192.0.2.10', { term: 4, candidates: ['node1'] })])
  const newer = slice([entry('192.0.2.10', { term: 5, candidates: ['node2'] })])
  for (const slices of [
    new Map([
      ['a', older],
      ['b', newer],
    ]),
    new Map([
      ['b', older],
      ['a', newer],
    ]),
  ]) {
    // biome-ignore format: one line
    assert.deepEqual([...after([0, seen({ plan: listed, slices })]).entries.values()].map(({ value }) => value.term), [5])
  }
})

test('the order of events decides nothing about what is carried out in the end', () => {
  const changes = fc.array(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      l2: fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }),
      term: fc.nat(3),
    }),
    { minLength: 1, maxLength: 8 },
  )
  const listed = object(plan({ slices: ['a', 'b', 'c'] }))
  fc.assert(
    fc.property(changes, fc.infiniteStream(fc.nat(7)), (made, turns) => {
      const final = new Map(made.map(({ name, l2, term }) => [name, slice(l2.map((n) => entry(`192.0.2.${n}`, { term })))]))
      const direct = after([0, seen({ plan: listed, slices: final })])
      // The same end by another way: objects appear, vanish and reappear one at a time, the plan somewhere among them.
      let desired = nothingDesired
      let now = 0
      const partial = new Map<string, ObservedObject>()
      for (const name of [...final.keys(), ...final.keys()].sort(() => (turns.next().value ?? 0) - 3)) {
        if (partial.has(name)) partial.delete(name)
        else partial.set(name, final.get(name)!)
        desired = desiredState(desired, seen({ ...(now > 1 ? { plan: listed } : {}), slices: new Map(partial) }), 'node1', now++)
      }
      const end = seen({ plan: listed, slices: final })
      desired = desiredState(desiredState(desired, end, 'node1', now), end, 'node1', now + withdrawalMillis)
      assert.deepEqual(new Map([...desired.entries].sort()), new Map([...direct.entries].sort()))
    }),
  )
})

test('seeing the same again changes nothing', () => {
  const once = after([0, whole])
  const twice = desiredState(once, { ...whole }, 'node1', 5_000)
  assert.deepEqual(twice, once)
  const other = desiredState(twice, { ...whole, routeSets: new Map([['shared-0', routeSet(route('203.0.113.9/32'))]]) }, 'node1', 5_000)
  assert.equal(twice.lastGood, once.lastGood)
  assert.equal(twice.adjRibsOut.get('tor'), once.adjRibsOut.get('tor'))
  assert.equal(other.entries, once.entries) // what did not change is the same, and so costs nothing
})

test('nothing that is announced is lost by any bad input', () => {
  const junk = fc.oneof(fc.jsonValue(), fc.constant(undefined))
  const bad = fc.record({ plan: fc.option(junk), slice: fc.option(junk), set: fc.option(junk) })
  fc.assert(
    fc.property(fc.array(bad, { minLength: 1, maxLength: 4 }), (inputs) => {
      let desired = after([0, whole])
      inputs.forEach((input, i) => {
        const now: Observed = {
          ...whole,
          plan: input.plan === null ? planned : object({ node: 'node1', slices: input.plan, sessions: input.plan, routeSets: input.plan }),
          slices:
            input.slice === null ? whole.slices : new Map([['node1-0', object({ node: 'node1', l2: input.slice, routes: input.slice })]]),
          routeSets: input.set === null ? whole.routeSets : new Map([['shared-0', object({ routes: input.set })]]),
        }
        // An empty or absent list is a good one, and does withdraw.
        const empties = [input.plan, input.slice, input.set].some(
          (value) => value === undefined || (Array.isArray(value) && value.length === 0),
        )
        fc.pre(!empties)
        desired = desiredState(desired, now, 'node1', (i + 1) * 1_000)
      })
      assert.deepEqual(addresses(desired), ['192.0.2.10', '192.0.2.11'])
      assert.deepEqual(prefixes(desired), ['198.51.100.1/32', '203.0.113.1/32', '203.0.113.2/32'])
    }),
  )
})
