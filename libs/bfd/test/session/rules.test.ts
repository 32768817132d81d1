import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { BfdSessionState, ControlPacket } from '../../src/packet/control-packet'
import { type Action, begin, type Event, initial, type State, step } from '../../src/session/fsm'
import { after, config, heard, states, wanted } from '../builders'

const sent = (actions: readonly Action[]): readonly ControlPacket[] =>
  actions.flatMap((action) => (action.do === 'send' ? [action.packet] : []))
const sends = (from: State, event: Event): readonly ControlPacket[] => sent(step(config, from, event).actions)
const arms = (from: State, event: Event, timer: 'transmit' | 'detection'): number | 'off' | undefined =>
  step(config, from, event).actions.flatMap((action) =>
    action.do === 'send' || action.timer !== timer ? [] : [action.do === 'arm' ? action.micros : ('off' as const)],
  )[0]
const slower: Event = { is: 'profile-changed', wanted: { ...wanted, minTxMicros: 200_000 } }
const impatient: Event = { is: 'profile-changed', wanted: { ...wanted, minRxMicros: 20_000 } }
const expired: Event = { is: 'detection-expired' }
const due: Event = { is: 'transmit-due' }

describe('RFC 5880 §6.1', () => {
  test('an active system sends before it has heard anything, and goes on', () => {
    assert.deepEqual(
      sent(begin(config, states.unheard).actions).map(({ state }) => state),
      ['down'],
    )
    assert.equal(sends(states.unheard, due).length, 1)
  })

  test('a passive system sends nothing until it has heard a packet', () => {
    const silent = states['unheard passive']
    assert.deepEqual(sent(begin(config, silent).actions), [])
    assert.deepEqual(sends(silent, due), [])
    assert.equal(sends(silent, heard()).length, 1)
  })
})

describe('RFC 5880 §6.8.1', () => {
  test('a session begins Down, with no diagnostic, knowing no remote discriminator', () => {
    assert.deepEqual(initial(wanted), { at: 'down', wanted, diagnostic: 0, poll: { is: 'idle' } })
    assert.equal(sent(begin(config, initial(wanted)).actions)[0]?.yourDiscriminator, 0)
  })

  test('what was learned of the peer is forgotten after a detection time of silence, in every state', () => {
    for (const state of Object.values(states)) assert.equal(after(state, expired).remote, undefined)
  })

  test('a peer that says it is down is remembered until it is silent', () => {
    assert.equal(after(states.up, heard({ state: 'down' })).remote?.discriminator, 9)
  })

  test('the last discriminator the peer called itself by is the one we name', () => {
    assert.equal(sends(after(states.up, heard({ state: 'up', myDiscriminator: 33 })), due)[0]?.yourDiscriminator, 33)
  })
})

/** RFC 5880 §6.2 and §6.8.6: our state, then what it becomes when the peer says each of its four. */
const becomes: readonly [keyof typeof states, Readonly<Record<BfdSessionState, BfdSessionState>>][] = [
  ['admin-down', { 'admin-down': 'admin-down', down: 'admin-down', init: 'admin-down', up: 'admin-down' }],
  ['down', { 'admin-down': 'down', down: 'init', init: 'up', up: 'down' }],
  ['init', { 'admin-down': 'down', down: 'init', init: 'up', up: 'up' }],
  ['up', { 'admin-down': 'down', down: 'down', init: 'up', up: 'up' }],
]

describe('RFC 5880 §6.8.6', () => {
  for (const [from, row] of becomes) {
    for (const [peer, to] of Object.entries(row) as [BfdSessionState, BfdSessionState][]) {
      test(`${from} becomes ${to} when the peer says ${peer}`, () => {
        assert.equal(after(states[from], heard({ state: peer })).at, to)
      })
    }
  }

  test('who goes down because the peer says so gives diagnostic 3', () => {
    for (const state of ['down', 'admin-down'] as const) assert.equal(after(states.up, heard({ state })).diagnostic, 3)
    assert.equal(after(states.init, heard({ state: 'admin-down' })).diagnostic, 3)
  })

  test('a Final ends the Poll Sequence, another packet does not', () => {
    assert.equal(sends(states['up polling'], due)[0]?.poll, true)
    assert.equal(sends(after(states['up polling'], heard({ state: 'up' })), due)[0]?.poll, true)
    assert.equal(sends(after(states['up polling'], heard({ state: 'up', final: true })), due)[0]?.poll, false)
  })

  test('a Final that nobody asked for changes nothing', () => {
    assert.deepEqual(after(states.up, heard({ state: 'up', final: true })), states.up)
  })

  test('a Poll is answered at once by one packet with F set and P clear, in Down, Init and Up, even of a passive or silenced system', () => {
    for (const from of ['unheard', 'unheard passive', 'down', 'init', 'up', 'up polling', 'up demanded', 'up silenced'] as const) {
      assert.deepEqual(
        sends(states[from], heard({ poll: true, state: 'up' })).map(({ poll, final }) => [poll, final]),
        [[false, true]],
        from,
      )
    }
  })

  test('AdminDown answers no Poll: the packet is discarded before', () => {
    assert.deepEqual(sends(states['admin-down'], heard({ poll: true, state: 'up' })), [])
  })
})

