import type { LastGoodPlan } from './last-good-plan'

/** What is kept across a restart, by name of the Secret. */
export type SavedPasswords = Readonly<Record<string, { readonly text: string; readonly planned: string }>>

/** What a restarted process needs in order to go on without the API server. */
export type SavedState = { readonly lastGood: LastGoodPlan; readonly passwords: SavedPasswords }
