import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { Ip } from '@loadstone/ip'
import { SimClock, SimStreamNet } from '@loadstone/sim'
import { simTransport, smooth } from '../sim-peers'
import { transportPromises } from './transport-conformance'

describe('SimStreamNet', () => {
  for (const [title, run] of Object.entries(transportPromises)) {
    test(title, async () => {
      const clock = new SimClock()
      const net = new SimStreamNet(clock, () => smooth)
      const [near, far] = ['192.0.2.1' as Ip, '192.0.2.2' as Ip]
      const rest = async (): Promise<void> => clock.advance(1_000)
      const until = async (what: string, holds: () => boolean): Promise<void> => {
        for (let i = 0; i < 1_000 && !holds(); i++) clock.advance(1)
        assert.ok(holds(), what)
      }
      await run({ near: simTransport(net, near), far: simTransport(net, far), at: { near, far }, until, rest })
    })
  }
})
