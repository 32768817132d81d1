import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@jest/globals'
import type { KubeObject } from '../../src'
import { type Action, type Event, retryMillis, type State, step, type WatchTrouble } from '../../src/reflector/fsm'
import { everyCellOf } from '../cells'

const object = (resourceVersion: string): KubeObject => ({ metadata: { name: 'a', resourceVersion } })
const behind: WatchTrouble = { is: 'behind', reason: 'x' }
const frozen: WatchTrouble = { is: 'frozen', reason: 'x' }

/** All states that differ in their transitions. */
const states: Readonly<Record<string, State>> = {
  stopped: { at: 'stopped' },
  'listing, first time': { at: 'listing', complete: false, failures: 0 },
  'listing, page 2': { at: 'listing', complete: false, failures: 0, continueToken: 'p2' },
  'listing anew': { at: 'listing', complete: true, failures: 1, trouble: behind },
  'listing, frozen': { at: 'listing', complete: true, failures: 2, trouble: frozen },
  'listing, frozen, page 2': { at: 'listing', complete: true, failures: 0, trouble: frozen, continueToken: 'p2' },
  'waiting to list': { at: 'waiting', complete: false, failures: 1, trouble: behind, next: { do: 'list' } },
  'waiting for page 2': { at: 'waiting', complete: false, failures: 1, trouble: behind, next: { do: 'list', continueToken: 'p2' } },
  'waiting to watch': { at: 'waiting', complete: true, failures: 1, trouble: behind, next: { do: 'watch', resourceVersion: '7' } },
  'watching, nothing heard': { at: 'watching', resourceVersion: '7', failures: 0, fruitful: false },
  watching: { at: 'watching', resourceVersion: '7', failures: 0, fruitful: true },
  'watching, after failures': { at: 'watching', resourceVersion: '7', failures: 2, fruitful: false, trouble: behind },
}

const events: Readonly<Record<string, Event>> = {
  start: { is: 'start' },
  stop: { is: 'stop' },
  page: { is: 'page', items: [], resourceVersion: '9', continueToken: 'p3' },
  'last page': { is: 'page', items: [], resourceVersion: '9' },
  opened: { is: 'opened' },
  object: { is: 'object', event: { type: 'MODIFIED', object: object('8') } },
  bookmark: { is: 'bookmark', resourceVersion: '9' },
  'refused 410': { is: 'refused', status: 410, message: 'm' },
  'refused 403': { is: 'refused', status: 403, message: 'm' },
  'refused 404': { is: 'refused', status: 404, message: 'm' },
  'refused 401': { is: 'refused', status: 401, message: 'm' },
  'refused 429': { is: 'refused', status: 429, message: 'm', retryAfterSeconds: 2 },
  unreachable: { is: 'unreachable', message: 'm' },
  ended: { is: 'ended' },
  silent: { is: 'silent' },
  retry: { is: 'retry' },
  refresh: { is: 'refresh' },
}

const cells = Object.entries(states).flatMap(([from, state]) =>
  Object.entries(events).map(([is, event]) => ({ from, is, state, event, next: step(state, event) })),
)

const spell = (action: Action): string => {
  switch (action.do) {
    case 'list':
      return action.continueToken === undefined ? 'list' : `list ${action.continueToken}`
    case 'watch':
      return `watch ${action.resourceVersion}`
    case 'arm-retry':
      return `arm-retry ${action.failures}${action.atLeastMillis > 0 ? ` +${action.atLeastMillis}ms` : ''}`
    case 'disarm':
      return `disarm ${action.timer}`
    default:
      return action.do
  }
}

function spellState(state: State): string {
  if (state.at === 'stopped') return 'stopped'
  const trouble = state.trouble === undefined ? '' : ` ${state.trouble.is}`
  const failures = state.failures === 0 ? '' : ` failures ${state.failures}`
  if (state.at === 'watching') return `watching ${state.resourceVersion}${state.fruitful ? ' fruitful' : ''}${failures}${trouble}`
  const place = state.at === 'waiting' ? ` to ${spell(state.next)}` : state.continueToken === undefined ? '' : ` ${state.continueToken}`
  return `${state.at}${place}${state.complete ? ' complete' : ''}${failures}${trouble}`
}

test('golden: the whole table', () => {
  const file = join(__dirname, 'fsm.table.txt')
  const table = cells
    .filter(({ state, next }) => next.state !== state || next.actions.length > 0)
    .map(({ from, is, next }) =>
      `${from.padEnd(24)} ${is.padEnd(12)} -> ${spellState(next.state).padEnd(46)} ${next.actions.map(spell).join(', ')}`.trimEnd(),
    )
    .concat('Every other event changes nothing.\n')
    .join('\n')
  if (process.env['GOLDEN'] === '1') writeFileSync(file, table)
  assert.equal(table, readFileSync(file, 'utf8'))
})

const everywhere = everyCellOf(cells)

everywhere('one call at a time, and only in a state that waits for its answer', ({ next }) => {
  const acts = next.actions.map((action) => action.do)
  const at = next.state.at
  const calls = acts.filter((act) => act === 'list' || act === 'watch')
  assert.ok(calls.length <= 1)
  if (calls[0] === 'list') assert.equal(at, 'listing')
  if (calls[0] === 'watch') assert.equal(at, 'watching')
})

