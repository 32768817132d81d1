import type { Family } from '@loadstone/ip'
import { solicitedNodeGroup } from '@loadstone/ndp'
import { filters, openIpv6Groups, openPacketSocket, type PacketSocket, SocketError } from '@loadstone/packet'
import type { RouterSocket } from './router-watch'
import type { LinkSocket } from './station'
import type { SocketEvents } from './wire'

const kinds = {
  ipv4: { etherType: 0x0806, filter: filters.arp },
  ipv6: { etherType: 0x86dd, filter: filters.ndp },
  routers: { etherType: 0x86dd, filter: filters.routers },
} as const

const socketOn = (ifIndex: number, kind: keyof typeof kinds, on: SocketEvents): PacketSocket =>
  openPacketSocket({
    ...kinds[kind],
    ifIndex,
    onFrames: (frames) => on.frames(frames.map(({ bytes }) => bytes)),
    onError: ({ error }) => on.problem(error.message),
  })

/** Advertisements go to all nodes of the link, a group that the kernel has joined itself. */
export const openForRouters = (ifIndex: number, on: SocketEvents): RouterSocket | { readonly problem: string } =>
  orProblem(() => socketOn(ifIndex, 'routers', on))

/** A packet socket for the family's questions on a link, or why there is none. */
export function openOnLink(ifIndex: number, family: Family, on: SocketEvents): LinkSocket | { readonly problem: string } {
  return orProblem(() => {
    const socket = socketOn(ifIndex, family, on)
    const groups = family === 'ipv6' ? groupsOn(ifIndex, on) : noGroups
    return { ...groups, send: socket.send, close: () => void [socket, groups].map((one) => one.close()) }
  })
}

function orProblem<T>(run: () => T): T | { readonly problem: string } {
  try {
    return run()
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
