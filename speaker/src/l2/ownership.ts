import type { Millis } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import type { L2Entry } from '@loadstone/plan'
import { type Announced, delayWithdrawals } from '../plan/withdrawal-delay'

/** That this node answers for an address. `term` and `takeovers` rank claims of different nodes (docs/design.md §3). */
export type Claim = {
  readonly address: Ip
  /** Interfaces on which the address is answered for; absent means every one. */
  readonly interfaces?: readonly string[]
  readonly term: number
  readonly takeovers: number
}
export type Claims = ReadonlyMap<Ip, Announced<Claim>>

/**
 * The claims of this node: the first candidate owns an address, and nobody takes over, so the operator's order alone decides. An address
 * that moves to another node is answered for withdrawalMillis more, because that node learns of it a moment later: two working answers
 * for that time are better than none.
 */
export function claim(previous: Claims, entries: ReadonlyMap<Ip, Announced<L2Entry>>, node: string, now: Millis): Claims {
  const desired = new Map<Ip, Claim>()
  for (const { value } of entries.values()) {
    if (value.candidates[0] !== node) continue
    const { address, interfaces, term } = value
    const before = previous.get(address)?.value
    const same = before?.term === term && before.interfaces === interfaces
    desired.set(address, same ? before : { address, ...(interfaces === undefined ? {} : { interfaces }), term, takeovers: 0 })
  }
  // An address that left the plan has had its withdrawal delay in desired-state.ts already.
  const gone = [...previous.keys()].some((address) => !entries.has(address))
  return delayWithdrawals(gone ? new Map([...previous].filter(([address]) => entries.has(address))) : previous, desired, now)
}

/** Addresses in `after` that are not in `before`. */
export const gained = (before: Claims, after: Claims): readonly Ip[] => [...after.keys()].filter((address) => !before.has(address))
