import type { Millis } from '@loadstone/clock'
import type { Leaving } from '@loadstone/plan'

/** How far this node is with handing its routes over. A speaker that merely restarts does none of it. */
export type Drain =
  | { readonly at: 'announcing' }
  /** Everything is announced with GRACEFUL_SHUTDOWN, so that routers turn to other paths while this one still works. */
  | { readonly at: 'draining'; readonly because: Leaving; readonly until: Millis }
  /** Nothing is announced any more, and no session is held. */
  | { readonly at: 'withdrawn'; readonly because: Leaving }

/**
 * How long a path that still works is announced as going. Routers of today choose anew within a second and tell their neighbours within
 * another; the default interval between two advertisements of a prefix to an iBGP peer is 5 s (RFC 4271 §10). With what the process
 * needs to end it is far below the 30 s that a pod gets by default, and below the 10 s that kubelet usually leaves critical pods when a node shuts down.
 */
export const drainMillis = 5_000

/**
 * RFC 8326 §4, told the truth again and again: whatever was missed, the next call is right. `before` is undefined in a process that has
 * not served yet: on a node that is leaving it has announced nothing that it could hand over. Out of service means that the node is
 * dead, so that traffic still sent to it is lost: no pause.
 */
export function drain(before: Drain | undefined, leaving: Leaving | undefined, now: Millis): Drain {
  if (leaving === undefined) return before?.at === 'announcing' ? before : { at: 'announcing' }
  if (leaving === 'out-of-service' || before === undefined || before.at === 'withdrawn') return { at: 'withdrawn', because: leaving }
  if (before.at === 'announcing') return { at: 'draining', because: leaving, until: now + drainMillis }
  return now < before.until ? { ...before, because: leaving } : { at: 'withdrawn', because: leaving }
}

/** What routers are told when a session is closed for it: node and cause (RFC 9003). */
export const shutdownMessage = (node: string, because: Leaving): string => `node ${node} is leaving: ${because}`
