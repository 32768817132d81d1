import type { Clock, Millis } from '@loadstone/clock'
import type { MetricsPlace } from './environment'
import type { Log } from './log-line'
import { MetricsServer } from './metrics-server'
import { Outage } from './outage'
import { processCatalogue, processSamples } from './process'
import { textFormat } from './text-format'

type MetricsEndpointOptions = {
  /** Undefined: nothing is served. */
  readonly place: MetricsPlace | undefined
  readonly clock: Clock
  readonly log: Log
  /** The program's own metrics as they are now, in the text format; those of its process are added. */
  readonly text: () => string
  /** How long the port may be in use by others before that is logged. */
  readonly patienceMillis: Millis
}

const consequence = 'there are no metrics; all else goes on; it is tried again'

/** Serves a program's metrics. A failure to listen is logged once, and once that it is over. */
export function metricsEndpoint({ place, clock, log, text, patienceMillis }: MetricsEndpointOptions): { open(): void; close(): void } {
  if (place === undefined) return { open: () => {}, close: () => {} }
  const outage = new Outage(clock, patienceMillis, {
    lost: (problem) => log.warn({ event: 'metrics-not-served', problem, consequence }),
    back: () => log.info({ event: 'metrics-served-again' }),
  })
  return new MetricsServer({
    ...place,
    clock,
    text: () => text() + textFormat(processCatalogue, processSamples()),
    onAttempt: (problem) => outage.note(problem),
  })
}
