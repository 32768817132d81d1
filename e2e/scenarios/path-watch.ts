import type { Cluster } from '../cluster/src'
import { eventually } from './eventually'

/** When the router's kernel table last changed for a prefix, as its kernel told it. */
export type PathWatch = {
  /** Milliseconds since 1970 of the first change after that moment; undefined while there is none. */
  firstAfter(millis: number): number | undefined
  /** Every change after that moment, a line each as `ip monitor` prints it. */
  changesSince(millis: number): readonly string[]
  end(): void
}

/**
 * Listens to every route change on the router, stamped there as it is heard: asking again and again would measure the asking.
 * Resolves once the listener hears.
 */
export async function watchPaths(cluster: Cluster, address: string): Promise<PathWatch> {
  const family = address.includes(':') ? '-6' : '-4'
  const monitor = cluster.spawn('router', ['env', 'TZ=UTC', 'ip', '-o', '-ts', family, 'monitor', 'route'])
  const heard: { readonly at: number; readonly line: string }[] = []
  let rest = ''
  monitor.stdout?.on('data', (bytes) => {
    const lines = (rest + String(bytes)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const [, at = ''] = /^\[(\S+)\]/.exec(line) ?? []
      if (at !== '') heard.push({ at: Date.parse(`${at}Z`), line })
    }
  })
  // `ip monitor` says nothing when it begins, so a route of no meaning is set until it is heard of.
  const probe = address.includes(':') ? '2001:db8:ffff::/128' : '192.0.2.255/32'
  await eventually(
    'the monitor hears',
    async () => {
      await cluster.exec('router', ['ip', family, 'route', 'replace', 'blackhole', probe])
      await cluster.exec('router', ['ip', family, 'route', 'del', 'blackhole', probe])
    },
    () => {
      if (heard.length === 0) throw new Error('nothing heard yet')
    },
  )
  const since = (millis: number): typeof heard => heard.filter(({ at, line }) => at >= millis && line.includes(address))
  return {
    firstAfter: (millis) => since(millis)[0]?.at,
    changesSince: (millis) => since(millis).map(({ line }) => line),
    end: () => void monitor.kill(),
  }
}

/** Least, median and most, for people. */
export function spread(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (part: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0)
  return `${sorted.length} runs: least ${at(0)}, median ${at(0.5)}, most ${at(1)} ms (${sorted.map((value) => Math.round(value)).join(', ')})`
}
