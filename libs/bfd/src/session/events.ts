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

export type SessionDown = {
  /** RFC 5880 §4.1, in its words: "Control Detection Time Expired". */
  readonly diagnostic: string
  /** 'silence': nothing heard; 'peer': it said so; 'us': disabled here. */
  readonly by: 'silence' | 'peer' | 'us'
  /** For a person: who, what, and for how long. */
  readonly message: string
}

/** The events of a session, by name. Listeners are called at once, in the order they came, and must not throw. */
export type SessionEvents = {
  readonly state: { readonly state: BfdSessionState; readonly previous: BfdSessionState }
  readonly up: SessionTimers
  readonly down: SessionDown
  /** Fires in Up: the intervals or the detection time changed. */
  readonly parameters: SessionTimers
  /** A packet for this session was dropped for another reason than the last one. */
  readonly dropped: { readonly reason: Drop; readonly message: string }
  /** Packets cannot be sent or received; repeated only when the message changes. The session goes on trying. */
  readonly trouble: { readonly message: string }
}

/** Counted since the session was made. Names and meaning of metallb_bfd_*. */
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
  /** Present while the peer is heard. */
  readonly pace?: SessionTimers
  /** The peer's state and diagnostic in words, while it is heard. */
  readonly peer?: { readonly state: BfdSessionState; readonly diagnostic: string; readonly discriminator: number }
  readonly discriminator: number
  readonly lastDown?: SessionDown
  readonly lastDropped?: { readonly reason: Drop; readonly message: string }
  readonly trouble?: string
  /** What the profile asked for and does not get. */
  readonly notes: readonly ProfileNote[]
  readonly counters: BfdCounters
}

/** What a successor process needs to go on with a session as if nothing had happened. Plain data: it survives JSON and postMessage. */
export type SessionHandover = { readonly discriminator: number; readonly sourcePort: number; readonly state: State }
