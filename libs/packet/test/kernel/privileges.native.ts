import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type Ip, parseIp } from '@loadstone/ip'
import { filters, SocketError } from '../../src'
import { native } from '../../src/kernel/native'
import { watchLinks } from '../../src/links'
import { tcpListenerFd, tcpSocketFd } from '../../src/tcp'
import { inNetns, ip, role, startRole, until, veth } from '../../testing'
import { arpRequest, listenTo } from '../sockets/frame-log'

const ipOf = (text: string): Ip => parseIp(text) ?? assert.fail(text)
const far = (): number => Number(process.env.FAR)
const near = (): number => Number(process.env.NEAR)
const closing = (fd: number): void => void native().close(fd)

/** What the speaker does, each with its name. A step that is refused shows in the output as its error. */
const steps: Readonly<Record<string, () => Promise<void> | void>> = {
  'ARP in and out': async () => {
    const [sender, receiver] = [listenTo(near()), listenTo(far(), { receiveBufferBytes: 1 << 20 })]
    sender.send([arpRequest()])
    await until('a frame arrived', () => receiver.frames.length === 1)
    sender.close()
    receiver.close()
  },
  'NDP with a multicast group': () => {
    const socket = listenTo(far(), { etherType: 0x86dd, filter: filters.ndp })
    socket.joinGroup(Uint8Array.of(0x33, 0x33, 0xff, 0, 0, 0x10))
    assert.deepEqual(socket.problems, [])
    socket.close()
  },
  'links and addresses': async () => {
    const watch = watchLinks({ onChange() {}, onError: assert.fail })
    await until('links are known', () => watch.links().length === 3)
    watch.close()
  },
  'BGP with source, device, MD5 and GTSM, both families': () => {
    for (const [family, source, peer] of [
      ['ipv4', '192.0.2.1', '192.0.2.2'],
      ['ipv6', '2001:db8::1', '2001:db8::2'],
    ] as const) {
      const options = { ttl: 255, minTtl: 255, trafficClass: 0xc0, md5: [{ peer: ipOf(peer), key: 'secret' }] }
      closing(tcpSocketFd({ family, source: ipOf(source), device: 'near', ...options }))
      closing(tcpListenerFd({ family, port: 1790, ...options }))
    }
  },
  'BGP to a link-local peer': () => {
    const [link] = JSON.parse(ip('-j addr show near')) as { addr_info: { local: string; scope: string }[] }[]
    const local = link?.addr_info.find(({ scope }) => scope === 'link')?.local ?? assert.fail('no link-local address')
    closing(tcpSocketFd({ family: 'ipv6', source: ipOf(local), device: 'near' }))
  },
}

role('the speaker', async () => {
  const capabilities = /^CapEff:\s*0*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  console.log(`CapEff ${capabilities}`)
  for (const [name, step] of Object.entries(steps)) {
    await step()
    console.log(name)
  }
  try {
    tcpListenerFd({ family: 'ipv4', port: 179 })
  } catch (error) {
    if (error instanceof SocketError) console.log(error.message)
  }
})

const expected = [
  'CapEff 2000', // CAP_NET_RAW, bit 13, alone
  ...Object.keys(steps),
  'bind 0.0.0.0 port 179: permission denied (EACCES); the process needs CAP_NET_RAW, or CAP_NET_BIND_SERVICE for a port below 1024',
]

for (const [who, command] of [
  ['root', ['setpriv', '--bounding-set=-all,+net_raw', '--inh-caps=-all']],
  [
    'nobody',
    [
      'setpriv',
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      '--bounding-set=-all,+net_raw',
      '--inh-caps=-all,+net_raw',
      '--ambient-caps=+net_raw',
    ],
  ],
] as const) {
  inNetns(`${who} with CAP_NET_RAW and nothing else can do all a speaker does, except listen on port 179`, async () => {
    const ends = veth()
    for (const address of ['192.0.2.1/24', '2001:db8::1/64']) ip(`addr add ${address} dev near`)
    await until('the addresses are usable', () => !ip('addr show').includes('tentative'))
    process.env.NEAR = String(ends.near.index)
    process.env.FAR = String(ends.far.index)
    const { output, code } = await startRole('the speaker', command)
    assert.deepEqual(output.trimEnd().split('\n'), expected)
    assert.equal(code, 0)
  })
}

role('without CAP_NET_RAW', () => {
  try {
    listenTo(near())
  } catch (error) {
    if (error instanceof SocketError) console.log(error.message)
  }
})

inNetns('without CAP_NET_RAW the error says that it is missing', async () => {
  process.env.NEAR = String(veth().near.index)
  const { output } = await startRole('without CAP_NET_RAW', ['setpriv', '--bounding-set=-all', '--inh-caps=-all'])
  assert.equal(output, 'socket(AF_PACKET): operation not permitted (EPERM); the process needs CAP_NET_RAW\n')
})
