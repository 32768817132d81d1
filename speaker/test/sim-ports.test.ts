import { describe, test } from '@jest/globals'
import { portsPromises } from './ports-conformance'
import { SimPorts } from './sim-ports'

describe('SimPorts', () => {
  for (const [title, run] of Object.entries(portsPromises)) {
    test(title, () => {
      const ports = new SimPorts()
      const connect = async (from: string, link?: string) => ports.connect(from, link)
      const routers = { ipv4: '192.0.2.1', ipv6: '2001:db8::1' }
      return run({ listen: ports.listen, connect, links: ['eth0', 'eth1'], routers, stranger: '192.0.2.66' })
    })
  }
})
