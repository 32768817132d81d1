import { describe, test } from '@jest/globals'
import { listenersPromises } from '../bgp/listeners-conformance'
import { SimListeners } from './sim-listeners'

describe('SimPorts', () => {
  for (const [title, run] of Object.entries(listenersPromises)) {
    test(title, () => {
      const listening = new SimListeners()
      const connect = async (from: string, link?: string) => listening.connect(from, link)
      const routers = { ipv4: '192.0.2.1', ipv6: '2001:db8::1' }
      return run({ listen: listening.listen, connect, links: ['eth0', 'eth1'], routers, stranger: '192.0.2.66' })
    })
  }
})
