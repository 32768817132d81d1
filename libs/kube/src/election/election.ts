import type { Clock, WallTime } from '@loadstone/clock'
import type { ApiServer } from '../client/api-server'

/** One of several processes leads, as a Lease of coordination.k8s.io/v1 says. */
export type LeaderElection = {
  start(): void
  /** Gives the lease back, so that another need not wait for it to run out. Have writes in flight ended before. */
  stop(): Promise<void>
  leading(): boolean
  /** Who holds the lease as far as we know; empty: nobody. */
  holder(): string
  /** In words, why we do not lead, or what keeps us from renewing the lease; empty while all is well. */
  reason(): string
  /** How long a request that begins now may take, so that it has ended before anybody else can lead; 0: we do not lead. */
  remainingMillis(): number
}

export type ElectionTiming = {
  /** After so long without renewal another may take the lease. */
  readonly durationMillis: number
  /** Without a renewal for so long the holder stops leading by itself. */
  readonly renewDeadlineMillis: number
  readonly retryMillis: number
  /** A new leader waits so long before it leads, for what the old one's requests may still be doing inside the API server. */
  readonly settleMillis: number
}

export type ElectionOptions = {
  readonly api: ApiServer
  readonly clock: Clock
  readonly wallTime: WallTime
  readonly random: () => number
  readonly namespace: string
  readonly name: string
  /** Of this process, not of its pod: a restarted container is somebody else. */
  readonly identity: string
  /** 5 s, 3 s, 1 s and 0.5 s if absent. */
  readonly timing?: ElectionTiming
  /** Called at once when leading begins or ends. `why` is for people. */
  readonly onChange: (leading: boolean, why: string) => void
  /** Called with what is in the way of reading or writing the lease, in words, whenever that changes: else nobody leads, and nobody knows why. */
  readonly onTrouble?: (why: string) => void
}
