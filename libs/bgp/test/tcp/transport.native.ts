import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import { inNetns, until } from '@loadstone/packet/testing'
import { tcpTransport } from '../../src/tcp/tcp'
import type { Connection, TcpTransport } from '../../src/tcp/transport'
import { transportPromises } from './transport-conformance'

const [near, far] = ['127.0.0.1' as Ip, '127.0.0.2' as Ip]

/** TCP of this machine, and how to end all that was begun with it. */
function tcp(): { readonly transport: TcpTransport; readonly end: () => Promise<unknown> } {
  const real = tcpTransport(systemClock)
  const lines: Connection[] = []
  const stops: (() => Promise<void>)[] = []
  const kept = (line: Connection): Connection => {
    lines.push(line)
    return line
  }
  const transport: TcpTransport = {
    connect: (to, listener) => kept(real.connect({ ...to, sourceAddress: near }, listener)),
    listen: async (at, accept) => {
      const stop = await real.listen(at, (line, ...from) => accept(kept(line), ...from))
      stops.push(stop)
      return stop
    },
  }
  return { transport, end: () => Promise.all([...stops.map((stop) => stop()), ...lines.map((line) => line.close())]) }
}

for (const [title, run] of Object.entries(transportPromises)) {
  inNetns(`TCP: ${title}`, async () => {
    const { transport, end } = tcp()
    await run({ near: transport, far: transport, at: { near, far }, until, rest: () => sleep(50) })
    await end()
  })
}
