import { parentPort } from 'node:worker_threads'
import { systemClock } from '@loadstone/clock'
import type { Family } from '@loadstone/ip'
import { solicitedNodeGroup } from '@loadstone/ndp'
import { filters, openIpv6Groups, openPacketSocket, SocketError, watchLinks } from '@loadstone/packet'
import type { FromWire, ToWire } from './messages'
import type { LinkSocket } from './station'
import { type SocketEvents, Wire } from './wire'

const kinds = {
  ipv4: { etherType: 0x0806, filter: filters.arp },
  ipv6: { etherType: 0x86dd, filter: filters.ndp },
} as const

function open(ifIndex: number, family: Family, on: SocketEvents): LinkSocket | { readonly problem: string } {
  try {
    const socket = openPacketSocket({
      ...kinds[family],
      ifIndex,
      onFrames: (frames) => on.frames(frames.map(({ bytes }) => bytes)),
      onError: ({ error }) => on.problem(error.message),
    })
    const groups = family === 'ipv6' ? groupsOn(ifIndex, on) : noGroups
    return { ...groups, send: socket.send, close: () => void [socket, groups].map((one) => one.close()) }
  } catch (error) {
    if (error instanceof SocketError) return { problem: error.message }
    throw error
  }
}

type Heeding = Pick<LinkSocket, 'heed' | 'ignore' | 'close'>
const noGroups: Heeding = { heed: () => {}, ignore: () => {}, close: () => {} }

/** Questions for an IPv6 address go to a group of its own (RFC 4861 §7.2.2), which the NIC and switches must know of. */
function groupsOn(ifIndex: number, on: SocketEvents): Heeding {
  const groups = openIpv6Groups(ifIndex)
  return {
    heed: (ip) => {
      try {
        groups.join(solicitedNodeGroup(ip))
      } catch (error) {
        if (!(error instanceof SocketError)) throw error
        on.problem(error.message)
      }
    },
    ignore: (ip) => groups.leave(solicitedNodeGroup(ip)),
    close: () => groups.close(),
  }
}

/** The thread that owns the packet sockets, so that no work of the main thread makes an answer late. */
function work(): void {
  const post = (message: FromWire): void => parentPort?.postMessage(message)
  const wire = new Wire({ clock: systemClock, open, post })
  const watch = watchLinks({ onChange: (links) => wire.links(links), onError: (error) => post({ is: 'trouble', problem: error.message }) })
  parentPort?.on('message', (message: ToWire) => {
    switch (message.is) {
      case 'snapshot':
        wire.snapshot(message)
        break
      case 'defend':
        wire.defend(message.address)
        break
      case 'end':
        watch.close()
        wire.close()
        parentPort?.close()
    }
  })
}

work()
