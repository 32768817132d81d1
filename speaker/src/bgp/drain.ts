import type { Millis } from '@loadstone/clock'
import type { Leaving } from '@loadstone/plan'

/** How far a leaving node is with handing its routes over. A speaker that only restarts stays at `announcing`. */
export type Drain =
  | { readonly at: 'announcing' }
  /** Every route carries GRACEFUL_SHUTDOWN, so that routers choose other paths while this one still works. */
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
 * RFC 8326 §4 as a level-based function: a missed call does no harm. `before` is undefined in a process that has not served yet, which has
 * announced nothing to hand over. A node out of service is dead, and traffic sent to it is lost, so it is not drained.
 */
export function drain(before: Drain | undefined, leaving: Leaving | undefined, now: Millis): Drain {
  if (leaving === undefined) return before?.at === 'announcing' ? before : { at: 'announcing' }
  if (leaving === 'out-of-service' || before === undefined || before.at === 'withdrawn') return { at: 'withdrawn', because: leaving }
  if (before.at === 'announcing') return { at: 'draining', because: leaving, until: now + drainMillis }
  return now < before.until ? { ...before, because: leaving } : { at: 'withdrawn', because: leaving }
}

/** The Shutdown Communication (RFC 9003) of a leaving node: its name and the cause. */
export const shutdownMessage = (node: string, because: Leaving): string => `node ${node} is leaving: ${because}`
