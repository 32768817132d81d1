export { type BfdOptions, createBfd } from './bfd'
export { type BfdSessionState, bfdControl, type ControlPacket, decodeControl, encodeControl } from './packet/control-packet'
export { diagnosticWords } from './packet/diagnostics'
export type { Bfd } from './session/bfd'
export type { BfdCounters, BfdSessionStatus, SessionDown, SessionEvents, SessionHandover, SessionTimers } from './session/events'
export {
  type AcceptedProfile,
  acceptProfile,
  type Profile,
  type ProfileNote,
  type ProfileRefusal,
  type RefusedProfile,
} from './session/profile'
export { type Drop, dropWords } from './session/reception'
export type { Session } from './session/session'
export type { SessionOptions } from './session/session-options'
export type { Arrival, PacketSender, SessionPath, UdpTransport } from './udp/transport'
export { udpTransport } from './udp/udp'
