import type { Clock } from '@loadstone/clock'
import { exposition, MetricsServer, processCatalogue, processSamples } from '@loadstone/kube'
import type { Log } from './events'
import { metrics } from './metrics'
import { Outage } from './outage'
import type { samplesOf } from './samples'
import type { Settings } from './settings'

type Served = { open(): void; close(): void }

/** A predecessor that leaves needs so long at most. */
const patienceMillis = 10_000
const consequence = 'there are no metrics; what is announced stays announced; it is tried again'

/**
 * Two speakers share the node's address while one replaces the other, so only the one that serves answers: it opens the port when it begins
 * to serve, and the other has closed it by then, or does soon.
 */
export function metricsServer(
  { metrics: place }: Pick<Settings, 'metrics'>,
  clock: Clock,
  log: Log,
  samples: () => ReturnType<typeof samplesOf>,
): Served {
  if (place === undefined) return { open: () => {}, close: () => {} }
  const outage = new Outage(clock, patienceMillis, {
    lost: (problem) => log.warn({ event: 'metrics-not-served', problem, consequence }),
    back: () => log.info({ event: 'metrics-served-again' }),
  })
  const text = (): string => exposition(metrics, samples()) + exposition(processCatalogue, processSamples())
  return new MetricsServer({ ...place, clock, text, onAttempt: (problem) => outage.note(problem) })
}
