import type { Ip } from '@loadstone/ip'
import type { ServiceKey } from '@loadstone/plan'

/**
 * Services that stay as their status says, because their last write has not succeeded, with addresses that they may have by now all the
 * same: a write without an answer may still take effect.
 */
export type HeldServices = ReadonlyMap<ServiceKey, readonly Ip[]>
