import type { Write } from '../publish/write'
import type { Cluster } from '../reconcile'

/** mode: observe. Everything is decided and nothing written; what would be is told, once as long as it stays the same. */
export function observingOnly(cluster: Cluster, tell: (write: Write) => void): Cluster {
  let before = new Set<string>()
  let during = new Set<string>()
  const say = (write: Write): void => {
    const text = JSON.stringify({ ...write, conditions: undefined, resourceVersion: undefined, password: undefined })
    during.add(text)
    if (!before.has(text)) tell(write)
  }
  return {
    observe: () => cluster.observe(),
    perform: (writes) => {
      writes.forEach(say)
      return Promise.resolve(writes.map(() => 'written'))
    },
    // The end of a pass: what it did not say again is news when it comes back.
    report: (writes) => {
      writes.forEach(say)
      before = during
      during = new Set()
    },
  }
}