describe('RFC 5880 §6.8.7', () => {
  test('periodic packets cease while the peer is in demand mode and both are up, and resume when it is not', () => {
    assert.equal(arms(states.up, heard({ state: 'up', demand: true }), 'transmit'), 'off')
    assert.deepEqual(sends(states['up demanded'], due), [])
    assert.equal(arms(states['up demanded'], heard({ state: 'up' }), 'transmit'), 70_000)
  })

  test('demand mode counts only when both are up', () => {
    assert.equal(sends(after(states.down, heard({ state: 'admin-down', demand: true })), due).length, 1)
    assert.equal(sends(after(states.up, heard({ state: 'init', demand: true })), due).length, 1)
  })

  test('a Poll Sequence is sent even to a peer in demand mode, until its Final', () => {
    const polling = after(states['up demanded'], slower)
    assert.equal(arms(states['up demanded'], slower, 'transmit'), 70_000)
    assert.equal(sends(polling, due)[0]?.poll, true)
    assert.deepEqual(sends(after(polling, heard({ state: 'up', demand: true, final: true })), due), [])
  })

  test('nothing periodic is sent to a peer whose Required Min RX Interval is zero', () => {
    assert.equal(arms(states.up, heard({ state: 'up', requiredMinRxMicros: 0 }), 'transmit'), 'off')
    assert.deepEqual(sends(states['up silenced'], due), [])
    assert.equal(arms(states['up silenced'], heard({ state: 'up' }), 'transmit'), 70_000)
  })

  test('a change of state is told at once', () => {
    assert.deepEqual(
      sends(states.down, heard()).map(({ state }) => state),
      ['init'],
    )
    assert.deepEqual(
      sends(states.up, expired).map(({ state }) => state),
      ['down'],
    )
  })

  test('the D bit is never set: we have no demand mode', () => {
    const packets = Object.values(states).flatMap((state) => sends(state, due))
    assert.ok(packets.length > 3)
    for (const packet of packets) assert.equal(packet.demand, false)
  })
})

describe('RFC 5880 §6.8.4', () => {
  test('a detection time of silence takes Init and Up to Down with diagnostic 1, and leaves Down and AdminDown', () => {
    for (const from of ['init', 'up', 'up polling', 'up demanded'] as const) {
      const { at, diagnostic } = after(states[from], expired)
      assert.deepEqual([at, diagnostic], ['down', 1])
    }
    assert.equal(after(states.down, expired).at, 'down')
    assert.equal(after(states['admin-down'], expired).at, 'admin-down')
  })

  test('each accepted packet starts the detection time anew', () => {
    assert.equal(arms(states.up, heard({ state: 'up' }), 'detection'), 4 * 80_000)
  })
})

