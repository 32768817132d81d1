import { wallMillis } from '@loadstone/clock'
import type { Catalogue, Samples } from './text-format'

/** Metrics of the process, under the names that Prometheus' client libraries use. */
export const processCatalogue = {
  process_cpu_seconds_total: { type: 'counter', labels: [], help: 'CPU time that the process has used, in seconds' },
  process_resident_memory_bytes: { type: 'gauge', labels: [], help: 'Resident memory of the process' },
  process_start_time_seconds: { type: 'gauge', labels: [], help: 'When the process began, in seconds since 1970' },
} as const satisfies Catalogue

const startSeconds = wallMillis() / 1_000 - process.uptime()

export function processSamples(): Samples<typeof processCatalogue> {
  const { user, system } = process.cpuUsage()
  return {
    process_cpu_seconds_total: [[(user + system) / 1e6]],
    process_resident_memory_bytes: [[process.memoryUsage.rss()]],
    process_start_time_seconds: [[startSeconds]],
  }
}
