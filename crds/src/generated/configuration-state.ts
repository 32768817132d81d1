// Generated from crds/manifests by crds/generate.mjs. Do not edit.
import type { ObjectMeta } from '../object-meta'
import type { StatusCondition } from './shared'

/** Whether the configuration as a whole is in force. */
export type ConfigurationState = {
  readonly apiVersion: 'metallb.io/v1beta1'
  readonly kind: 'ConfigurationState'
  readonly metadata: ObjectMeta
  readonly spec?: ConfigurationStateSpec
  readonly status?: ConfigurationStateStatus
}

/** Always empty. */
export type ConfigurationStateSpec = {}
/** The outcome for one component. */
export type ConfigurationStateStatus = {
  /** Whether what is configured is in force. */
  readonly result?: ('Valid' | 'Invalid' | 'Unknown')
  /** What is wrong, in words. */
  readonly errorSummary?: string
  /** Accepted tells whether the object is in order; if not, reason and message tell why. InForce tells whether it has effect, which for an object that was in order before is what it said then. */
  readonly conditions?: readonly StatusCondition[]
}
