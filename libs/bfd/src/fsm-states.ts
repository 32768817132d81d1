import type { ControlPacket, SessionState } from './control'
import { diagnostic } from './diagnostics'
import type { Remote, State } from './fsm'
import { afterPacket } from './poll'

/** RFC 5880 §6.8.6, from "Set bfd.RemoteDiscr" on: the packet has been accepted for this session. */
export function onHeard(state: State, packet: ControlPacket): State {
  const heard = { ...state, remote: remoteOf(packet), poll: afterPacket(state.poll, packet.final) }
  const at = next(state.at, packet.state)
  if (at === state.at) return heard
  return { ...heard, at, diagnostic: afterMove(at, state.diagnostic) }
}

/** RFC 5880 §6.8.4 and §6.8.1: a detection time passed in silence. What was learned of the peer goes with it. */
export function onForgotten({ remote: _gone, ...state }: State): State {
  const was = state.at
  if (was === 'admin-down' || was === 'down') return { ...state, at: was }
  return { ...state, at: 'down', diagnostic: diagnostic.detectionTimeExpired }
}

/** RFC 5880 §6.8.16. */
export const inAdminDown = (state: State): State => ({ ...state, at: 'admin-down', diagnostic: diagnostic.administrativelyDown })

/** The state machine of RFC 5880 §6.2, as §6.8.6 words it: the peer's state decides. */
function next(at: SessionState, peer: SessionState): SessionState {
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

/** Cleared when the session is up; kept through Init, so that the peer can still read why the last one failed. */
function afterMove(to: SessionState, before: number): number {
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
