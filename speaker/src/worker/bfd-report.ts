import type { BfdSessionStatus, Profile, ProfileNote } from '@loadstone/bfd'
import type { PlannedBfd } from '@loadstone/plan'
import type { BfdCounts, BfdReport } from '../messages/bfd'

export function countsOf({ counters }: BfdSessionStatus): BfdCounts {
  const { dropped: _reported, ...counts } = counters // report() names dropped packets in its sentence
  return counts
}

/** The profile with times in microseconds, as BFD packets carry them. */
export const profileOf = ({
  receiveIntervalMillis: rx,
  transmitIntervalMillis: tx,
  detectMultiplier,
  passive,
  minimumTtl,
}: PlannedBfd): Profile => ({
  receiveIntervalMicros: rx * 1_000,
  transmitIntervalMicros: tx * 1_000,
  detectMultiplier,
  passiveMode: passive,
  ...(minimumTtl === undefined ? {} : { minimumTtl }),
})

/** The report of a running session. */
export function report(spec: { readonly peer: string; readonly profile: PlannedBfd }, status: BfdSessionStatus, losses: number): BfdReport {
  const { peer, profile } = spec
  const { state, pace, trouble, lastDown, lastDropped, notes } = status
  const why = state === 'up' ? [lastDown?.message] : [trouble, lastDropped?.message, lastDown?.message ?? unheard(status)]
  const problem = [...why, noteIn(profile, notes)].filter((sentence) => sentence !== undefined).join('. ')
  return {
    peer,
    state,
    losses,
    ...(pace === undefined || state !== 'up' ? {} : { detectionMillis: Math.round(pace.detectionMicros / 1_000) }),
    ...(problem === '' ? {} : { problem }),
  }
}

/** Why a session never came up, if its packets show it. */
function unheard({ peer, counters }: BfdSessionStatus): string | undefined {
  if (peer?.state === 'admin-down') return 'the router has disabled its BFD session with this node (AdminDown)'
  return counters.controlPacketInput === 0 ? 'nothing heard from the router yet: enable BFD for this neighbour there' : undefined
}

/** Says which intervals of the profile are below the 50 ms that libs/bfd keeps. RFC 5880 has no such limit. */
function noteIn(
  { profile, transmitIntervalMillis: tx, receiveIntervalMillis: rx }: PlannedBfd,
  notes: readonly ProfileNote[],
): string | undefined {
  const asked: Readonly<Record<ProfileNote, string>> = {
    'transmit-interval-raised': `transmitInterval ${tx} ms`,
    'receive-interval-raised': `receiveInterval ${rx} ms`,
  }
  if (notes.length === 0) return undefined
  return `it runs at 50 ms, the fastest pace here: BFDProfile ${profile} asks for ${notes.map((note) => asked[note]).join(' and ')}`
}
