import type { Ip } from '@loadstone/ip'

/** What is known of a session's two ends. `blocked`: the session cannot be started yet, as without its password. */
export type SessionEnds = { readonly peer: string; readonly address?: Ip; readonly local?: Ip; readonly blocked: boolean }
