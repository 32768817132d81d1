import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@jest/globals'
import { type Action, type ElectionConfig, type Event, type Lease, type State, step } from '../../src/election/fsm'
import { everyCellOf } from '../cells'

const config: ElectionConfig = {
  identity: 'me',
  timing: { durationMillis: 5_000, renewDeadlineMillis: 3_000, retryMillis: 1_000, settleMillis: 500 },
}
const lease = (holder: string, resourceVersion: string): Lease => ({ holder, resourceVersion, durationMillis: 5_000, transitions: 3 })

const states: Readonly<Record<string, State>> = {
  stopped: { at: 'stopped' },
  'following nobody yet': { at: 'following' },
  following: { at: 'following', lease: lease('other', '5') },
  taking: { at: 'taking', stopping: false },
  'taking, to stop': { at: 'taking', stopping: true },
  settling: { at: 'holding', resourceVersion: '6', leads: false, renewing: false, doubt: false },
  'settling, in doubt': { at: 'holding', resourceVersion: '6', leads: false, renewing: false, doubt: true },
  leading: { at: 'holding', resourceVersion: '6', leads: true, renewing: false, doubt: false },
  renewing: { at: 'holding', resourceVersion: '6', leads: true, renewing: true, doubt: false },
  'renewing, in doubt': { at: 'holding', resourceVersion: '6', leads: true, renewing: true, doubt: true },
  'to release': { at: 'releasing', sent: false },
  releasing: { at: 'releasing', sent: true },
}

const events: Readonly<Record<string, Event>> = {
  start: { is: 'start' },
  stop: { is: 'stop' },
  'watched none': { is: 'watched' },
  'watched free': { is: 'watched', lease: lease('', '8') },
  'watched other': { is: 'watched', lease: lease('other', '8') },
  'watched same': { is: 'watched', lease: lease('other', '5') },
  'watched me': { is: 'watched', lease: lease('me', '8') },
  'read none': { is: 'read' },
  'read free': { is: 'read', lease: lease('', '8') },
  'read other': { is: 'read', lease: lease('other', '8') },
  'read me': { is: 'read', lease: lease('me', '8') },
  'read failed': { is: 'read-failed' },
  written: { is: 'written', resourceVersion: '9', tookMillis: 100 },
  conflict: { is: 'conflict' },
  'write failed': { is: 'write-failed' },
  expired: { is: 'expired' },
  'poll due': { is: 'poll-due' },
  deadline: { is: 'deadline-passed' },
  settled: { is: 'settled' },
}

const cells = Object.entries(states).flatMap(([from, state]) =>
  Object.entries(events).map(([is, event]) => ({ from, is, state, event, next: step(config, state, event) })),
)

function spell(action: Action): string {
  switch (action.do) {
    case 'take':
      return `take ${action.lease.resourceVersion}`
    case 'renew':
    case 'release':
      return `${action.do} ${action.resourceVersion}`
    case 'hold':
      return `hold -${action.agoMillis}`
    case 'arm':
      return `arm ${action.timer} ${action.millis}`
    case 'disarm':
      return `disarm ${action.timer}`
    default:
      return action.do
  }
}

function spellState(state: State): string {
  switch (state.at) {
    case 'holding':
      return `${state.leads ? 'leading' : 'settling'} ${state.resourceVersion}${state.renewing ? ' renewing' : ''}${state.doubt ? ' doubt' : ''}`
    case 'following':
      return `following ${state.lease?.resourceVersion ?? 'nobody'}`
    case 'taking':
      return state.stopping ? 'taking, to stop' : 'taking'
    default:
      return state.at
  }
}

test('golden: the whole table', () => {
  const file = join(__dirname, 'fsm.table.txt')
  const table = cells
    .filter(({ state, next }) => next.state !== state || next.actions.length > 0)
    .map(({ from, is, next }) =>
      `${from.padEnd(20)} ${is.padEnd(13)} -> ${spellState(next.state).padEnd(26)} ${next.actions.map(spell).join(', ')}`.trimEnd(),
    )
    .concat('Every other event changes nothing.\n')
    .join('\n')
  if (process.env['GOLDEN'] === '1') writeFileSync(file, table)
  assert.equal(table, readFileSync(file, 'utf8'))
})

const leads = (state: State): boolean => state.at === 'holding' && state.leads

const everywhere = everyCellOf(cells)

everywhere('who is told that it leads, or no longer does, is told exactly when that changes', ({ state, next }) => {
  const acts = next.actions.map((action) => action.do)
  const change = Number(acts.includes('lead')) - Number(acts.includes('step-down'))
  assert.equal(change, Number(leads(next.state)) - Number(leads(state)))
})

everywhere('leading begins only after settling, and without doubt', ({ state, is, next }) => {
  const acts = next.actions.map((action) => action.do)
  if (acts.includes('lead')) assert.deepEqual([is, state.at === 'holding' && state.doubt], ['settled', false])
})

everywhere('one write at a time, and its answer is awaited', ({ state, is, next }) => {
  const acts = next.actions.map((action) => action.do)
  const writes = acts.filter((act) => ['create', 'take', 'renew', 'release'].includes(act))
  const before = (state.at === 'holding' && state.renewing) || state.at === 'taking' || state.at === 'releasing' ? 1 : 0
  const answered = ['written', 'conflict', 'write failed'].includes(is) ? 1 : 0
  // A lease that is lost is followed anew whatever the last renewal comes to.
  if (!['read none', 'read free', 'deadline'].includes(is)) assert.ok(before - answered + writes.length <= 1)
  const awaits: Readonly<Record<string, string>> = { create: 'taking', take: 'taking', renew: 'holding', release: 'releasing' }
  for (const write of writes) assert.equal(next.state.at, awaits[write])
})

everywhere('a lease of somebody else is taken only when it ran out', ({ event, next }) => {
  for (const action of next.actions) {
    if (action.do === 'take' && action.lease.holder === 'other') assert.equal(event.is, 'expired')
  }
})

everywhere('the deadline runs exactly while we hold the lease', ({ state, is, next }) => {
  const disarmed = is === 'deadline' || next.actions.some((action) => action.do === 'disarm' && action.timer === 'deadline')
  const armed = next.actions.some((action) => action.do === 'arm' && action.timer === 'deadline')
  assert.equal(armed || (state.at === 'holding' && !disarmed), next.state.at === 'holding')
})

everywhere('something is under way or awaited in every state but stopped', ({ state, next }) => {
  const acts = next.actions.map((action) => action.do)
  const idle = next.state.at === 'following' && next.state.lease === undefined && state.at !== 'following'
  if (idle) assert.ok(acts.includes('read') || acts.includes('watch') || next.actions.some((a) => a.do === 'arm' && a.timer === 'poll'))
})

test('who holds the lease stops leading in time for the request that renews it to have failed', () => {
  const { next } = cells.find(({ from, is }) => from === 'taking' && is === 'written') as (typeof cells)[number]
  // Sent 100 ms ago: the deadline counts from there, and so does what is told to be the beginning of the lease.
  assert.deepEqual(next.actions.map(spell), ['hold -100', 'arm deadline 2900', 'arm poll 900', 'arm settle 500'])
})
