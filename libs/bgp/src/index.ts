export { type Route, type RouteText, route } from './adj-rib-out/route'
export type { NotAdvertisedReason, RouteCounts, Unannounced } from './adj-rib-out/unannounced'
export type { BgpSessionState, Failure, MessageCounts, PeerCounters, PeerEvents, PeerStatus } from './events'
export { Listener, type ListenerEvents, type ListenerOptions, type ListenerPeer } from './listener'
export type { NegotiatedSession } from './message/negotiated-session'
export { type Community, type LargeCommunity, parseCommunity, parseLargeCommunity, wellKnown } from './message/update/community'
export { type ExtendedCommunity, parseExtendedCommunity } from './message/update/extended-community'
export type { AnnouncedPaths, Attributes, Origin, Update, WithdrawnPaths } from './message/update/update'
export type { PeerOptions } from './options'
export { Peer, type PeerDeps } from './peer'
export type { AddPath, BgpRole } from './session/peer-open'
export { systemTransport, tcpTransport } from './tcp/tcp'
export type {
  AcceptConnection,
  Connection,
  ConnectionListener,
  ConnectionLost,
  ConnectOptions,
  ListenOptions,
  TcpTransport,
} from './tcp/transport'
