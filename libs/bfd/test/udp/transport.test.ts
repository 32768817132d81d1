import { describe, test } from '@jest/globals'
import { type Ip, parseIp } from '@loadstone/ip'
import { SimClock, SimNet } from '@loadstone/sim'
import { SimTransport } from '../../testing/sim-transport'
import { transportPromises } from './transport-conformance'

const ip = (text: string): Ip => parseIp(text)!

describe('SimTransport', () => {
  for (const [title, run] of Object.entries(transportPromises)) {
    test(title, () => {
      const clock = new SimClock()
      const net = new SimNet(clock, 1, () => ({ latency: 1, loss: 0 }))
      const host = (address: Ip): SimTransport => new SimTransport(net, clock, address)
      const at = { near: ip('192.0.2.1'), far: ip('192.0.2.2'), far6: ip('2001:db8::2') }
      const [near, far, far6] = [host(at.near), host(at.far), host(at.far6)]
      /** One host with an address of each family. */
      const both = {
        listen: (...[kind, receive]: Parameters<SimTransport['listen']>) => (kind.family === 'ipv4' ? far : far6).listen(kind, receive),
        open: far.open.bind(far),
        settled: (run: () => void) => far.settled(run),
      }
      const rest = async (): Promise<void> => {
        clock.advance(10)
        far.resume()
      }
      const busy = (millis: number): void => {
        far.stall()
        clock.advance(1 + millis)
      }
      return run({ near, far: both, at, interface: 'eth0', busy, rest })
    })
  }
})
