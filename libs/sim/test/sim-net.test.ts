import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { SimClock } from '../src/sim-clock'
import { SimNet } from '../src/sim-net'

function trace(seed: number): string[] {
  const clock = new SimClock()
  const net = new SimNet(clock, seed, () => ({ latency: 5, loss: 0.5 }))
  const [a, b] = [net.attach('a'), net.attach('b')]
  const heard: string[] = []
  b.onReceive(({ bytes }) => void heard.push(`${clock.now()}:${bytes[0]}`))
  for (let i = 0; i < 20; i++) clock.after(i, () => a.send('b', Uint8Array.of(i)))
  clock.advance(100)
  return heard
}

test('a seed is a whole run', () => {
  assert.deepEqual(trace(7), trace(7))
  assert.notDeepEqual(trace(7), trace(8))
})

test('the example of the README', () => {
  const heard: Uint8Array[] = []
  const clock = new SimClock()
  const net = new SimNet(clock, 1, () => ({ latency: 5, loss: 0 }))
  const [near, far] = [net.attach('near'), net.attach('far')]
  far.onReceive(({ from, bytes }) => far.send(from, bytes))
  near.onReceive(({ bytes }) => heard.push(bytes))
  near.send('far', Uint8Array.of(1))
  clock.advance(10)
  assert.deepEqual(heard, [Uint8Array.of(1)])
})
