import type { Memory } from './memory'

/** What is kept across a restart, by name of the Secret. */
export type SavedPasswords = Readonly<Record<string, { readonly text: string; readonly planned: string }>>

/** What a restarted process needs in order to go on without the API server. */
export type Saved = { readonly memory: Memory; readonly passwords: SavedPasswords }
