import type { Cancel, Clock } from '@loadstone/clock'
import type { ApiServer } from '../client/api-server'
import type { KubeObject } from '../client/object'
import type { Resource } from '../client/resource'

export type ReflectionState = {
  /**
   * loading  no LIST has completed yet
   * live     the watch runs
   * behind   the connection is being renewed; what was known stays
   * frozen   the API server refuses the kind or does not know it (403, 404): what was known stays, and nothing may be concluded from it
   */
  readonly at: 'loading' | 'live' | 'behind' | 'frozen'
  /** A whole LIST has been seen, so that what objects() lacks did not exist. */
  readonly complete: boolean
  /** In words, why it is not live, and what to do about it. Empty while live. */
  readonly reason: string
}

/** `object` is the last known one when it was deleted. */
export type Change<T> = { readonly type: 'added' | 'modified' | 'deleted'; readonly key: string; readonly object: T }

/** A copy of one kind that follows the API server. */
export type Reflection<T> = {
  readonly resource: Resource
  state(): ReflectionState
  /** By `namespace/name`. The same map as long as nothing in it changes; an object that did not change stays the same object. */
  objects(): ReadonlyMap<string, T>
  /** Rises when an object came, went or changed (after `project`), and at no other time. */
  version(): number
  /** Runs after objects or state changed, once for many changes. */
  onChange(run: () => void): Cancel
  /** Every single change, in order, as it happens; what a relist finds vanished comes as deleted. */
  onEach(run: (change: Change<T>) => void): Cancel
}

export type ReflectorOptions<T> = {
  readonly api: ApiServer
  readonly resource: Resource
  readonly clock: Clock
  /** Uniform in [0, 1): jitter. */
  readonly random: () => number
  /** Keeps of each object only what is needed. Total: it must not throw. An equal result counts as no change. */
  readonly project: (object: KubeObject) => T
  /** Objects per page of a LIST; 500 if absent. */
  readonly pageSize?: number
}
