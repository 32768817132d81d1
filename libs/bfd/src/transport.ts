// Entry point @loadstone/bfd/transport: what createBfd() needs of UDP, and UDP of the system.
export type { Arrival, PacketSender, SessionPath, UdpTransport } from './udp/transport'
export { udpTransport } from './udp/udp'
