import type { Write } from '../publish/write'
import type { ClusterAccess } from '../reconcile'

/** For mode observe: performs no write, and reports each one that it would perform, once as long as it stays the same. */
export function dryRun(cluster: ClusterAccess, tell: (write: Write) => void): ClusterAccess {
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
    // Called at the end of a pass. A write absent from this pass is reported again when it comes back.
    report: (writes) => {
      writes.forEach(say)
      before = during
      during = new Set()
    },
  }
}
