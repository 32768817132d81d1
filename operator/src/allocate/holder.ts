import type { Ip } from '@loadstone/ip'
import { shareTerms } from '../model/memory'
import type { Service } from '../model/world'

/** A Service with the addresses it holds, which need not be those in its status: somebody may have overwritten that. */
export type Holder = {
  readonly service: Service
  /** In status order; empty if it holds none. */
  readonly ips: readonly Ip[]
  /** What it had once, which it gets back if nobody else has it. */
  readonly wished: readonly Ip[]
}

/** What we noted on this very object counts before its status; a note copied from another object is a wish. */
export function heldOf(service: Service): Holder {
  const { memory, ips } = service
  if (memory?.own === true) return { service, ips: memory.ips, wished: [] }
  return { service, ips, wished: ips.length === 0 ? (memory?.ips ?? []) : [] }
}

/** It shares by what it shared by when it was given its address; also where nothing was noted, as after a change from MetalLB. */
export const isUnchanged = ({ service }: Holder): boolean => service.memory?.own !== true || service.memory.terms === shareTerms(service)
