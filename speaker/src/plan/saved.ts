import type { LastGoodPlan } from './last-good-plan'

/** Passwords that survive a restart of the process, by name of the Secret. */
export type SavedPasswords = Readonly<Record<string, { readonly text: string; readonly planned: string }>>

/** What a restarted process needs to go on without the API server. */
export type SavedState = { readonly lastGood: LastGoodPlan; readonly passwords: SavedPasswords }
