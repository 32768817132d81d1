import type { Clock } from '@loadstone/clock'
import { exposition, MetricsServer, processCatalogue, processSamples } from '@loadstone/kube'
import type { Meter } from './meter'
import { metrics } from './metrics'
import type { Line } from './narrate'
import type { Settings } from './settings'

/** Serves at the pod's address. Returns how to end. */
export function serveMetrics(
  { metrics: place }: Pick<Settings, 'metrics'>,
  clock: Clock,
  tell: (line: Line) => void,
  samples: () => ReturnType<Meter['samples']>,
): () => void {
  if (place === undefined) return () => {}
  let said: string | undefined
  const onAttempt = (problem: string | undefined): void => {
    if (problem !== undefined && problem !== said)
      tell({ level: 'warn', event: 'metrics-not-served', message: `${problem}; it is tried again` })
    said = problem
  }
  const text = (): string => exposition(metrics, samples()) + exposition(processCatalogue, processSamples())
  const server = new MetricsServer({ ...place, clock, text, onAttempt })
  server.open()
  return () => server.close()
}
