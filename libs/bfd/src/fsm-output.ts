import type { ControlPacket } from './control'
import type { Action, Config, Event, Remote, State, Timer } from './fsm'
import { inForce } from './poll'
import { announced, detectionMicros, type Intervals, transmitMicros } from './timing'

/** What a state makes us send, RFC 5880 §6.8.7. We offer no echo, no demand mode, and die with our process: those bits stay clear. */
export function packetOf({ discriminator }: Config, state: State): ControlPacket {
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
const unheard: Intervals = { minTxMicros: 1, minRxMicros: 1 }

/** The period of our packets before jitter; absent when RFC 5880 §6.8.7 forbids periodic packets. */
export function periodMicros(state: State): number | undefined {
  const { remote, wanted } = state
  if (remote === undefined) return wanted.role === 'passive' ? undefined : transmitMicros(timedBy(state), unheard)
  const unwanted = remote.minRxMicros === 0 || demandedQuiet(state, remote)
  return unwanted ? undefined : transmitMicros(timedBy(state), remote)
}

/** Demand mode is active on the peer, RFC 5880 §6.8.7, and no Poll Sequence of ours is under way. */
const demandedQuiet = ({ at, poll }: State, remote: Remote): boolean =>
  remote.demand && at === 'up' && remote.state === 'up' && poll.is !== 'running'

/** How long the peer may be silent; absent when it has been silent for so long already. */
export function patienceMicros(state: State): number | undefined {
  return state.remote === undefined ? undefined : detectionMicros(timedBy(state), state.remote)
}

/** Timers follow from the state: set anew when their length changed, and each by the event that restarts it. */
export function armed(before: State | undefined, after: State, event: Event): readonly Action[] {
  const period = periodMicros(after)
  const patience = patienceMicros(after)
  const periodKept = before !== undefined && event.is !== 'transmit-due' && period === periodMicros(before)
  const patienceKept = before !== undefined && event.is !== 'packet' && patience === patienceMicros(before)
  return [...(periodKept ? [] : [timer('transmit', period)]), ...(patienceKept ? [] : [timer('detection', patience)])]
}

const timer = (name: Timer, micros: number | undefined): Action =>
  micros === undefined ? { do: 'disarm', timer: name } : { do: 'arm', timer: name, micros }

/** How long AdminDown is told before the session may be forgotten: a detection time, RFC 5880 §6.8.16, and twice at least. */
export const lingerMicros = (state: State): number =>
  Math.max(patienceMicros(state) ?? 0, periodMicros({ ...state, at: 'admin-down' }) ?? 0)

/** Whether the peer has followed us down, or is not there to do so. */
export const farewellHeard = ({ remote }: State): boolean =>
  remote === undefined || remote.state === 'down' || remote.state === 'admin-down'
