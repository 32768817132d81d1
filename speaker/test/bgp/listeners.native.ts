import { createConnection } from 'node:net'
import { familyOf } from '@loadstone/ip'
import { inNetns, ip as run, veth } from '@loadstone/packet/testing'
import { Listener } from 'bgp-js'
import { ip } from '../builders'
import { type Connected, listenersPromises } from './listeners-conformance'

const routers = { ipv4: '127.0.0.7', ipv6: '::1' }

/** Over loopback, so the link is `lo`. */
function connect(from: string, taken: () => number): Promise<Connected> {
  const before = taken()
  const host = familyOf(ip(from)) === 'ipv4' ? '127.0.0.1' : '::1'
  return new Promise((resolve) => {
    const socket = createConnection({ host, port: 179, localAddress: from })
    let is: Connected = 'taken'
    const look = setInterval(() => taken() > before && socket.destroy(), 2)
    socket.on('end', () => {
      is = 'closed'
    })
    socket.on('error', () => {
      is = 'nobody listens'
    })
    socket.on('close', () => {
      clearInterval(look)
      resolve(is)
    })
    socket.resume()
  })
}

for (const [title, promise] of Object.entries(listenersPromises)) {
  inNetns(`TCP: ${title}`, async () => {
    veth()
    run('link set lo up')
    const listen = (...[at, peers]: [ConstructorParameters<typeof Listener>[0], ConstructorParameters<typeof Listener>[1]]) =>
      new Listener(at, peers)
    await promise({ listen, connect: (from, _link, taken) => connect(from, taken), links: ['lo', 'near'], routers, stranger: '127.0.0.66' })
  })
}
