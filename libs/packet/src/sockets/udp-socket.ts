import { systemClock, wallMillis } from '@loadstone/clock'
import type { Family, Ip } from '@loadstone/ip'
import { ipFromBytes } from '@loadstone/ip/bytes'
import { assemble } from '../filter/bpf'
import type { Filter } from '../filter/filter'
import { cString, domain, int, little, SOL_SOCKET, socketType } from '../kernel/constants'
import { controlMessages, type DatagramInfo } from '../kernel/control-messages'
import { batchSize, MessageBuffers } from '../kernel/message-buffers'
import { check, native, SocketError } from '../kernel/native'
import { sendAll } from '../kernel/send'
import { sockaddrIn } from '../kernel/sockaddr'

export type Datagram = {
  /** Valid until `onDatagram` returns: copy what you keep. */
  readonly bytes: Uint8Array
  readonly from: Ip
  readonly fromPort: number
  readonly to?: Ip
  readonly ifIndex?: number
  /** TTL or hop limit on arrival. */
  readonly ttl?: number
  /** Microseconds since the kernel received the datagram. At most the time since the socket was last empty, should the wall clock jump. */
  readonly lateMicros: number
}

export type UdpSocketOptions = {
  readonly family: Family
  /** Default: any address of the family; the kernel then chooses the source of what is sent. */
  readonly source?: Ip
  /** Default: any free port. */
  readonly port?: number
  /** Bind to this interface. Needs CAP_NET_RAW. */
  readonly device?: string
  /** TTL or hop limit of what is sent, 1 to 255. */
  readonly ttl?: number
  /** Octet of type of service or traffic class of what is sent. */
  readonly trafficClass?: number
  /** Runs in the kernel, before a datagram is queued. */
  readonly filter?: Filter
  /** Absent: the socket only sends, and the kernel drops what arrives. */
  readonly onDatagram?: (datagram: Datagram) => void
  /** Receiving failed; the socket stays open. */
  readonly onError?: (error: SocketError) => void
}

export type UdpSocket = {
  /** Index of `device`. */
  readonly ifIndex?: number
  /** Returns the kernel's refusal, if any. A full queue is a loss as on a wire and no refusal. */
  send(bytes: Uint8Array, to: Ip, port: number): SocketError | undefined
  close(): void
}

const longestDatagram = 2048
const SO_BINDTODEVICE = 25
const SO_BINDTOIFINDEX = 62
const SO_TIMESTAMPNS_NEW = 64
const on = int(1)
const nothing: Filter = [{ size: 1, at: 0, is: [] }]

/** A bound UDP socket. Throws SocketError (EADDRINUSE, ENODEV and others) and then leaves nothing open. */
export function openUdpSocket(options: UdpSocketOptions): UdpSocket {
  const { family, device, source = anyAddress[options.family], port = 0, onDatagram } = options
  const fd = check('socket(UDP)', native().socket(domain[family], socketType.datagram, 0))
  try {
    if (device !== undefined) check(`bind to ${device}`, native().setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, cString(device)))
    for (const { name, level, option, value } of settings(options)) check(name, native().setsockopt(fd, level, option, value))
    check('SO_ATTACH_FILTER', native().attachFilter(fd, assemble(onDatagram === undefined ? nothing : (options.filter ?? []))))
    check(`bind ${source} port ${port}`, native().bind(fd, sockaddrIn(source, port)))
    if (onDatagram !== undefined) receive(fd, onDatagram, options.onError)
    return socketOf(fd, device === undefined ? {} : { ifIndex: boundIndex(fd) })
  } catch (error) {
    native().close(fd)
    throw error
  }
}

const anyAddress = { ipv4: '0.0.0.0' as Ip, ipv6: '::' as Ip }
type Setting = { readonly name: string; readonly level: number; readonly option: number; readonly value: Uint8Array }
const numbers = {
  ipv4: { level: 0, ttl: 2, trafficClass: 1, info: [8, 12] }, // IP_PKTINFO, IP_RECVTTL
  ipv6: { level: 41, ttl: 16, trafficClass: 67, info: [49, 51] }, // IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT
}

function settings({ family, ttl, trafficClass, onDatagram }: UdpSocketOptions): readonly Setting[] {
  const { level, info, ...option } = numbers[family]
  const only: readonly Setting[] = family === 'ipv6' ? [{ name: 'IPV6_V6ONLY', level, option: 26, value: on }] : []
  const hops = ttl === undefined ? [] : [{ name: 'TTL', level, option: option.ttl, value: int(ttl) }]
  const service =
    trafficClass === undefined ? [] : [{ name: 'traffic class', level, option: option.trafficClass, value: int(trafficClass) }]
  const stamps: Setting = { name: 'SO_TIMESTAMPNS', level: SOL_SOCKET, option: SO_TIMESTAMPNS_NEW, value: on }
  const asked =
    onDatagram === undefined ? [] : [stamps, ...info.map((number) => ({ name: `option ${number}`, level, option: number, value: on }))]
  return [...only, ...hops, ...service, ...asked]
}

function boundIndex(fd: number): number {
  const value = new Uint8Array(4)
  check('SO_BINDTOIFINDEX', native().getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, value))
  return new DataView(value.buffer).getInt32(0, little)
}

function receive(fd: number, onDatagram: (datagram: Datagram) => void, onError: UdpSocketOptions['onError']): void {
  const buffers = new MessageBuffers(longestDatagram)
  let emptyAt = systemClock.now()
  const deliver = (count: number): void => {
    if (count < 0) onError?.(new SocketError('recvmmsg', count))
    const longest = (systemClock.now() - emptyAt) * 1000
    const wallMicros = wallMillis() * 1000
    for (let slot = 0; slot < count; slot++) {
      const { stampMicros = wallMicros, ...info } = controlMessages(buffers.control(slot))
      onDatagram(datagramOf(buffers, slot, info, Math.min(longest, Math.max(0, wallMicros - stampMicros))))
    }
    if (count < batchSize) emptyAt = systemClock.now()
  }
  check('watch', native().watch(fd, buffers.memory, buffers.slotSize, deliver))
}

function datagramOf(buffers: MessageBuffers, slot: number, info: Omit<DatagramInfo, 'stampMicros'>, lateMicros: number): Datagram {
  const name = buffers.name(slot)
  const address = name.length === 28 ? name.subarray(8, 24) : name.subarray(4, 8)
  const fromPort = buffers.nameOctet(slot, 2) * 256 + buffers.nameOctet(slot, 3)
  return { bytes: buffers.data(slot), from: ipFromBytes(address) ?? anyAddress.ipv4, fromPort, ...info, lateMicros }
}

function socketOf(fd: number, bound: Pick<UdpSocket, 'ifIndex'>): UdpSocket {
  const outgoing = new MessageBuffers(longestDatagram, 1)
  let open = true
  return {
    ...bound,
    send: (octets, to, port) => (open ? sendAll(fd, outgoing, [{ octets, name: sockaddrIn(to, port) }]).refused : undefined),
    close() {
      if (open) native().close(fd)
      open = false
    },
  }
}
