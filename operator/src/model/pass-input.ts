import type { Ip } from '@loadstone/ip'
import type { ServiceKey } from '@loadstone/plan'

/**
 * How long a Service keeps an address that nothing covers any more: long enough for the second half of an edit that takes two (a pool
 * replaced, split or renamed; the key of one sharer and then of the other), so that their order does not matter.
 */
export const graceSeconds = 10

/** What one pass tells the next: since when which Service is about to lose its address, in seconds since 1970. */
export type ReleaseTimes = ReadonlyMap<ServiceKey, number>

export type GraceInput = {
  readonly nowSeconds: number
  readonly leaving: ReleaseTimes
  /** The addresses that the last pass gave each Service. */
  readonly given: ReadonlyMap<ServiceKey, readonly Ip[]>
}

export const graceOver = (sinceSeconds: number, { nowSeconds }: Pick<GraceInput, 'nowSeconds'>): boolean =>
  nowSeconds >= sinceSeconds + graceSeconds

/** Seconds until the next of them loses its address. */
export const nextRelease = (leaving: ReleaseTimes, nowSeconds: number): number | undefined =>
  leaving.size === 0 ? undefined : Math.max(1, Math.min(...leaving.values()) + graceSeconds - nowSeconds)

/** What is known of writes to Services that have not succeeded. */
export type HeldServices = {
  /** They stay as their status says, until they may be written again. */
  readonly held: ReadonlySet<ServiceKey>
  /** Addresses that a Service may have by now though its status does not say so: a write without an answer may still take effect. */
  readonly promised: ReadonlyMap<Ip, ServiceKey>
}

export const noneHeld: HeldServices = { held: new Set(), promised: new Map() }