describe('RFC 5880 §6.8.3', () => {
  test('a session that comes up announces its real interval by a Poll Sequence', () => {
    const [packet] = sends(states.init, heard({ state: 'init' }))
    assert.deepEqual([packet?.desiredMinTxMicros, packet?.poll], [50_000, true])
  })

  test('a session that falls announces a second by a Poll Sequence', () => {
    const [packet] = sends(states.up, heard({ state: 'down' }))
    assert.deepEqual([packet?.desiredMinTxMicros, packet?.poll], [1_000_000, true])
  })

  test('each interval that changes starts a Poll Sequence, alone or with the other', () => {
    for (const change of [{ minTxMicros: 1_500_000 }, { minRxMicros: 1 }, { minTxMicros: 1_500_000, minRxMicros: 1 }]) {
      for (const from of ['down', 'init', 'up'] as const) {
        const polling = after(states[from], { is: 'profile-changed', wanted: { ...wanted, ...change } })
        assert.equal(sends(polling, due)[0]?.poll, true, from)
      }
    }
  })

  test('a transmit interval that grows while up is used only after the Final; it is announced before', () => {
    const polling = after(states.up, slower)
    assert.equal(sends(polling, due)[0]?.desiredMinTxMicros, 200_000)
    assert.equal(arms(polling, due, 'transmit'), 70_000)
    assert.equal(arms(polling, heard({ state: 'up', final: true }), 'transmit'), 200_000)
  })

  test('a receive interval that shrinks while up counts only after the Final', () => {
    const calm = heard({ state: 'up', desiredMinTxMicros: 1 })
    const polling = after(states.up, calm, impatient)
    assert.equal(arms(polling, calm, 'detection'), 4 * 60_000)
    assert.equal(arms(polling, heard({ state: 'up', desiredMinTxMicros: 1, final: true }), 'detection'), 4 * 20_000)
  })

  test('every other change of timing is in force at once', () => {
    assert.equal(arms(states.up, { is: 'profile-changed', wanted: { ...wanted, minRxMicros: 300_000 } }, 'detection'), 4 * 300_000)
    assert.equal(arms(states['up slower'], { is: 'profile-changed', wanted: { ...wanted, minTxMicros: 50_000 } }, 'transmit'), undefined)
    assert.equal(arms(states.up, heard({ state: 'up', requiredMinRxMicros: 300_000 }), 'transmit'), 300_000)
  })

  test('a peer that accepts a faster pace gets it at once', () => {
    const slow = after(states.up, heard({ state: 'up', requiredMinRxMicros: 10_000_000 }))
    assert.equal(arms(slow, heard({ state: 'up' }), 'transmit'), 70_000)
  })

  test('a change during a Poll Sequence is told by another one, which waits for a packet with F clear', () => {
    const final = heard({ state: 'up', final: true })
    const changed = after(states['up polling'], slower)
    const ended = after(changed, final)
    assert.equal(sends(ended, due)[0]?.poll, false)
    assert.equal(arms(ended, due, 'transmit'), 70_000, 'the first Final may have answered the old value')
    assert.equal(sends(after(ended, final), due)[0]?.poll, false)
    const again = after(ended, heard({ state: 'up' }))
    assert.equal(sends(again, due)[0]?.poll, true)
    assert.equal(arms(again, final, 'transmit'), 200_000)
  })

  test('a change right after a Poll Sequence waits likewise', () => {
    const changed = after(states['up ended'], slower)
    assert.equal(sends(changed, due)[0]?.poll, false)
    assert.equal(arms(changed, due, 'transmit'), 70_000)
    assert.equal(sends(after(changed, heard({ state: 'up' })), due)[0]?.poll, true)
  })
})

describe('RFC 5880 §6.6', () => {
  test('to a peer in demand mode every change of what we would send is told by a Poll Sequence', () => {
    for (const change of [{ minTxMicros: 90_000 }, { minRxMicros: 90_000 }, { detectMultiplier: 9 }]) {
      const changed = after(states['up demanded'], { is: 'profile-changed', wanted: { ...wanted, ...change } })
      assert.equal(sends(changed, due)[0]?.poll, true)
    }
  })
})

describe('RFC 5880 §6.8.16', () => {
  test('a disabled session is AdminDown with diagnostic 7, says so at once and goes on saying it', () => {
    const [first] = sends(states.up, { is: 'disabled' })
    assert.deepEqual([first?.state, first?.diagnostic], ['admin-down', 7])
    assert.equal(sends(states['admin-down'], due)[0]?.state, 'admin-down')
  })

  test('an enabled session starts from Down', () => {
    assert.equal(after(states['admin-down'], { is: 'enabled' }).at, 'down')
    assert.equal(after(states.up, { is: 'enabled' }).at, 'up')
  })
})

test('RFC 5880 §4.1: the diagnostic outlives Init, so that the peer can read why the last session failed, and not Up', () => {
  const failed = after(states.up, expired, heard())
  assert.deepEqual([failed.at, failed.diagnostic], ['init', 1])
  assert.equal(after(failed, heard({ state: 'up' })).diagnostic, 0)
})
