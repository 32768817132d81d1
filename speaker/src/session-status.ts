import { prefixText } from '@loadstone/ip'
import type { SessionState, SessionStatus } from '@loadstone/plan'
import type { PeerStatus, SessionState as State, Unannounced } from 'bgp-js'
import type { WantedSession } from './sessions'

/** How a running session stands. */
export type SessionNow = { readonly status: PeerStatus; readonly since: string; readonly unannounced: readonly Unannounced[] }

/** The states of bgp-js as routers print them. */
export const planState: Readonly<Record<State, SessionState>> = {
  idle: 'Idle',
  connect: 'Connect',
  active: 'Active',
  'open-sent': 'OpenSent',
  'open-confirm': 'OpenConfirm',
  established: 'Established',
}

const why: Readonly<Record<Unannounced['reason'], string>> = {
  'family-not-agreed': 'the peer did not agree to this address family: enable it there',
  'no-next-hop': 'this node has no address of that family on the link to the peer, so there is no next hop',
}

/** One session as the plan's status shows it. What stands in its way comes first. */
export function sessionStatus(
  { peer, address, ...wanted }: WantedSession,
  now: SessionNow | undefined,
  blocked: { readonly problem: string; readonly since: string } | undefined,
): SessionStatus {
  const warning = 'warning' in wanted ? wanted.warning : undefined
  const sentences = [blocked?.problem, warning, now?.status.lastFailure?.message, untold(now?.unannounced ?? [])].filter(
    (sentence) => sentence !== undefined,
  )
  return {
    peer,
    address,
    state: now === undefined ? 'Idle' : planState[now.status.state],
    since: now?.since ?? blocked?.since ?? '',
    announced: now === undefined ? 0 : now.status.told.ipv4 + now.status.told.ipv6,
    ...(sentences.length === 0 ? {} : { lastError: sentences.join('. ') }),
  }
}

function untold(routes: readonly Unannounced[]): string | undefined {
  const [first] = routes
  if (first === undefined) return undefined
  const more = routes.length === 1 ? '' : ` and ${routes.length - 1} more`
  return `${prefixText(first.prefix)}${more} not announced: ${why[first.reason]}`
}
