import { compareIps, type Ip } from '@loadstone/ip'
import type { State } from './fsm'

/** The BGP Identifiers and AS numbers of both ends, from their OPENs. */
type BgpIdentity = { readonly id: Ip; readonly as: number }
export type CollidingConnection = { readonly state: State['at']; readonly dialledBy: 'us' | 'them' }
export type CollisionOutcome = 'keep-both' | 'keep-fresh' | 'keep-other'

/**
 * RFC 4271 §6.8, asked when the `fresh` connection has brought the peer's OPEN while another one exists. The connection that the dominant
 * end dialled stays: the one with the higher identifier, on a tie the higher AS (RFC 6286 §2.3). The RFC looks at OpenSent only if it knows
 * the peer's identifier by other means, which the OPEN on the fresh connection is, so both ends decide the same whichever hears first.
 */
export function collide(us: BgpIdentity, them: BgpIdentity, fresh: CollidingConnection, other: CollidingConnection): CollisionOutcome {
  if (other.state === 'established') return 'keep-other'
  const dominant = compareIps(us.id, them.id) || us.as - them.as
  const stays = dominant > 0 ? 'us' : 'them'
  if (fresh.dialledBy === other.dialledBy) return 'keep-other'
  if (other.state === 'open-sent' || other.state === 'open-confirm') return fresh.dialledBy === stays ? 'keep-fresh' : 'keep-other'
  // the other connection has sent no OPEN yet: it goes on only where it would win
  return fresh.dialledBy === stays ? 'keep-fresh' : 'keep-both'
}
