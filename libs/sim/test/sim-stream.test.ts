import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { SimClock } from '../src/sim-clock'
import { SimStreamNet, type StreamLine, type StreamLink, type StreamListener } from '../src/sim-stream'

const smooth: StreamLink = { latency: 10, stalled: false, refused: false }
const heard = (log: string[]): StreamListener => ({
  onUp: (local, remote) => void log.push(`up ${local} ${remote}`),
  onBytes: (bytes) => void log.push(`bytes ${Buffer.from(bytes).toString()}`),
  onDrained: () => void log.push('drained'),
  onDown: ({ code }) => void log.push(`down ${code}`),
})

function pair(link: () => StreamLink = () => smooth) {
  const clock = new SimClock()
  const net = new SimStreamNet(clock, link)
  const [near, far]: [string[], string[]] = [[], []]
  let other: StreamLine | undefined
  net.listen('b', (line) => {
    other = line
    return heard(far)
  })
  const line = net.dial('a', 'b', heard(near))
  clock.advance(10)
  return { clock, net, near, far, line, other: other as StreamLine | undefined }
}

test('both ends hear of the connection, and what is sent arrives in order after the latency', () => {
  const { clock, near, far, line } = pair()
  line.send(Buffer.from('one'))
  line.send(Buffer.from('two'))
  clock.advance(9)
  assert.deepEqual(far, ['up b a'])
  clock.advance(1)
  assert.deepEqual(far, ['up b a', 'bytes one', 'bytes two'])
  assert.deepEqual(near, ['up a b'])
})

test('a stalled link delivers nothing, then everything', () => {
  let stalled = false
  const { clock, far, line } = pair(() => ({ ...smooth, stalled }))
  stalled = true
  line.send(Buffer.from('late'))
  clock.advance(10_000)
  assert.deepEqual(far, ['up b a'])
  stalled = false
  clock.advance(50)
  assert.deepEqual(far, ['up b a', 'bytes late'])
})

test('what was sent before the end arrives before the end', () => {
  const { clock, far, line } = pair()
  line.send(Buffer.from('bye'))
  void line.close()
  clock.advance(10)
  assert.deepEqual(far, ['up b a', 'bytes bye', 'down closed'])
})

test('where nobody listens, and on a link that refuses, a dial is refused', () => {
  const clock = new SimClock()
  const net = new SimStreamNet(clock, () => ({ ...smooth, refused: true }))
  const log: string[] = []
  net.listen('b', () => heard([]))
  net.dial('a', 'b', heard(log))
  net.dial('a', 'nobody', heard(log))
  clock.advance(10)
  assert.deepEqual(log, ['down ECONNREFUSED', 'down ECONNREFUSED'])
})

test('a silent cut tells nobody, a loud one both', () => {
  const silent = pair()
  silent.net.cut('a', 'b', { loud: false })
  silent.line.send(Buffer.from('x'))
  silent.clock.advance(1000)
  assert.deepEqual([silent.near, silent.far], [['up a b'], ['up b a']])
  const loud = pair()
  loud.net.cut('b', 'a', { loud: true })
  assert.deepEqual([loud.near.at(-1), loud.far.at(-1)], ['down ECONNRESET', 'down ECONNRESET'])
})

test('a sender that fills the window is asked to hold back, and told when there is room', () => {
  const { clock, near, line } = pair()
  assert.equal(line.send(new Uint8Array(10)), true)
  assert.equal(line.send(new Uint8Array(70_000)), false)
  clock.advance(10)
  assert.equal(near.at(-1), 'drained')
})

test('what has not arrived waits, and its sender hears when it has', () => {
  let stalled = false
  const { clock, net } = pair(() => ({ ...smooth, stalled }))
  const log: string[] = []
  const line = net.dial('a', 'b', { ...heard(log), onWritten: () => void log.push('taken') })
  clock.advance(10)
  stalled = true
  line.send(Buffer.from('x'))
  clock.advance(1000)
  assert.deepEqual([line.waiting(), log.at(-1)], [true, 'up a b'])
  stalled = false
  clock.advance(50)
  assert.deepEqual([line.waiting(), log.at(-1)], [false, 'taken'])
})
