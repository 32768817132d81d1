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
