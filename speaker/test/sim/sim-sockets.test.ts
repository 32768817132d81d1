import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { socketsPromises } from '../worker/sockets-conformance'
import { simSockets } from './sim-sockets'

describe('simulated packet sockets', () => {
  for (const [title, run] of Object.entries(socketsPromises)) {
    test(title, () => {
      const { open, sent, sockets, memberships, refused } = simSockets()
      refused.add('eth7')
      const isArp = (frame: Uint8Array): boolean => frame[12] === 0x08
      return run({
        open,
        link: 2,
        nowhere: 9,
        arrived: () => sent.map(({ frame }) => frame),
        sends: (frame) => sockets.get(`eth0 ${isArp(frame) ? 'ipv4' : 'ipv6'}`)?.frames([frame]),
        grouped: (addresses) => addresses.filter((address) => memberships.has(`eth0 ${address}`)),
        until: async (what, holds) => assert.ok(holds(), what),
        rest: async () => {},
      })
    })
  }
})
