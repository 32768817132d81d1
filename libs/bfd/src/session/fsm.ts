import type { BfdSessionState, ControlPacket } from '../packet/control-packet'
import { diagnostic } from '../packet/diagnostics'
import { afterChange, afterPacket, inForce, type Poll } from '../timers/poll-sequence'
import { announced, detectionMicros, type Intervals, transmitMicros } from '../timers/timing'

/** The role, RFC 5880 §6.1: a passive system stays silent until it is spoken to. */
export type BfdRole = 'active' | 'passive'

/** The configured variables of RFC 5880 §6.8.1. They may change while the session lives. */
export type LocalParameters = Intervals & { readonly role: BfdRole; readonly detectMultiplier: number }

/** The bfd.Remote… variables of RFC 5880 §6.8.1, from the peer's last packet. */
type Remote = Intervals & {
  readonly discriminator: number
  readonly state: BfdSessionState
  readonly diagnostic: number
  readonly demand: boolean
  readonly detectMultiplier: number
}

/** `remote` is absent while bfd.RemoteDiscr is zero: nothing was heard for a detection time. In Init and Up it never is. */
export type State = { readonly wanted: LocalParameters; readonly diagnostic: number; readonly poll: Poll } & (
  | { readonly at: 'admin-down' | 'down'; readonly remote?: Remote }
  | { readonly at: 'init' | 'up'; readonly remote: Remote }
)

export type Event =
  | { readonly is: 'packet'; readonly packet: ControlPacket }
  | { readonly is: 'transmit-due' }
  | { readonly is: 'detection-expired' }
  | { readonly is: 'disabled' }
  | { readonly is: 'enabled' }
  | { readonly is: 'profile-changed'; readonly wanted: LocalParameters }

export type Timer = 'transmit' | 'detection'
export type Action =
  /** `why` other than 'due' is out of turn, RFC 5880 §6.8.7: the shell may put it off for some milliseconds. */
  | { readonly do: 'send'; readonly why: 'due' | 'news' | 'final'; readonly packet: ControlPacket }
  /** 'transmit' counts from the last packet sent and is jittered by the shell, 'detection' from the last packet heard. */
  | { readonly do: 'arm'; readonly timer: Timer; readonly micros: number }
  | { readonly do: 'disarm'; readonly timer: Timer }

type Config = { readonly discriminator: number }
export type Step = { readonly state: State; readonly actions: readonly Action[] }

/** RFC 5880 §6.8.1: a session begins Down, without a diagnostic, knowing nothing of the peer. */
export const initial = (wanted: LocalParameters): State => ({ at: 'down', wanted, diagnostic: 0, poll: { is: 'idle' } })

/** The transition function of RFC 5880 §6.8. Pure: actions are returned as data. */
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
      return onPacket(state, event.packet)
    case 'detection-expired':
      return onDetectionExpired(state)
    case 'disabled':
      return inAdminDown(state)
    case 'enabled':
      return state.at === 'admin-down' ? { ...state, at: 'down' } : state
    case 'profile-changed':
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

/** RFC 5880 §6.8.6, from "Set bfd.RemoteDiscr" on: the packet has been accepted for this session. */
function onPacket(state: State, packet: ControlPacket): State {
  const received = { ...state, remote: remoteOf(packet), poll: afterPacket(state.poll, packet.final) }
  const at = next(state.at, packet.state)
  if (at === state.at) return received
  return { ...received, at, diagnostic: afterMove(at, state.diagnostic) }
}

/** RFC 5880 §6.8.4 and §6.8.1: a detection time passed in silence. What was learned of the peer goes with it. */
function onDetectionExpired({ remote: _gone, ...state }: State): State {
  const was = state.at
  if (was === 'admin-down' || was === 'down') return { ...state, at: was }
  return { ...state, at: 'down', diagnostic: diagnostic.detectionTimeExpired }
}

/** RFC 5880 §6.8.16. */
const inAdminDown = (state: State): State => ({ ...state, at: 'admin-down', diagnostic: diagnostic.administrativelyDown })

