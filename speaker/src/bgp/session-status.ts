import { prefixText } from '@loadstone/ip'
import type { Negotiated, SessionState, SessionStatus } from '@loadstone/plan/status'
import type { NegotiatedSession, PeerStatus, BgpSessionState as State, Unannounced } from 'bgp-js'
import type { BgpSessionSpec } from './session-options'

/** The present status of a running session. */
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
  'add-path-not-agreed': 'the peer did not agree to several paths for one prefix',
  'too-long': 'its attributes alone would fill a message: use fewer communities',
  'no-next-hop': 'this node has no address of that family on the link to the peer, so there is no next hop',
}

/** Why a session does not run, and since when. */
export type Blocked = { readonly problem: string; readonly since: string }

/** One session as the plan's status shows it. In lastError, warnings come before failures. */
export function sessionStatus(spec: BgpSessionSpec, now: SessionNow | Blocked): SessionStatus {
  const who = { peer: spec.peer, ...(spec.address === undefined ? {} : { address: spec.address }) }
  if ('problem' in now) return { ...who, state: 'Idle', since: now.since, announcedIPv4: 0, announcedIPv6: 0, lastError: now.problem }
  const warning = 'warning' in spec ? spec.warning : undefined
  const { state, told, lastFailure, agreed } = now.status
  return {
    ...who,
    state: planState[state],
    since: now.since,
    announcedIPv4: told.ipv4,
    announcedIPv6: told.ipv6,
    ...(agreed === undefined || state !== 'established' ? {} : { negotiated: negotiated(agreed) }),
    ...lastError(warning, lastFailure?.message, unannouncedText(now.unannounced)),
  }
}

/** What both ends negotiated, as the plan's status shows it, with times in whole seconds. */
export function negotiated(agreed: NegotiatedSession): Negotiated {
  const { peerAs, peerId, holdSeconds, keepaliveSeconds, families, gracefulRestart } = agreed
  const capabilityStates: readonly (readonly [capability: string, agreed: boolean | undefined])[] = [
    ['ipv4-unicast', families.includes('ipv4')],
    ['ipv6-unicast', families.includes('ipv6')],
    ['four-octet-as', agreed.fourOctetAs],
    ['route-refresh', agreed.routeRefresh],
    ['enhanced-route-refresh', agreed.enhancedRefresh],
    ['extended-message', agreed.extendedMessage],
    ['extended-next-hop', agreed.extendedNextHop],
    ['add-path', agreed.addPathSend.length > 0],
    ['graceful-restart', gracefulRestart?.keepsOurs],
    ['graceful-restart-notification', gracefulRestart?.notification],
  ]
  const capabilities = capabilityStates.flatMap(([capability, is]) => (is === true ? [capability] : [])).sort()
  return { peerASN: peerAs, routerID: peerId, holdSeconds, keepaliveSeconds: Math.round(keepaliveSeconds), capabilities }
}

function lastError(...sentences: readonly (string | undefined)[]): Pick<SessionStatus, 'lastError'> {
  const present = sentences.filter((sentence) => sentence !== undefined)
  return present.length === 0 ? {} : { lastError: present.join('. ') }
}

function unannouncedText(routes: readonly Unannounced[]): string | undefined {
  const [first] = routes
  if (first === undefined) return undefined
  const more = routes.length === 1 ? '' : ` and ${routes.length - 1} more`
  return `${prefixText(first.prefix)}${more} not announced: ${why[first.reason]}`
}
