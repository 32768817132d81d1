import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { random, SimClock } from '@loadstone/sim'
import { SessionRunner } from '../../src/session/session-runner'
import type { ControlPacket } from '../../src/wire'
import { packet, states } from '../builders'

type Sent = { readonly atMillis: number; readonly packet: ControlPacket }

/** An engine whose session is up: the peer sends each 80 ms × 4, accepts 70. */
function running(): { readonly clock: SimClock; readonly engine: SessionRunner; readonly sent: Sent[] } {
  const clock = new SimClock()
  clock.advance(1_000_000)
  const sent: Sent[] = []
  const engine = new SessionRunner(
    {
      discriminator: 7,
      clock,
      random: random(1),
      send: (each) => sent.push({ atMillis: clock.now(), packet: each }),
      settled: (run) => run(),
      onStep: () => undefined,
    },
    states.up,
  )
  engine.start()
  clock.advance(1)
  sent.length = 0
  return { clock, engine, sent }
}

const up: ControlPacket = { ...packet, state: 'up' }
const poll: ControlPacket = { ...up, poll: true }

describe('the detection time', () => {
  test('counts from when the kernel received the last packet', () => {
    const { clock, engine } = running()
    clock.advance(200)
    engine.receive(up, 150_000)
    clock.advance(169)
    assert.equal(engine.state.at, 'up')
    clock.advance(1)
    assert.equal(engine.state.at, 'down')
  })

  test('is never shortened by a packet that is older than one heard before', () => {
    const { clock, engine } = running()
    engine.receive(up, 0)
    clock.advance(10)
    engine.receive(up, 900_000_000)
    clock.advance(309)
    assert.equal(engine.state.at, 'up')
    clock.advance(1)
    assert.equal(engine.state.at, 'down')
  })
})

describe('packets out of turn', () => {
  test('Polls in a flood are answered five times, then once each 10 ms', () => {
    const { clock, engine, sent } = running()
    for (let i = 0; i < 1000; i++) engine.receive(poll, 0)
    assert.equal(sent.length, 5)
    clock.advance(10)
    for (let i = 0; i < 1000; i++) engine.receive(poll, 0)
    assert.equal(sent.filter(({ packet: { final } }) => final).length, 6)
  })

  test('news that must wait leaves within 10 ms, although the next packet would be due in a second', () => {
    const { clock, engine, sent } = running()
    for (let i = 0; i < 5; i++) engine.receive(poll, 0)
    sent.length = 0
    engine.receive({ ...up, state: 'down' }, 0)
    assert.deepEqual([engine.state.at, sent.length], ['down', 0])
    clock.advance(10)
    assert.deepEqual(
      sent.map(({ packet: { state, final } }) => [state, final]),
      [['down', false]],
    )
  })
})

test('an engine that was stopped sends nothing and hears nothing', () => {
  const { clock, engine, sent } = running()
  engine.stop()
  engine.receive({ ...up, state: 'down' }, 0)
  clock.advance(10_000)
  assert.deepEqual([engine.state.at, sent.length], ['up', 0])
})
