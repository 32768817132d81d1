import type { Cancel, Clock } from '@loadstone/clock'
import type { ApiServer } from '../client/api-server'
import type { KubeObject } from '../client/object'
import type { Resource } from '../client/resource'

export type ReflectionState = {
  /**
   * loading  no LIST has completed yet
   * live     the watch runs
   * behind   the watch is being renewed; known objects stay
   * frozen   the API server refuses or does not know the kind (403, 404); known objects stay but may be outdated
   */
  readonly at: 'loading' | 'live' | 'behind' | 'frozen'
  /** A whole LIST has been received: an object absent from objects() did not exist then. */
  readonly complete: boolean
  /** For people: why it is not live, and what to check. Empty while live. */
  readonly reason: string
}

/** One change. `object` of a deletion is the last known one. */
export type Change<T> = { readonly type: 'added' | 'modified' | 'deleted'; readonly key: string; readonly object: T }

/** A copy of one kind that follows the API server. */
export type Reflection<T> = {
  readonly resource: Resource
  state(): ReflectionState
  /** Objects by `namespace/name`. The identical map until something changes; an unchanged object stays identical. */
  objects(): ReadonlyMap<string, T>
  /** Rises exactly when an object was added or deleted, or its projection changed. */
  version(): number
  /** The resourceVersion up to which the copy follows the API server; empty before the first LIST. */
  resourceVersion(): string
  /**
   * Lists again. Resolves when objects() shows everything that had been written before the call, however late the watch is, or when the
   * kind is frozen. Stays unresolved while the API server cannot be reached, and after stop().
   */
  refresh(): Promise<void>
  /** Calls `run` after objects or state changed, once for many changes. `run` may read the reflection and cancel itself. */
  onChange(run: () => void): Cancel
  /** Calls `run` for each change, in order. An object that a new LIST lacks is reported as deleted. */
  onEach(run: (change: Change<T>) => void): Cancel
}

export type ReflectorOptions<T> = {
  readonly api: ApiServer
  readonly resource: Resource
  readonly clock: Clock
  /** Uniform in [0, 1): jitter. */
  readonly random: () => number
  /** Selects the needed part of each object, `whole` nearly all. It must not throw. A result equal to the previous one is no change. */
  readonly project: (object: KubeObject) => T
  /** Objects per page of a LIST; 500 if absent. */
  readonly pageSize?: number
}
