import type { Millis } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import type { L2Entry } from '@loadstone/plan'
import { type Announced, delayWithdrawals } from '../plan/withdrawal-delay'

/** That this node answers for an address. `term` and `takeovers` rank claims of different nodes (docs/design.md §3). */
export type Claim = {
  readonly address: Ip
  /** Interfaces it is answered on; absent means every one. */
  readonly interfaces?: readonly string[]
  readonly term: number
  readonly takeovers: number
}
export type Claims = ReadonlyMap<Ip, Announced<Claim>>

/**
 * The present rule: the first candidate owns, nobody takes over, so the operator's order alone decides. One that another node
 * gets is answered for withdrawalMillis more, because that node learns of it a moment later: for that time two answers, both of
 * which work, are better than none.
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
  // What the plan no longer holds has waited there already.
  const gone = [...previous.keys()].some((address) => !entries.has(address))
  return delayWithdrawals(gone ? new Map([...previous].filter(([address]) => entries.has(address))) : previous, desired, now)
}

/** What one has that the other has not. */
export const gained = (before: Claims, after: Claims): readonly Ip[] => [...after.keys()].filter((address) => !before.has(address))
