import type { Ip } from '@loadstone/ip'

/** What is known of a session's two ends. Blocked: it is not started for want of something. */
export type SessionEnds = { readonly peer: string; readonly address?: Ip; readonly local?: Ip; readonly blocked: boolean }
