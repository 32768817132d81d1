import type { Ip } from '@loadstone/ip'
import { ipFromBytes } from '@loadstone/ip/bytes'
import { little } from './constants'

/** Facts about a datagram beside its octets. Each needs a socket option to be set. */
export type DatagramInfo = {
  /** The destination address. */
  readonly to?: Ip
  /** The receiving interface. */
  readonly ifIndex?: number
  /** TTL or hop limit on arrival. */
  readonly ttl?: number
  /** When the kernel received the datagram, in microseconds since 1970. */
  readonly stampMicros?: number
}

const headerOctets = 16
const aligned = (octets: number): number => Math.ceil(octets / 8) * 8

/** Decodes the control messages of recvmsg on a 64-bit machine (cmsg(3)). Skips unknown ones and stops at one that is cut short. */
export function controlMessages(octets: Uint8Array): DatagramInfo {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
  let info: DatagramInfo = {}
  for (let at = 0; at + headerOctets <= octets.length; ) {
    const length = view.getUint32(at, little) // a size_t whose upper half is never used
    if (length < headerOctets || at + length > octets.length) break
    const data = octets.subarray(at + headerOctets, at + length)
    info = { ...info, ...reading(view.getInt32(at + 8, little), view.getInt32(at + 12, little), data) }
    at += aligned(length)
  }
  return info
}

const kinds: Readonly<Record<string, { readonly octets: number; readonly read: (view: DataView, data: Uint8Array) => DatagramInfo }>> = {
  // IP_PKTINFO: index, address of the route, address of the header
  '0 8': { octets: 12, read: (view, data) => ({ ifIndex: view.getInt32(0, little), ...destination(data.subarray(8, 12)) }) },
  // IP_TTL
  '0 2': { octets: 4, read: (view) => ({ ttl: view.getInt32(0, little) }) },
  // IPV6_PKTINFO: address, index
  '41 50': { octets: 20, read: (view, data) => ({ ifIndex: view.getInt32(16, little), ...destination(data.subarray(0, 16)) }) },
  // IPV6_HOPLIMIT
  '41 52': { octets: 4, read: (view) => ({ ttl: view.getInt32(0, little) }) },
  // SO_TIMESTAMPNS_NEW: seconds and nanoseconds, 64 bits each on every machine
  '1 64': {
    octets: 16,
    read: (view) => ({ stampMicros: Number(view.getBigInt64(0, little)) * 1e6 + Number(view.getBigInt64(8, little)) / 1000 }),
  },
}

function reading(level: number, type: number, data: Uint8Array): DatagramInfo {
  const kind = kinds[`${level} ${type}`]
  if (kind === undefined || data.length < kind.octets) return {}
  return kind.read(new DataView(data.buffer, data.byteOffset, data.byteLength), data)
}

function destination(octets: Uint8Array): Pick<DatagramInfo, 'to'> {
  const to = ipFromBytes(octets)
  return to === undefined ? {} : { to }
}
