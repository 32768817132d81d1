import { setTimeout as sleep } from 'node:timers/promises'
import { solicitedNodeGroup } from '@loadstone/ndp'
import { openPacketSocket } from '@loadstone/packet'
import { inNetns, ip as run, until, veth } from '@loadstone/packet/testing'
import { openOnLink } from '../../src/worker/main'
import { ip } from '../builders'
import { socketsPromises } from './sockets-conformance'

const everything = 3

for (const [title, promise] of Object.entries(socketsPromises)) {
  inNetns(`packet sockets: ${title}`, async () => {
    const { near, far } = veth()
    const arrived: Uint8Array[] = []
    const test = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(6, 12)).toString('hex') === '02005e100099'
    const other = openPacketSocket({
      ifIndex: far.index,
      etherType: everything,
      filter: [],
      onFrames: (frames) => {
        for (const { bytes, packetType } of frames) if (packetType !== 'outgoing' && test(bytes)) arrived.push(Uint8Array.from(bytes))
      },
      onError: () => {},
    })
    await promise({
      open: openOnLink,
      link: near.index,
      nowhere: 4711,
      arrived: () => arrived,
      sends: (frame) => void other.send([frame]),
      grouped: (addresses) => addresses.filter((address) => address.includes(':') && groups().includes(solicitedNodeGroup(ip(address)))),
      until,
      rest: () => sleep(50),
    })
    other.close()
  })
}

const groups = (): readonly string[] => run('-6 maddress show dev near').split(/\s+/)
