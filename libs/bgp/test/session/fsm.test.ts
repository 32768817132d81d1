import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@jest/globals'
import { notification } from '../../src/message/error-codes'
import { cease } from '../../src/message/notification'
import type { SessionConfig } from '../../src/session/config'
import { type Action, type Event, type State, step } from '../../src/session/fsm'
import { config, negotiated, peerOpen } from '../samples'

const none = new Uint8Array()
const states: readonly State[] = [
  { at: 'idle' },
  { at: 'connect', tcp: 'down' },
  { at: 'connect', tcp: 'delaying' },
  { at: 'active', tcp: 'down' },
  { at: 'active', tcp: 'delaying' },
  { at: 'open-sent' },
  { at: 'open-confirm', negotiated },
  { at: 'established', negotiated },
]
const update = { announced: [], withdrawn: [], attributes: { unknown: [] }, faults: [] }
const events: readonly Event[] = [
  { is: 'start' },
  { is: 'stop', notification: cease('administrativeShutdown', '') },
  { is: 'halt', notification: notification('maximumPrefixesReached') },
  { is: 'connect-retry-expired' },
  { is: 'hold-expired' },
  { is: 'keepalive-due' },
  { is: 'delay-open-expired' },
  { is: 'idle-hold-expired' },
  { is: 'tcp-up' },
  { is: 'tcp-down', loss: { code: 'closed', message: '' } },
  { is: 'open', open: peerOpen },
  { is: 'malformed', notification: notification('badMessageLength') },
  { is: 'collision' },
  { is: 'version-refused', message: { code: 2, subcode: 1, data: none } },
  { is: 'notification', message: { code: 6, subcode: 2, data: none } },
  { is: 'keepalive' },
  { is: 'update', update },
  { is: 'refresh', refresh: { afi: 1, subtype: 0, safi: 1, more: none } },
  { is: 'send-hold-expired' },
  { is: 'blocked' },
  { is: 'drained' },
]
const name = (state: State): string => ('tcp' in state && state.tcp === 'delaying' ? `${state.at} (delay)` : state.at)
const spell = (action: Action): string => {
  switch (action.do) {
    case 'arm':
      return `arm ${action.timer} ${action.seconds}`
    case 'disarm':
      return `disarm ${action.timer}`
    case 'send-notification':
      return `notify ${action.notification.name}`
    default:
      return action.do
  }
}

/** For the reader: every timer of a connection and the connection itself. */
const release = 'disarm connect-retry, disarm delay-open, disarm hold, disarm keepalive, disarm send-hold, hang-up'

function table(settings: SessionConfig): string {
  const rows = states.flatMap((state) =>
    events.map((event) => {
      const next = step(settings, state, event)
      const actions = next.actions.map(spell).join(', ').replace(release, 'release')
      return `${name(state).padEnd(15)} ${event.is.padEnd(21)} -> ${name(next.state).padEnd(15)} ${actions}`.trimEnd()
    }),
  )
  return `${rows.join('\n')}\n`
}

const pages: Readonly<Record<string, SessionConfig>> = {
  'fsm.table.txt': config,
  'fsm-delay-open.table.txt': { ...config, delayOpenSeconds: 5 },
  'fsm-passive.table.txt': { ...config, passive: true },
}
for (const [page, settings] of Object.entries(pages)) {
  test(`golden: every state on every event is as ${page} says`, () => {
    const path = join(__dirname, page)
    if (process.env['GOLDEN'] === '1') writeFileSync(path, table(settings))
    assert.equal(table(settings), readFileSync(path, 'utf8'))
  })
}

// A hundred and some cells are few enough to try them all; a random walk from Idle almost never reaches Established.
const cells = states.flatMap((state) => {
  const known = events.map((event) => ({ event, ...step(config, state, event) }))
  return known.map(({ event, state: next, actions }) => ({ state, event, next, spelt: actions.map(spell) }))
})
for (const { state, event, next, spelt } of cells) {
  test(`${name(state)} on ${event.is}: routes follow Established`, () => {
    const moved = Number(spelt.includes('routes-up')) - Number(spelt.includes('routes-down'))
    assert.equal(moved, Number(next.at === 'established') - Number(state.at === 'established'))
  })
}

const intoIdle = cells.filter(({ state, next }) => next.at === 'idle' && state.at !== 'idle')
for (const { state, event, spelt } of intoIdle) {
  test(`${name(state)} on ${event.is}: whoever comes to Idle has no timer and no connection, and returns unless stopped`, () => {
    for (const timer of ['connect-retry', 'delay-open', 'hold', 'keepalive', 'send-hold'])
      assert.ok(spelt.includes(`disarm ${timer}`), timer)
    assert.ok(spelt.includes('hang-up'))
    assert.equal(spelt.includes('arm-restart'), event.is !== 'stop')
  })
}

const isNotification = (action: string): boolean => action.startsWith('notify')
const notifying = cells.filter(({ spelt }) => spelt.some(isNotification))
for (const { state, event, spelt } of notifying) {
  test(`${name(state)} on ${event.is}: a NOTIFICATION is the last thing said, and never answers one`, () => {
    const after = spelt.slice(spelt.findIndex(isNotification) + 1)
    assert.ok(!['notification', 'version-refused'].includes(event.is))
    assert.ok(after.includes('hang-up'))
    assert.ok(!after.some((action) => action.startsWith('send') || isNotification(action)))
  })
}

test('every law speaks in many cells', () => {
  assert.ok(intoIdle.length > 80 && notifying.length > 20, `${intoIdle.length} come to Idle, ${notifying.length} send a NOTIFICATION`)
})

test('RFC 6608 §4: an unexpected message is named by its type octet', () => {
  const { actions } = step(config, { at: 'open-sent' }, { is: 'keepalive' })
  assert.deepEqual(actions[0], { do: 'send-notification', notification: notification('unexpectedInOpenSent', Uint8Array.of(4)) })
})

test('RFC 4271 §4.2: hold time zero disarms the hold timer and arms no keepalive', () => {
  const { state, actions } = step(config, { at: 'open-sent' }, { is: 'open', open: { ...peerOpen, holdSeconds: 0 } })
  assert.equal('negotiated' in state && state.negotiated.holdSeconds, 0)
  assert.deepEqual(actions.map(spell), ['send-keepalive', 'disarm hold'])
})

test('RFC 9687 §6: the send hold timer is twice the hold time, and at least eight minutes', () => {
  const long: State = { at: 'established', negotiated: { ...negotiated, holdSeconds: 300 } }
  assert.deepEqual(step(config, long, { is: 'blocked' }).actions, [{ do: 'arm', timer: 'send-hold', seconds: 600 }])
  const usual: State = { at: 'established', negotiated }
  assert.deepEqual(step(config, usual, { is: 'blocked' }).actions, [{ do: 'arm', timer: 'send-hold', seconds: 480 }])
})

test('RFC 9687 §4.3: with a hold time of zero there is no send hold timer', () => {
  const endless: State = { at: 'established', negotiated: { ...negotiated, holdSeconds: 0 } }
  assert.deepEqual(step(config, endless, { is: 'blocked' }).actions, [{ do: 'disarm', timer: 'send-hold' }])
})

test('RFC 4724 §4: a stop without a NOTIFICATION says nothing', () => {
  const { actions } = step(config, { at: 'established', negotiated }, { is: 'stop' })
  assert.deepEqual(
    actions.map(spell).filter((action) => action.startsWith('notify')),
    [],
  )
})
