export { type DropCounters, readDropCounters } from './counters'
export { type Check, type Filter, filters } from './filter'
export { type Ipv6Groups, openIpv6Groups } from './ipv6-groups'
export type { Link } from './link-table'
export { SocketError } from './native'
export {
  type Addressed,
  type Frame,
  openPacketSocket,
  type PacketSocket,
  type PacketSocketOptions,
  type SocketProblem,
} from './packet-socket'
export type { LinkAddress, LinkFlags, LinkScope } from './rtnetlink'
export { type Md5Key, type TcpListenerOptions, type TcpSocketOptions, tcpListenerFd, tcpSocketFd } from './tcp'
export { type Datagram, openUdpSocket, type UdpSocket, type UdpSocketOptions } from './udp-socket'
export { type LinkWatch, type LinkWatchOptions, watchLinks } from './watch-links'
