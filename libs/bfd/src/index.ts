export { type BfdOptions, createBfd } from './bfd'
export type { BfdSessionState } from './packet/control-packet'
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
export type { Drop } from './session/reception'
export type { Session } from './session/session'
export type { SessionOptions } from './session/session-options'
