import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from '@jest/globals'
import { type Action, type Event, type State, step } from '../../src/session/fsm'
import { config, events, states } from '../builders'

const millis = (micros: number): string => `${micros / 1000} ms`

function spell(action: Action): string {
  switch (action.do) {
    case 'send': {
      const { state, diagnostic, poll, final, desiredMinTxMicros, yourDiscriminator } = action.packet
      const flags = `${poll ? ' P' : ''}${final ? ' F' : ''}${diagnostic === 0 ? '' : ` diag ${diagnostic}`}`
      return `send ${state}${flags} tx ${millis(desiredMinTxMicros)}${yourDiscriminator === 0 ? ' to nobody' : ''}`
    }
    case 'arm':
      return `${action.timer} in ${millis(action.micros)}`
    case 'disarm':
      return `no ${action.timer}`
  }
}

const pollText = ({ poll }: State): string => `${poll.is}${poll.is === 'running' && poll.again ? ' again' : ''}`

/** Each state with each event: what RFC 5880 §6.8 comes to. Reviewed as a diff; `make golden` writes it anew. */
function table(): string {
  const rows = Object.entries(states).flatMap(([state, from]) =>
    Object.entries(events).map(([event, given]) => {
      const { state: to, actions } = step(config, from, given)
      const result = `${to.at.padEnd(10)} diag ${to.diagnostic}  poll ${pollText(to).padEnd(13)}`
      return `${state.padEnd(18)} ${event.padEnd(17)} -> ${result} ${actions.map(spell).join(', ')}`.trimEnd()
    }),
  )
  return `${rows.join('\n')}\n`
}

test('golden: the table of every state and event is the one that was reviewed', () => {
  const file = join(__dirname, 'fsm.table.txt')
  if (process.env.GOLDEN === '1') writeFileSync(file, table())
  assert.equal(table(), readFileSync(file, 'utf8'))
})

const cells = Object.entries(states).flatMap(([state, from]) =>
  Object.entries(events).map(([event, given]): [string, State, Event] => [`${state}, ${event}`, from, given]),
)
const outcomes = cells.map(([title, from, event]): [string, State, Event, State] => [title, from, event, step(config, from, event).state])
const sent = (actions: readonly Action[]) => actions.flatMap((action) => (action.do === 'send' ? [action.packet] : []))

describe('in every cell of the table', () => {
  test.each(cells)('%s: at most one packet leaves, and it is one the RFC allows', (_title, from, event) => {
    const { state, actions } = step(config, from, event)
    const packets = sent(actions)
    assert.ok(packets.length <= 1)
    for (const packet of packets) {
      assert.ok(!(packet.poll && packet.final), 'RFC 5880 §6.5: not both P and F')
      assert.equal(packet.state, state.at)
      assert.equal(packet.myDiscriminator, 7)
      assert.equal(packet.yourDiscriminator, state.remote?.discriminator ?? 0)
      assert.ok(packet.state === 'up' || packet.desiredMinTxMicros >= 1_000_000, 'RFC 5880 §6.8.3: a second unless up')
      assert.deepEqual([packet.demand, packet.controlPlaneIndependent, packet.requiredMinEchoRxMicros], [false, false, 0])
      assert.ok(packet.detectMultiplier > 0)
    }
  })

  const changes = outcomes.filter(([, from, , to]) => from.at !== to.at)
  test.each(changes)('%s: who changed its state says so at once, unless it may not speak', (_title, from, event) => {
    const { state, actions } = step(config, from, event)
    const mute = state.remote === undefined && state.wanted.role === 'passive'
    assert.equal(sent(actions).length, mute ? 0 : 1)
  })

  const heard = outcomes.filter(([, , , to]) => to.at === 'up' || to.at === 'init')
  test.each(heard)('%s: the session is up only while the peer is heard', (_title, _from, _event, to) => assert.ok(to.remote !== undefined))

  const watched = (actions: readonly Action[], what: 'arm' | 'disarm'): boolean =>
    actions.some((action) => action.do === what && action.timer === 'detection')
  const packets = cells.filter(([, , event]) => event.is === 'packet')
  test.each(packets)('%s: who is heard is watched', (_title, from, event) => assert.ok(watched(step(config, from, event).actions, 'arm')))

  const silenced = outcomes.filter(([, from, , to]) => from.remote !== undefined && to.remote === undefined)
  test.each(silenced)('%s: who is not heard any more is not watched', (_title, from, event) => {
    assert.ok(watched(step(config, from, event).actions, 'disarm'))
  })

  test('every law speaks in some cell', () => {
    assert.ok([changes, heard, packets, silenced].every((list) => list.length > 3))
  })
})
