import type { BfdSessionState } from '../packet/control-packet'
import type { State } from './fsm'
import type { ProfileNote } from './profile'
import type { Drop } from './reception'

/** The timers that both ends settled on (RFC 5880 §6.8.4, §6.8.7). */
export type SessionTimers = {
  /** Our packets' interval before jitter. 0: the peer asked for none (RFC 5880 §6.8.7, §6.6). */
  readonly transmitMicros: number
  /** How long the peer may be silent before the session goes down. */
  readonly detectionMicros: number
}

/** Why a session left Up. */
export type SessionDown = {
  /** The diagnostic in the words of RFC 5880 §4.1: "Control Detection Time Expired". */
  readonly diagnostic: string
  /** 'silence': no packet for the detection time; 'peer': the peer signalled Down or AdminDown; 'us': disabled at this end. */
  readonly by: 'silence' | 'peer' | 'us'
  /** For a person: who, what, and for how long. */
  readonly message: string
}

/** The events of a session, by name. Listeners run at once, in the order of on(), and must not throw. A listener may call any method of the session. */
export type SessionEvents = {
  /** Fires in every state, on each change (RFC 5880 §6.2), before `up` or `down`. */
  readonly state: { readonly state: BfdSessionState; readonly previous: BfdSessionState }
  /** Fires in Up, when the session comes up, with the timers that both ends settled on. */
  readonly up: SessionTimers
  /** Fires in Down or AdminDown, after the session left Up. */
  readonly down: SessionDown
  /** Fires in Up: the intervals or the detection time changed. */
  readonly parameters: SessionTimers
  /** Fires in every state: a packet for this session was dropped, for another reason than the last one. */
  readonly dropped: { readonly reason: Drop; readonly message: string }
  /** Fires in every state: packets cannot be sent or received. Repeated only when the message changes; the session goes on trying. */
  readonly trouble: { readonly message: string }
}

/** Counters since the session was made, with the names and meaning of metallb_bfd_*. */
export type BfdCounters = {
  readonly controlPacketInput: number
  readonly controlPacketOutput: number
  readonly sessionUpEvents: number
  readonly sessionDownEvents: number
  readonly dropped: Readonly<Record<Drop, number>>
}

/** A snapshot; taking it costs little. */
export type BfdSessionStatus = {
  readonly state: BfdSessionState
  /** When the session entered the state, on the Bfd's own clock. */
  readonly sinceMillis: number
  /** Present timers; absent while the peer is not heard. */
  readonly pace?: SessionTimers
  /** The peer's state and diagnostic in words, while it is heard. */
  readonly peer?: { readonly state: BfdSessionState; readonly diagnostic: string; readonly discriminator: number }
  readonly discriminator: number
  readonly lastDown?: SessionDown
  readonly lastDropped?: { readonly reason: Drop; readonly message: string }
  readonly trouble?: string
  /** Intervals of the profile that are not met. */
  readonly notes: readonly ProfileNote[]
  readonly counters: BfdCounters
}

/** What a successor process needs to continue a session without a change of state. Plain data, so JSON and postMessage keep it. */
export type SessionHandover = { readonly discriminator: number; readonly sourcePort: number; readonly state: State }
