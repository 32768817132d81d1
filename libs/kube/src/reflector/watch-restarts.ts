import type { Reflection } from './reflection'

/** Counts how often a reflection ceases to be live. A watch that the API server ends in order, as every few minutes, is no restart. */
export function watchRestarts(reflection: Pick<Reflection<unknown>, 'state' | 'onChange'>): () => number {
  let count = 0
  let wasLive = reflection.state().at === 'live'
  reflection.onChange(() => {
    const isLive = reflection.state().at === 'live'
    if (wasLive && !isLive) count++
    wasLive = isLive
  })
  return () => count
}
