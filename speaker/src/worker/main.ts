import { parentPort } from 'node:worker_threads'
import { createBfd } from '@loadstone/bfd'
import { systemClock, systemRandom } from '@loadstone/clock'
import type { Family } from '@loadstone/ip'
import { solicitedNodeGroup } from '@loadstone/ndp'
import { filters, openIpv6Groups, openPacketSocket, type PacketSocket, SocketError } from '@loadstone/packet'
import { watchLinks } from '@loadstone/packet/links'
import type { WorkerCommand, WorkerEvent } from '../messages/messages'
import { BfdSessions } from './bfd-sessions'
import { L2Interfaces, type SocketEvents } from './l2-interfaces'
import type { LinkSocket } from './l2-responder'
import { RouterDiscovery } from './router-discovery'
import type { RouterSocket } from './router-link'

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

/** A packet socket for router advertisements. They go to the all-nodes group, which the kernel has joined itself. */
const openForRouters = (ifIndex: number, on: SocketEvents): RouterSocket | { readonly problem: string } =>
  orProblem(() => socketOn(ifIndex, 'routers', on))

/** Opens a packet socket for requests of the family on a link, or says why there is none. */
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

type GroupMembership = Pick<LinkSocket, 'joinGroup' | 'leaveGroup' | 'close'>
const noGroups: GroupMembership = { joinGroup: () => {}, leaveGroup: () => {}, close: () => {} }

/** Memberships of solicited-node multicast groups (RFC 4861 §7.2.2), which the NIC and switches must know of. */
function groupsOn(ifIndex: number, on: SocketEvents): GroupMembership {
  const groups = openIpv6Groups(ifIndex)
  return {
    joinGroup: (ip) => {
      try {
        groups.join(solicitedNodeGroup(ip))
      } catch (error) {
        if (!(error instanceof SocketError)) throw error
        on.problem(error.message)
      }
    },
    leaveGroup: (ip) => groups.leave(solicitedNodeGroup(ip)),
    close: () => groups.close(),
  }
}

/** Limit for closing BFD sessions. A router confirms AdminDown within a round trip; a silent one is not waited for. */
const closeMillis = 500
const waited = (millis: number): Promise<void> => new Promise((resolve) => void systemClock.after(millis, resolve))

/** Runs the thread that owns the packet sockets, so that no work of the main thread delays a reply. */
function work(): void {
  const post = (message: WorkerEvent): void => parentPort?.postMessage(message)
  const l2 = new L2Interfaces({ clock: systemClock, open: openOnLink, post })
  const count = (what: string, by: number): void => l2.count(what, by)
  const routers = new RouterDiscovery({ clock: systemClock, random: systemRandom, open: openForRouters, count, post })
  const bfd = new BfdSessions({ clock: systemClock, bfd: createBfd(), post })
  const watch = watchLinks({
    onChange: (links) => {
      l2.links(links)
      routers.links(links)
      bfd.links(links)
    },
    onError: (error) => post({ is: 'trouble', problem: error.message }),
  })
  parentPort?.on('message', (message: WorkerCommand) => {
    switch (message.is) {
      case 'snapshot':
        l2.reconcile(message)
        break
      case 'defend':
        l2.defend(message.address)
        break
      case 'watch-routers':
        routers.reconcile(message.interfaces)
        break
      case 'bfd':
        bfd.reconcile(message.sessions, message.handovers)
        break
      case 'bfd-hand-over':
        post({ is: 'bfd-handed-over', handovers: bfd.handOver() })
        break
      case 'end':
        watch.close()
        l2.close()
        routers.close()
        void Promise.race([bfd.close(), waited(closeMillis)]).then(() => parentPort?.close())
    }
  })
}

if (parentPort !== null) work()