/** The state machine of RFC 5880 §6.2, as §6.8.6 words it: the peer's state decides. */
function next(at: BfdSessionState, peer: BfdSessionState): BfdSessionState {
  switch (at) {
    case 'admin-down':
      return 'admin-down'
    case 'down':
      return peer === 'down' ? 'init' : peer === 'init' ? 'up' : 'down'
    case 'init':
      return peer === 'admin-down' ? 'down' : peer === 'down' ? 'init' : 'up'
    case 'up':
      return peer === 'admin-down' || peer === 'down' ? 'down' : 'up'
  }
}

/** The diagnostic is cleared in Up, and kept in Init so that the peer can read why the session failed before. */
function afterMove(to: BfdSessionState, before: number): number {
  if (to === 'up') return diagnostic.none
  return to === 'down' ? diagnostic.neighborSignaledDown : before
}

function remoteOf(packet: ControlPacket): Remote {
  return {
    discriminator: packet.myDiscriminator,
    state: packet.state,
    diagnostic: packet.diagnostic,
    demand: packet.demand,
    minTxMicros: packet.desiredMinTxMicros,
    minRxMicros: packet.requiredMinRxMicros,
    detectMultiplier: packet.detectMultiplier,
  }
}

/** The packet of a state, RFC 5880 §6.8.7. Echo, demand mode and control plane independence are not supported, so their bits are clear. */
function packetOf({ discriminator }: Config, state: State): ControlPacket {
  const local = announced(state.at, state.wanted)
  return {
    diagnostic: state.diagnostic,
    state: state.at,
    poll: state.poll.is === 'running',
    final: false,
    controlPlaneIndependent: false,
    demand: false,
    detectMultiplier: state.wanted.detectMultiplier,
    myDiscriminator: discriminator,
    yourDiscriminator: state.remote?.discriminator ?? 0,
    desiredMinTxMicros: local.minTxMicros,
    requiredMinRxMicros: local.minRxMicros,
    requiredMinEchoRxMicros: 0,
  }
}

/** RFC 5880 §6.8.3: values that a Poll Sequence has yet to confirm are held back, but only while the session is up. */
function timedBy(state: State): Intervals {
  const local = announced(state.at, state.wanted)
  return state.at === 'up' ? inForce(state.poll, local) : local
}

/** bfd.RemoteMinRxInterval is 1 until something else is heard, RFC 5880 §6.8.1: no limit. */
const initialRemote: Intervals = { minTxMicros: 1, minRxMicros: 1 }

/** The period of our packets before jitter; absent when RFC 5880 §6.8.7 forbids periodic packets. */
export function periodMicros(state: State): number | undefined {
  const { remote, wanted } = state
  if (remote === undefined) return wanted.role === 'passive' ? undefined : transmitMicros(timedBy(state), initialRemote)
  const unwanted = remote.minRxMicros === 0 || demandedQuiet(state, remote)
  return unwanted ? undefined : transmitMicros(timedBy(state), remote)
}

/** Demand mode is active on the peer, RFC 5880 §6.8.7, and no Poll Sequence of ours is under way. */
const demandedQuiet = ({ at, poll }: State, remote: Remote): boolean =>
  remote.demand && at === 'up' && remote.state === 'up' && poll.is !== 'running'

/** The detection time; absent when it has passed already. */
export function detectionTimeMicros(state: State): number | undefined {
  return state.remote === undefined ? undefined : detectionMicros(timedBy(state), state.remote)
}

/** Timers of the next state: a timer is armed when its length changed, or by the event that restarts it. */
function armed(before: State | undefined, after: State, event: Event): readonly Action[] {
  const period = periodMicros(after)
  const detection = detectionTimeMicros(after)
  const periodKept = before !== undefined && event.is !== 'transmit-due' && period === periodMicros(before)
  const detectionKept = before !== undefined && event.is !== 'packet' && detection === detectionTimeMicros(before)
  return [...(periodKept ? [] : [timer('transmit', period)]), ...(detectionKept ? [] : [timer('detection', detection)])]
}

const timer = (name: Timer, micros: number | undefined): Action =>
  micros === undefined ? { do: 'disarm', timer: name } : { do: 'arm', timer: name, micros }
