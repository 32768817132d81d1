import type { Clock, WallTime } from '@loadstone/clock'
import type { ApiServer } from '../client/api-server'

/**
 * Leader election: of several processes one leads, decided by a Lease of coordination.k8s.io/v1.
 *
 * ```ts
 * const election = new LeaseElection({ api, clock, wallTime, random, namespace, name: 'demo', identity: 'pod-1', onChange: console.log })
 * election.start()
 * if (election.remainingMillis() > 0) await api.request({ ...call, timeoutMillis: election.remainingMillis() })
 * await election.stop()
 * ```
 */
export type LeaderElection = {
  start(): void
  /** Releases the lease, so that another process leads at once. Call it after writes in flight have ended. */
  stop(): Promise<void>
  leading(): boolean
  /** Identity of the holder of the lease, as last seen; empty if there is none. */
  holder(): string
  /** For people: why this process does not lead, or why the lease cannot be renewed. Empty while it leads and renews. */
  reason(): string
  /** Longest time a request that begins now may take, so that it ends before another process can lead. 0 while not leading. */
  remainingMillis(): number
}

export type ElectionTiming = {
  /** Time without renewal after which another process may take the lease. */
  readonly durationMillis: number
  /** Time without renewal after which the holder stops leading. Less than `durationMillis`. */
  readonly renewDeadlineMillis: number
  readonly retryMillis: number
  /** Time between taking the lease and leading: requests of the old leader may still take effect inside the API server. */
  readonly settleMillis: number
}

export type ElectionOptions = {
  readonly api: ApiServer
  readonly clock: Clock
  readonly wallTime: WallTime
  readonly random: () => number
  readonly namespace: string
  readonly name: string
  /** Unique per process, not per pod: a restarted container is another candidate. */
  readonly identity: string
  /** 5 s, 3 s, 1 s and 0.5 s if absent. */
  readonly timing?: ElectionTiming
  /** Called at once when leading begins or ends. `why` is for people. */
  readonly onChange: (leading: boolean, why: string) => void
  /** Called when the reason changes for which the lease cannot be read or written. `why` is for people. */
  readonly onTrouble?: (why: string) => void
}
