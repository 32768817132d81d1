import type { Json } from './json'
import type { Meta } from './meta'

/** Kinds by which MetalLB tells what is. Nobody writes their spec. */
export type StatusKind = 'ServiceL2Status' | 'ServiceBGPStatus' | 'ConfigurationState'

/** One of them as it stands in the API. */
export type StatusObject = {
  readonly kind: StatusKind
  readonly meta: Meta
  /** Uids of its owners, with which the garbage collector deletes it. */
  readonly owners: readonly string[]
  readonly status: Json
}

/** A pod with which the garbage collector deletes what it owns. */
export type PodOwner = { readonly name: string; readonly uid: string }
