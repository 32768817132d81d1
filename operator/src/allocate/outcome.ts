import type { Family, Ip } from '@loadstone/ip'
import type { ServiceKey } from '@loadstone/plan'
import type { Pool } from '../config/config'
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
}

/** A Service with its addresses and the pool they are from. */
export type AllocatedService = { readonly service: Service; readonly ips: readonly Ip[]; readonly pool: Pool }
