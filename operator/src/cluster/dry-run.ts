import type { Write } from '../publish/write'
import type { ClusterAccess } from '../reconcile'

/** For mode observe: performs no write, and reports each one that it would perform, once as long as it stays the same. */
export function dryRun(cluster: ClusterAccess, report: (write: Write) => void): ClusterAccess {
  let before = new Set<string>()
  let during = new Set<string>()
  const reportOnce = (write: Write): void => {
    const text = JSON.stringify({ ...write, conditions: undefined, resourceVersion: undefined, password: undefined })
    during.add(text)
    if (!before.has(text)) report(write)
  }
  return {
    observe: () => cluster.observe(),
    refresh: () => cluster.refresh(),
    abandon: () => cluster.abandon(),
    perform: (write) => {
      reportOnce(write)
      return Promise.resolve('written')
    },
    // Called at the end of a pass. A write absent from this pass is reported again when it comes back.
    report: (writes) => {
      writes.forEach(reportOnce)
      before = during
      during = new Set()
    },
  }
}
