import { diagnostic, diagnosticWords } from '../packet/diagnostics'
import type { BfdSessionStatus, SessionDown, SessionTimers } from './events'
import { detectionTimeMicros, periodMicros, type State } from './fsm'

/** The negotiated timers; absent while the peer is not heard. */
export function timersOf(state: State): SessionTimers | undefined {
  const detection = detectionTimeMicros(state)
  return detection === undefined ? undefined : { transmitMicros: periodMicros(state) ?? 0, detectionMicros: detection }
}

/** Why a session left Up. */
export function downOf(peer: string, before: State, after: State): SessionDown {
  const words = diagnosticWords(after.diagnostic)
  switch (after.diagnostic) {
    case diagnostic.detectionTimeExpired:
      return {
        diagnostic: words,
        by: 'silence',
        message: `${words}: nothing heard from ${peer} for ${millis(detectionTimeMicros(before))} ms`,
      }
    case diagnostic.neighborSignaledDown:
      return { diagnostic: words, by: 'peer', message: `${words}: ${peer} is ${after.remote?.state}, its diagnostic ${theirWords(after)}` }
    default:
      return { diagnostic: words, by: 'us', message: `${words} here` }
  }
}

export function peerOf({ remote }: State): BfdSessionStatus['peer'] {
  if (remote === undefined) return undefined
  return { state: remote.state, diagnostic: diagnosticWords(remote.diagnostic), discriminator: remote.discriminator }
}

const millis = (micros = 0): number => Math.round(micros / 100) / 10
const theirWords = ({ remote }: State): string => (remote === undefined ? 'unknown' : diagnosticWords(remote.diagnostic))
