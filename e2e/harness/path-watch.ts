import type { Cluster } from '../cluster/src'
import { eventually } from './eventually'

/** One change of a prefix in the router's kernel table: the next hops it had from then on. */
/** `line` is the kernel's own text, for diagnosis. */
export type PathChange = { readonly atMillis: number; readonly hops: readonly string[]; readonly line?: string }

/** When the router's kernel table changed for a prefix, as its kernel told it. */
export type PathWatch = {
  /** Milliseconds since 1970 of the first change after that moment; undefined while there is none. */
  firstAfter(millis: number): number | undefined
  changesSince(millis: number): readonly PathChange[]
  /** Shows that every change until now was heard, and ends. Fails if the listener had become deaf. */
  end(): Promise<void>
}

/**
 * Listens to every route change on the router, stamped there as it is heard: asking again and again would measure the asking.
 * Resolves once the listener hears.
 */
export async function watchPaths(cluster: Cluster, address: string): Promise<PathWatch> {
  const v6 = address.includes(':')
  const family = v6 ? '-6' : '-4'
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
  // `ip monitor` says nothing by itself, so a route of no meaning is set until it is heard of.
  const hears = async (probe: string): Promise<void> => {
    await eventually(
      'the monitor hears',
      async () => {
        await cluster.exec('router', ['ip', family, 'route', 'replace', 'blackhole', probe])
        await cluster.exec('router', ['ip', family, 'route', 'del', 'blackhole', probe])
      },
      () => {
        if (!heard.some(({ line }) => line.includes(` ${probe} `))) throw new Error('nothing heard yet')
      },
    )
  }
  await hears(v6 ? '2001:db8::1' : '192.0.2.1')
  const since = (millis: number): readonly PathChange[] =>
    heard.flatMap(({ at, line }) => (at >= millis && line.includes(` ${address} `) ? [{ atMillis: at, hops: hopsOf(line), line }] : []))
  return {
    firstAfter: (millis) => since(millis)[0]?.atMillis,
    changesSince: since,
    end: async () => {
      try {
        await hears(v6 ? '2001:db8::2' : '192.0.2.2')
      } finally {
        monitor.kill()
      }
    },
  }
}

const hopsOf = (line: string): readonly string[] =>
  line.includes('] Deleted ') ? [] : [...line.matchAll(/via (?:inet6? )?(\S+)/g)].map(([, hop = '']) => hop).sort()

/** How long each next hop was gone, in the order they went; Infinity for one that never came back. */
export function absences(before: readonly string[], changes: readonly PathChange[]): readonly { hop: string; millis: number }[] {
  return before.flatMap((hop) => {
    const gone = changes.filter(({ hops }, i) => !hops.includes(hop) && (changes[i - 1]?.hops ?? before).includes(hop))
    return gone.map(({ atMillis }) => {
      const back = changes.find((change) => change.atMillis >= atMillis && change.hops.includes(hop))
      return { hop, millis: (back?.atMillis ?? Infinity) - atMillis }
    })
  })
}

/** Least, median, the 95th and 99th of a hundred, and most, for people. */
export function spread(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  const parts = [
    `least ${quantile(sorted, 0)}`,
    `p50 ${quantile(sorted, 0.5)}`,
    `p95 ${quantile(sorted, 0.95)}`,
    `p99 ${quantile(sorted, 0.99)}`,
  ]
  return `${sorted.length} runs: ${parts.join(', ')}, most ${quantile(sorted, 1)} ms (${sorted.map((value) => Math.round(value)).join(', ')})`
}

/** The least value that at least that part of all values does not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return Math.round(sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0)
}
