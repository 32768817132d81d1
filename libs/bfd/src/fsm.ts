import type { ControlPacket, SessionState } from './control'
import { armed, packetOf, periodMicros } from './fsm-output'
import { inAdminDown, onForgotten, onHeard } from './fsm-states'
import { afterChange, type Poll } from './poll'
import { announced, type Intervals } from './timing'

/** The role, RFC 5880 §6.1: a passive system stays silent until it is spoken to. */
export type Role = 'active' | 'passive'

/** What the session is to be like. It may change while the session lives. */
export type Wanted = Intervals & { readonly role: Role; readonly detectMultiplier: number }

/** What the peer's last packet said: the bfd.Remote… variables, RFC 5880 §6.8.1. */
export type Remote = Intervals & {
  readonly discriminator: number
  readonly state: SessionState
  readonly diagnostic: number
  readonly demand: boolean
  readonly detectMultiplier: number
}

/** `remote` is absent while bfd.RemoteDiscr is zero: nothing was heard for a detection time. In Init and Up it never is. */
export type State = { readonly wanted: Wanted; readonly diagnostic: number; readonly poll: Poll } & (
  | { readonly at: 'admin-down' | 'down'; readonly remote?: Remote }
  | { readonly at: 'init' | 'up'; readonly remote: Remote }
)

export type Event =
  | { readonly is: 'packet'; readonly packet: ControlPacket }
  | { readonly is: 'transmit-due' }
  | { readonly is: 'detection-expired' }
  | { readonly is: 'disabled' }
  | { readonly is: 'enabled' }
  | { readonly is: 'rewanted'; readonly wanted: Wanted }

export type Timer = 'transmit' | 'detection'
export type Action =
  /** `why` other than 'due' is out of turn, RFC 5880 §6.8.7: the shell may put it off for some milliseconds. */
  | { readonly do: 'send'; readonly why: 'due' | 'news' | 'final'; readonly packet: ControlPacket }
  /** 'transmit' counts from the last packet sent and is jittered by the shell, 'detection' from the last packet heard. */
  | { readonly do: 'arm'; readonly timer: Timer; readonly micros: number }
  | { readonly do: 'disarm'; readonly timer: Timer }

export type Config = { readonly discriminator: number }
export type Step = { readonly state: State; readonly actions: readonly Action[] }

/** RFC 5880 §6.8.1: a session begins Down, without a diagnostic, knowing nothing of the peer. */
export const initial = (wanted: Wanted): State => ({ at: 'down', wanted, diagnostic: 0, poll: { is: 'idle' } })

/** The whole protocol decision, RFC 5880 §6.8. No sockets, no clock: what to do comes back as data. */
export function step(config: Config, before: State, event: Event): Step {
  const decided = decide(before, event)
  const after = pollFor(before, decided)
  return { state: after, actions: [...sends(config, before, after, event), ...armed(before, after, event)] }
}

/** What a session does first: an active one speaks at once, RFC 5880 §6.1. */
export function begin(config: Config, state: State): Step {
  const silent = state.wanted.role === 'passive' && state.remote === undefined
  const first: readonly Action[] = silent ? [] : [{ do: 'send', why: 'due', packet: packetOf(config, state) }]
  return { state, actions: [...first, ...armed(undefined, state, { is: 'enabled' })] }
}

function decide(state: State, event: Event): State {
  switch (event.is) {
    case 'packet':
      return onHeard(state, event.packet)
    case 'detection-expired':
      return onForgotten(state)
    case 'disabled':
      return inAdminDown(state)
    case 'enabled':
      return state.at === 'admin-down' ? { ...state, at: 'down' } : state
    case 'rewanted':
      return { ...state, wanted: event.wanted }
    case 'transmit-due':
      return state
  }
}

/** RFC 5880 §6.8.3: whatever changed our intervals, a Poll Sequence tells the peer; of the multiplier too, as §6.6 asks in demand mode. */
function pollFor(before: State, after: State): State {
  const [known, now] = [announced(before.at, before.wanted), announced(after.at, after.wanted)]
  const sameIntervals = known.minTxMicros === now.minTxMicros && known.minRxMicros === now.minRxMicros
  const same = sameIntervals && before.wanted.detectMultiplier === after.wanted.detectMultiplier
  return same ? after : { ...after, poll: afterChange(after.poll, known) }
}

/** One packet at most for each event, RFC 5880 §6.8.7: the periodic one, the answer to a Poll, or news of a change of state. */
function sends(config: Config, before: State, after: State, event: Event): readonly Action[] {
  const silent = after.wanted.role === 'passive' && after.remote === undefined
  if (silent) return []
  const packet = packetOf(config, after)
  if (event.is === 'packet' && event.packet.poll && after.at !== 'admin-down') {
    return [{ do: 'send', why: 'final', packet: { ...packet, poll: false, final: true } }]
  }
  if (before.at !== after.at) return [{ do: 'send', why: 'news', packet }]
  return event.is === 'transmit-due' && periodMicros(after) !== undefined ? [{ do: 'send', why: 'due', packet }] : []
}
