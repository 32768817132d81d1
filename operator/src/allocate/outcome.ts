import type { Family, Ip } from '@loadstone/ip'
import type { ServiceKey } from '@loadstone/plan'
import type { Pool } from '../config/config'
import type { Note } from '../model/reasons'
import type { Service } from '../model/world'

/** What a Service gets. `lost` says why it may not keep what it had. */
export type Outcome =
  | {
      readonly kind: 'assigned'
      readonly ips: readonly Ip[]
      readonly pool: string
      /** What it requests and did not get. */
      readonly shortfall?: Note
      readonly lost?: Note
    }
  | { readonly kind: 'refused'; readonly why: Note; readonly lost?: Note }
  /** No load balancer any more. */
  | { readonly kind: 'released' }

export type Usage = Readonly<Record<Family, number>>

export type Allocation = {
  readonly outcomes: ReadonlyMap<ServiceKey, Outcome>
  /** Addresses in use, by pool. */
  readonly usage: ReadonlyMap<string, Usage>
}

/** A Service with its addresses and the pool they are from. */
export type AllocatedService = { readonly service: Service; readonly ips: readonly Ip[]; readonly pool: Pool }
