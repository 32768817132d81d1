import type { Condition } from '@loadstone/plan/status'
import type { ConfigKind, Definition } from './definitions'
import type { Meta } from './meta'
import type { Note } from './reasons'

/** A configuration object as it stands in the API. */
export type ConfigObject = {
  readonly kind: ConfigKind
  readonly meta: Meta
  /** Undefined if the spec is invalid; `faults` says why. */
  readonly definition: Definition | undefined
  /** What could be understood of the spec, also of an invalid one. It is never in force; it tells whom the object is meant for. */
  readonly draft: Definition
  readonly faults: readonly Note[]
  /** Warnings about an accepted object. */
  readonly remarks: readonly Note[]
  readonly conditions: readonly Condition[]
  /** Numbers in the status, by field. */
  readonly counters: ReadonlyMap<string, number>
}

/** Kind and name. All configuration objects are in one namespace, so a key is unique. */
export type ConfigKey = `${ConfigKind}/${string}`

export const keyOf = ({ kind, meta }: Pick<ConfigObject, 'kind' | 'meta'>): ConfigKey => `${kind}/${meta.name}`
