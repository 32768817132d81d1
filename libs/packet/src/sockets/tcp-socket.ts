import type { Family, Ip } from '@loadstone/ip'
import { cString, domain, int, little, SOL_SOCKET, socketType } from '../kernel/constants'
import { check, native } from '../kernel/native'
import { sockaddrIn } from '../kernel/sockaddr'

/** TCP-MD5 (RFC 2385) with one peer. The key is 1 to 80 octets of UTF-8. */
export type Md5Key = { readonly peer: Ip; readonly key: string }

export type TcpSocketOptions = {
  readonly family: Family
  /** Bind to this local address. A link-local one needs `device` too. */
  readonly source?: Ip
  /** Bind to this interface: a VRF, or the link of a link-local peer. */
  readonly device?: string
  /** TTL or hop limit of what is sent, 1 to 255. */
  readonly ttl?: number
  /** GTSM (RFC 5082): the kernel drops segments that arrive with less. */
  readonly minTtl?: number
  /** TOS or traffic class octet: 0xc0 is CS6, network control. */
  readonly trafficClass?: number
  readonly md5?: readonly Md5Key[]
}

export type TcpListenerOptions = TcpSocketOptions & { readonly port: number }

/**
 * A TCP socket before connect, for `new net.Socket({ fd, readable: true, writable: true, manualStart: true })`, which then owns the
 * descriptor. A peer without our MD5 key neither answers nor refuses: set a connect timeout. Throws SocketError and leaves nothing open.
 */
export function tcpSocketFd(options: TcpSocketOptions): number {
  return configured(options, (fd) => {
    if (options.source !== undefined) check(`bind ${options.source}`, native().bind(fd, sockaddrIn(options.source, 0)))
  })
}

/** A bound TCP socket, for `server.listen({ fd })`. An absent `source` is every address of the family. Throws SocketError. */
export function tcpListenerFd(options: TcpListenerOptions): number {
  return configured(options, (fd) => {
    check('SO_REUSEADDR', native().setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, int(1)))
    const source = options.source ?? anyAddress[options.family]
    check(`bind ${source} port ${options.port}`, native().bind(fd, sockaddrIn(source, options.port)))
  })
}

function configured(options: TcpSocketOptions, bind: (fd: number) => void): number {
  const fd = check('socket', native().socket(domain[options.family], socketType.stream, 0))
  try {
    for (const { name, level, option, value } of socketOptions(options)) check(name, native().setsockopt(fd, level, option, value))
    bind(fd)
    return fd
  } catch (error) {
    native().close(fd)
    throw error
  }
}

type SocketOption = { readonly name: string; readonly level: number; readonly option: number; readonly value: Uint8Array }

const SO_REUSEADDR = 2
const SO_BINDTODEVICE = 25
const TCP_MD5SIG = 14
const levels = { socket: SOL_SOCKET, ipv4: 0, ipv6: 41, tcp: 6 } as const
const numbers = {
  ttl: { ipv4: 2, ipv6: 16 },
  minTtl: { ipv4: 21, ipv6: 73 },
  trafficClass: { ipv4: 1, ipv6: 67 },
} as const
const anyAddress = { ipv4: '0.0.0.0' as Ip, ipv6: '::' as Ip }

/** Bind to the device first: a link-local source address is only bindable on a device. */
function socketOptions(options: TcpSocketOptions): readonly SocketOption[] {
  const { family, device, md5 = [] } = options
  const bound =
    device === undefined ? [] : [{ name: `bind to ${device}`, level: levels.socket, option: SO_BINDTODEVICE, value: cString(device) }]
  const only = family === 'ipv4' ? [] : [{ name: 'IPV6_V6ONLY', level: levels.ipv6, option: 26, value: int(1) }]
  const hops = (['ttl', 'minTtl', 'trafficClass'] as const).flatMap((name) => {
    const value = options[name]
    return value === undefined ? [] : [{ name, level: levels[family], option: numbers[name][family], value: int(value) }]
  })
  const keys = md5.map((key) => ({ name: `TCP-MD5 key for ${key.peer}`, level: levels.tcp, option: TCP_MD5SIG, value: md5sig(key) }))
  return [...bound, ...only, ...hops, ...keys]
}

/** struct tcp_md5sig, linux/tcp.h: peer in 128 octets, key length at 130, key at 136. */
function md5sig({ peer, key }: Md5Key): Uint8Array {
  const octets = new TextEncoder().encode(key)
  if (octets.length < 1 || octets.length > 80) throw new RangeError(`TCP-MD5 key for ${peer}: ${octets.length} octets; it takes 1 to 80`)
  const bytes = new Uint8Array(216)
  bytes.set(sockaddrIn(peer, 0))
  new DataView(bytes.buffer).setUint16(130, octets.length, little)
  bytes.set(octets, 136)
  return bytes
}
