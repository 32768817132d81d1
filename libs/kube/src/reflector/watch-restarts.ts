import type { Reflection } from './reflection'

/** Counts how often a reflection stops being live. A watch that the API server ends without error, every few minutes, does not count. */
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
