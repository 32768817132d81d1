import type { Condition } from '@loadstone/plan/status'
import type { ConfigKind, Definition } from './definitions'
import type { Meta } from './meta'
import type { Note } from './reasons'

/** A configuration object as it stands in the API. */
export type ConfigObject = {
  readonly kind: ConfigKind
  readonly meta: Meta
  /** Absent when the spec cannot be understood; `faults` then says why. */
  readonly definition: Definition | undefined
  readonly faults: readonly Note[]
  /** Warnings about an accepted object. */
  readonly remarks: readonly Note[]
  readonly conditions: readonly Condition[]
  /** Numbers in its status, by field. */
  readonly counters: ReadonlyMap<string, number>
}

/** Names of objects are unique within their kind, since all live in one namespace. */
export type ConfigKey = `${ConfigKind}/${string}`

export const keyOf = ({ kind, meta }: Pick<ConfigObject, 'kind' | 'meta'>): ConfigKey => `${kind}/${meta.name}`
