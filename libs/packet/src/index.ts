export { type Filter, type FilterCheck, filters } from './filter/filter'
export { SocketError } from './kernel/native'
export { type Ipv6Groups, openIpv6Groups } from './sockets/ipv6-groups'
export {
  type Frame,
  openPacketSocket,
  type PacketSocket,
  type PacketSocketOptions,
  type PacketType,
  type SocketProblem,
} from './sockets/packet-socket'