everywhere('what is known is replaced only by a list that is whole', ({ state, is, next }) => {
  const acts = next.actions.map((action) => action.do)
  assert.equal(acts.includes('replace'), state.at === 'listing' && is === 'last page')
})

everywhere('the retry timer runs exactly while waiting', ({ state, event, next }) => {
  const acts = next.actions.map((action) => action.do)
  const at = next.state.at
  const armed =
    state.at === 'waiting'
      ? event.is !== 'retry' && !next.actions.some((a) => a.do === 'disarm' && a.timer === 'retry')
      : acts.includes('arm-retry')
  assert.equal(armed, at === 'waiting')
})

everywhere('the silence timer runs exactly while watching', ({ state, is, next }) => {
  const acts = next.actions.map((action) => action.do)
  const at = next.state.at
  const disarmed = next.actions.some((a) => a.do === 'disarm' && a.timer === 'silence')
  const armed = acts.includes('arm-silence') || (state.at === 'watching' && !disarmed && is !== 'silent')
  assert.equal(armed, at === 'watching')
})

everywhere('a set that was whole stays so until stopped', ({ state, is, next }) => {
  const whole = (s: State): boolean => s.at === 'watching' || (s.at !== 'stopped' && s.complete)
  if (whole(state) && is !== 'stop') assert.ok(whole(next.state))
  if (!whole(state) && is !== 'last page') assert.ok(!whole(next.state))
})

everywhere('stopping ends whatever is under way', ({ state, is, next }) => {
  const acts = next.actions.map((action) => action.do)
  const at = next.state.at
  if (is !== 'stop') return
  assert.equal(at, 'stopped')
  if (state.at === 'listing' || state.at === 'watching') assert.ok(acts.includes('hang-up'))
})

const troubleOf = (state: State): WatchTrouble | undefined => (state.at === 'stopped' ? undefined : state.trouble)

test('403 and 404 freeze', () => {
  const refused = cells.filter(({ state, is }) => ['listing', 'watching'].includes(state.at) && ['refused 403', 'refused 404'].includes(is))
  assert.ok(refused.length > 10)
  for (const { next } of refused) assert.equal(troubleOf(next.state)?.is, 'frozen')
})

test('only a whole list thaws what is frozen', () => {
  const frozen = cells.filter((cell) => troubleOf(cell.state)?.is === 'frozen' && cell.is !== 'stop')
  assert.ok(frozen.length > 10)
  for (const { state, is, next } of frozen) {
    assert.equal(troubleOf(next.state)?.is, is === 'last page' && state.at === 'listing' ? undefined : 'frozen', is)
  }
})

test('410 is answered by a list at once, and when it comes again by one after a pause', () => {
  const gone: Event = { is: 'refused', status: 410, message: 'm' }
  const first = step(states['watching'] as State, gone)
  assert.deepEqual(first.actions.map(spell), ['disarm silence', 'list'])
  const listed = step(first.state, { is: 'page', items: [], resourceVersion: '9' })
  const second = step(step(listed.state, { is: 'opened' }).state, gone)
  assert.equal(second.state.at, 'waiting')
})

test('a place that keeps failing is given up for a whole list', () => {
  let state = states['watching'] as State
  for (let failure = 1; failure <= 3; failure++) {
    state = step(state, { is: 'refused', status: 500, message: 'm' }).state
    assert.equal(spell(state.at === 'waiting' ? state.next : { do: 'replace' }), failure < 3 ? 'watch 7' : 'list')
    if (failure < 3) state = step(state, { is: 'retry' }).state
  }
})

test('an API server that cannot be reached costs no list: the watch goes on from its place however long that takes', () => {
  let state = states['watching'] as State
  for (let failure = 1; failure <= 50; failure++) {
    state = step(state, { is: 'unreachable', message: 'm' }).state
    state = step(state, { is: 'retry' }).state
  }
  assert.deepEqual([state.at, state.at === 'watching' && state.resourceVersion], ['watching', '7'])
})

test('every refusal is explained in words, with what to do where somebody must do something', () => {
  const fresh = cells.filter(({ state }) => ['listing', 'watching'].includes(state.at) && troubleOf(state)?.is !== 'frozen')
  const refused = fresh.filter((cell) => cell.is.startsWith('refused'))
  assert.ok(refused.length > 5)
  for (const { is, next } of refused) {
    assert.match(troubleOf(next.state)?.reason ?? '', is === 'refused 403' || is === 'refused 404' ? /m; check / : /m/)
  }
})

test('pauses double from 50-100 ms to 5-10 s, and are never shorter than the server asks for', () => {
  const bounds = (failures: number, atLeast = 0): readonly number[] => [0, 0.999999].map((r) => retryMillis(failures, atLeast, () => r))
  assert.deepEqual(
    [1, 2, 3, 7, 8, 1000].map((failures) => bounds(failures)),
    [
      [50, 100],
      [100, 200],
      [200, 400],
      [3_200, 6_400],
      [5_000, 10_000],
      [5_000, 10_000],
    ],
  )
  assert.deepEqual(bounds(1, 2_000), [2_050, 2_100])
})
