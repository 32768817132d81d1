import type { Family, Ip } from '@loadstone/ip'
import type { ServiceKey } from '@loadstone/plan'
import type { Pool } from '../config/config'
import type { ReleaseTimes } from '../model/pass-input'
import type { Note } from '../model/reasons'
import type { Service } from '../model/world'

/** The result of allocation for a Service. `lost` says why it may not keep its former addresses. */
export type Outcome =
  | {
      readonly kind: 'assigned'
      readonly ips: readonly Ip[]
      readonly pool: string
      /** Which request was not met, and why. */
      readonly shortfall?: Note
      /** It keeps them for a moment only: nothing covers them any more. */
      readonly leaving?: true
      readonly lost?: Note
    }
  | { readonly kind: 'refused'; readonly why: Note; readonly lost?: Note }
  /** The Service is no longer a load balancer. */
  | { readonly kind: 'released' }

export type Usage = Readonly<Record<Family, number>>

export type Allocation = {
  readonly outcomes: ReadonlyMap<ServiceKey, Outcome>
  /** Number of addresses in use, by pool. */
  readonly usage: ReadonlyMap<string, Usage>
  /** Services that keep what they are about to lose, for the next pass. */
  readonly leaving: ReleaseTimes
}

/** A Service with its addresses and the pool they are from. */
export type AllocatedService = { readonly service: Service; readonly ips: readonly Ip[]; readonly pool: Pool }
