// Entry point bgp-js/transport: what Peer and Listener need of TCP, and TCP of the system.
export { tcpTransport } from './tcp/tcp'
export type {
  AcceptConnection,
  Connection,
  ConnectionListener,
  ConnectionLost,
  ConnectOptions,
  ListenOptions,
  TcpTransport,
} from './tcp/transport'
