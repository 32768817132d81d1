import { decoder } from './decoder'
import type { MutationRoll } from './mutate'
import { remedies } from './remedies'
import { session } from './session'

/** What is fuzzed, and how often for one seed. */
export const targets: Readonly<Record<string, { readonly run: (roll: MutationRoll) => void; readonly times: number }>> = {
  decoder: { run: decoder, times: 200 },
  remedies: { run: remedies, times: 100 },
  session: { run: session, times: 1 },
}
