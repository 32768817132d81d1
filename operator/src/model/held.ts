import type { Ip } from '@loadstone/ip'
import type { ServiceKey } from '@loadstone/plan'

/** What is known of writes to Services that have not succeeded. */
export type HeldServices = {
  /** They stay as their status says, until they may be written again. */
  readonly held: ReadonlySet<ServiceKey>
  /** Addresses that a Service may have by now though its status does not say so: a write without an answer may still take effect. */
  readonly promised: ReadonlyMap<Ip, ServiceKey>
}

export const noneHeld: HeldServices = { held: new Set(), promised: new Map() }
