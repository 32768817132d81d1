export { type Datagram, openUdpSocket, type UdpSocket, type UdpSocketOptions } from './sockets/udp-socket'
