import { setTimeout as sleep } from 'node:timers/promises'
import { type Ip, parseIp } from '@loadstone/ip'
import { block, delivered, inNetns, stamping } from '@loadstone/packet/testing'
import { type UdpTransport, udpTransport } from '../../src/transport'
import { transportPromises } from './transport-conformance'

const ip = (text: string): Ip => parseIp(text)!
const at = { near: ip('127.0.0.1'), far: ip('127.0.0.2'), far6: ip('::1') }

const busy = (millis: number): void => {
  delivered()
  block(millis)
}

/** UDP of this machine, and how to close all that was opened with it. */
function udp(): { readonly transport: UdpTransport; readonly end: () => void } {
  const real = udpTransport()
  const closings: (() => void)[] = []
  const transport: UdpTransport = {
    ...real,
    listen: (...of) => {
      const close = real.listen(...of)
      let open = true
      const once = (): void => {
        if (open) close()
        open = false
      }
      closings.push(once)
      return once
    },
    open: (...of) => {
      const line = real.open(...of)
      closings.push(() => line.close())
      return line
    },
  }
  const end = (): void => {
    for (const close of closings) close()
  }
  return { transport, end }
}

for (const [title, run] of Object.entries(transportPromises)) {
  inNetns(`UDP: ${title}`, async () => {
    const { transport, end } = udp()
    const stopStamping = await stamping()
    await run({ near: transport, far: transport, at, interface: 'lo', busy, rest: () => sleep(50) })
    end()
    stopStamping()
  })
}
