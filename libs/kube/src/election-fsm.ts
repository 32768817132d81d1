import type { ElectionTiming } from './election'
import { inFollowing, inHolding, inReleasing, inStopped, inTaking } from './election-states'

/** A Lease as far as it decides who leads. */
export type Lease = {
  /** Empty: given back. */
  readonly holder: string
  readonly durationMillis: number
  readonly transitions: number
  readonly resourceVersion: string
}

export type Config = { readonly identity: string; readonly timing: ElectionTiming }

export type State =
  | { readonly at: 'stopped' }
  /** `lease`: the one whose running out we wait for. */
  | { readonly at: 'following'; readonly lease?: Lease }
  /** A write is under way that makes us the holder. */
  | { readonly at: 'taking'; readonly stopping: boolean }
  /** `renewing`: the answer to a renewal is awaited. `doubt`: somebody else may have the lease; we are looking. */
  | {
      readonly at: 'holding'
      readonly resourceVersion: string
      readonly leads: boolean
      readonly renewing: boolean
      readonly doubt: boolean
    }
  /** `sent`: or else the answer to a renewal is awaited first. */
  | { readonly at: 'releasing'; readonly sent: boolean }

export type At<Name extends State['at']> = Extract<State, { readonly at: Name }>

export type Event =
  | { readonly is: 'start' }
  | { readonly is: 'stop' }
  /** By the watch, which may lag behind. Without a lease: there is none. */
  | { readonly is: 'watched'; readonly lease?: Lease }
  /** By a GET: as it is now. */
  | { readonly is: 'read'; readonly lease?: Lease }
  | { readonly is: 'read-failed' }
  | { readonly is: 'written'; readonly resourceVersion: string; readonly tookMillis: number }
  /** The lease has changed since we read it. */
  | { readonly is: 'conflict' }
  /** Whether it took effect is unknown. */
  | { readonly is: 'write-failed' }
  | { readonly is: 'expired' }
  | { readonly is: 'poll-due' }
  | { readonly is: 'deadline-passed' }
  | { readonly is: 'settled' }

/** expiry: of another's lease. poll: read or renew again. deadline: to have renewed ours. settle: before we lead. */
export type Timer = 'expiry' | 'poll' | 'deadline' | 'settle'

export type Action =
  | { readonly do: 'watch' }
  | { readonly do: 'unwatch' }
  | { readonly do: 'read' }
  | { readonly do: 'create' }
  | { readonly do: 'take'; readonly lease: Lease }
  | { readonly do: 'renew'; readonly resourceVersion: string }
  | { readonly do: 'release'; readonly resourceVersion: string }
  /** The lease is ours, as of so long ago. */
  | { readonly do: 'hold'; readonly agoMillis: number }
  | { readonly do: 'lead' }
  | { readonly do: 'step-down'; readonly why: string }
  | { readonly do: 'arm'; readonly timer: Timer; readonly millis: number }
  | { readonly do: 'disarm'; readonly timer: Timer }

export type Step = { readonly state: State; readonly actions: readonly Action[] }

/**
 * Who leads. A lease is taken only when it was given back, or when it has not moved for its whole duration on our own monotonic
 * clock, and always with the resourceVersion we saw, so that of several who take it one succeeds. Holding it, we lead until
 * `renewDeadline` after the last renewal was *sent*, which is before anybody else can have waited for `duration`.
 */
export function step(config: Config, state: State, event: Event): Step {
  switch (state.at) {
    case 'stopped':
      return inStopped(state, event)
    case 'following':
      return inFollowing(config, state, event)
    case 'taking':
      return inTaking(config, state, event)
    case 'holding':
      return inHolding(config, state, event)
    case 'releasing':
      return inReleasing(state, event)
  }
}
