import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import { inNetns, until } from '@loadstone/packet/testing'
import { tcpTransport } from '../src/tcp'
import { transportPromises } from './transport-conformance'

const [near, far] = ['127.0.0.1' as Ip, '127.0.0.2' as Ip]

for (const [title, run] of Object.entries(transportPromises)) {
  inNetns(`TCP: ${title}`, async () => {
    const transport = tcpTransport(systemClock)
    const dialling = {
      ...transport,
      dial: ((to, listener) => transport.dial({ ...to, sourceAddress: near }, listener)) as typeof transport.dial,
    }
    await run({ near: dialling, far: transport, at: { near, far }, until, rest: () => sleep(50) })
    process.exit(0) // whatever a promise left open
  })
}
