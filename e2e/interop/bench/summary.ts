import type { Measurement } from './measure'
import type { Load } from './senders'

/** All runs of one sender with one load. */
type Runs = { readonly name: string; readonly load: Load; readonly results: readonly Measurement[] }

export const tableHead = [
  '| family | sets | sender | routes | runs | CPU s per 100,000: median (least–most) | with connecting and 1 s after | of bgp-js | wall s: median (least–most) | RSS MB |',
  '|---|---|---|---|---|---|---|---|---|---|',
].join('\n')

/** `ours` had the same receiver, between the runs of the others. */
export function tableRow({ name, load, results }: Runs, ours: Runs): string {
  const cpu = perHundredThousand({ name, load, results }, 'cpuSeconds')
  const around = perHundredThousand({ name, load, results }, 'cpuSecondsAround')
  const ratio = median(around) / median(perHundredThousand(ours, 'cpuSecondsAround'))
  const cells = [
    load.family,
    load.sets,
    name,
    load.count,
    results.length,
    spread(cpu),
    spread(around),
    name === ours.name ? '' : `${ratio.toFixed(1)} ×`,
    spread(results.map(({ wallSeconds }) => wallSeconds)),
    Math.round(median(results.map(({ rssMegabytes }) => rssMegabytes))),
  ]
  return `| ${cells.join(' | ')} |`
}

const perHundredThousand = ({ load, results }: Runs, field: 'cpuSeconds' | 'cpuSecondsAround'): readonly number[] =>
  results.map((result) => (result[field] / load.count) * 100_000)

const spread = (values: readonly number[]): string =>
  values.length < 2
    ? median(values).toFixed(2)
    : `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
