import { assemble } from '../filter/bpf'
import type { Filter } from '../filter/filter'
import { domain, int, little, SOL_SOCKET, socketType } from '../kernel/constants'
import { MessageBuffers } from '../kernel/message-buffers'
import { check, native, SocketError } from '../kernel/native'
import { sendAll } from '../kernel/send'
import { sockaddrLl } from '../kernel/sockaddr'

/** The kernel's packet type: PACKET_HOST, PACKET_BROADCAST, PACKET_MULTICAST, PACKET_OTHERHOST, PACKET_OUTGOING. */
export type PacketType = 'host' | 'broadcast' | 'multicast' | 'other-host' | 'outgoing'

export type Frame = {
  /** The whole frame from the Ethernet destination on, at most 1,520 octets. Valid until `onFrames` returns: copy what you keep. */
  readonly bytes: Uint8Array
  readonly ifIndex: number
  readonly packetType: PacketType
}

/**
 * 'link-down': the socket receives again by itself when the link is up. 'link-gone': the interface was removed; close the socket.
 * 'failed': any other error; the socket stays open.
 */
export type SocketProblem = { readonly problem: 'link-down' | 'link-gone' | 'failed'; readonly error: SocketError }

export type PacketSocketOptions = {
  readonly ifIndex: number
  /** 0x0806 for ARP, 0x86dd for IPv6, 3 for every protocol. */
  readonly etherType: number
  readonly filter: Filter
  onFrames(frames: readonly Frame[]): void
  onError(problem: SocketProblem): void
  /** Default: the machine's, mostly 212,992. More than net.core.rmem_max needs CAP_NET_ADMIN; without it, it is cut to that. */
  readonly receiveBufferBytes?: number
}

export type PacketSocket = {
  /** Whole Ethernet frames. Returns how many the kernel took; the rest is lost, as on a wire. Never throws. */
  send(frames: readonly Uint8Array[]): number
  /** Receives this multicast MAC until close or leaveGroup. Sends no MLD report. Joins are counted. */
  joinGroup(mac: Uint8Array): void
  leaveGroup(mac: Uint8Array): void
  /** Frames that passed the filter and were lost to a full receive buffer, since the last call. */
  lost(): number
  close(): void
}

const longestFrame = 1520
const SO_RCVBUF = 8
const SO_RCVBUFFORCE = 33
const SOL_PACKET = 263
const PACKET_ADD_MEMBERSHIP = 1
const PACKET_DROP_MEMBERSHIP = 2
const PACKET_STATISTICS = 6

/** A packet socket on one interface. Needs CAP_NET_RAW. Throws SocketError when it cannot be opened, and leaves nothing open. */
export function openPacketSocket(options: PacketSocketOptions): PacketSocket {
  const fd = check('socket(AF_PACKET)', native().socket(domain.packet, socketType.raw, 0))
  try {
    prepare(fd, options)
    const buffers = new MessageBuffers(longestFrame)
    check(
      'watch',
      native().watch(fd, buffers.memory, buffers.slotSize, (count) => deliver(buffers, count, options)),
    )
    return socketOf(fd, options)
  } catch (error) {
    native().close(fd)
    throw error
  }
}

/** The socket has protocol 0 until it is bound, last of all, so that nothing is queued before the filter is attached. */
function prepare(fd: number, { ifIndex, etherType, filter, receiveBufferBytes }: PacketSocketOptions): void {
  if (receiveBufferBytes !== undefined) {
    const size = int(receiveBufferBytes)
    const forced = native().setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, size)
    if (forced < 0) check('SO_RCVBUF', native().setsockopt(fd, SOL_SOCKET, SO_RCVBUF, size))
  }
  check('SO_ATTACH_FILTER', native().attachFilter(fd, assemble(filter)))
  check(`bind to interface ${ifIndex}`, native().bind(fd, sockaddrLl(ifIndex, etherType)))
}

const packetTypes: readonly PacketType[] = ['host', 'broadcast', 'multicast', 'other-host', 'outgoing']

function deliver(buffers: MessageBuffers, count: number, { onFrames, onError }: PacketSocketOptions): void {
  if (count < 0) {
    onError(problemOf(new SocketError('recvmmsg', count)))
    return
  }
  const frames: Frame[] = []
  for (let slot = 0; slot < count; slot++) {
    frames.push({
      bytes: buffers.data(slot),
      ifIndex: buffers.nameWord(slot, 4),
      packetType: packetTypes[buffers.nameOctet(slot, 10)] ?? 'other-host',
    })
  }
  onFrames(frames)
}

const problems: Readonly<Record<string, SocketProblem['problem']>> = { ENETDOWN: 'link-down', ENXIO: 'link-gone', ENODEV: 'link-gone' }
const problemOf = (error: SocketError): SocketProblem => ({ problem: problems[error.code] ?? 'failed', error })

function socketOf(fd: number, { ifIndex, onError }: PacketSocketOptions): PacketSocket {
  const outgoing = new MessageBuffers(longestFrame)
  let open = true
  const membership = (option: number, mac: Uint8Array): void => {
    const result = open ? native().setsockopt(fd, SOL_PACKET, option, packetMreq(ifIndex, mac)) : 0
    if (result < 0) onError(problemOf(new SocketError('multicast membership', result)))
  }
  return {
    send(frames) {
      if (!open) return 0
      const { count, refused } = sendAll(
        fd,
        outgoing,
        frames.map((octets) => ({ octets })),
      )
      if (refused !== undefined) onError(problemOf(refused))
      return count
    },
    joinGroup: (mac) => membership(PACKET_ADD_MEMBERSHIP, mac),
    leaveGroup: (mac) => membership(PACKET_DROP_MEMBERSHIP, mac),
    lost: () => (open ? drops(fd) : 0),
    close() {
      if (open) native().close(fd)
      open = false
    },
  }
}

/** struct tpacket_stats: packets, then drops; each read resets both. */
function drops(fd: number): number {
  const counters = new Uint32Array(2)
  check('PACKET_STATISTICS', native().getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, new Uint8Array(counters.buffer)))
  return counters[1] ?? 0
}

/** struct packet_mreq with PACKET_MR_MULTICAST. */
function packetMreq(ifIndex: number, mac: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  view.setInt32(0, ifIndex, little)
  view.setUint16(6, mac.length, little)
  bytes.set(mac, 8)
  return bytes
}
