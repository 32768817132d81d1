export { type DropCounters, readDropCounters } from './sockets/drop-counters'
export { type Md5Key, type TcpListenerOptions, type TcpSocketOptions, tcpListenerFd, tcpSocketFd } from './sockets/tcp-socket'
