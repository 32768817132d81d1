import type { Cluster } from '../cluster/src'

/** When something was first seen, by text, in milliseconds since 1970. */
export type Sightings = {
  first(key: string): number | undefined
  stop(): void
}

/** Reads what a program prints, line by line, and notes when each key that `keyOf` finds in a line came first. */
function watch(
  cluster: Cluster,
  machine: string,
  argv: readonly string[],
  sighting: (line: string) => readonly [string, number] | undefined,
): Sightings {
  const seen = new Map<string, number>()
  const child = cluster.spawn(machine, argv)
  let rest = ''
  child.stdout?.on('data', (chunk) => {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const [key, at] = sighting(line) ?? []
      if (key !== undefined && at !== undefined && !seen.has(key)) seen.set(key, at)
    }
  })
  return { first: (key) => seen.get(key), stop: () => child.kill() }
}

/** ARP answers that reach the LAN client, by the kernel's own time stamps: `1700000000.123456 ARP, Reply 10.99.1.0 is-at …`. */
export const arpReplies = (cluster: Cluster): Sightings =>
  watch(cluster, 'client', ['tcpdump', '-l', '-n', '-tt', '-i', 'eth0', 'arp[6:2] = 2'], (line) => {
    const [, seconds, address] = /^(\d+\.\d+) ARP, Reply (\S+) is-at/.exec(line) ?? []
    return seconds === undefined || address === undefined ? undefined : [address, Number(seconds) * 1000]
  })

/** Routes that the router's kernel gets from FRR: `[2026-01-01T00:00:00.123456] 10.100.0.0 …`. */
export const routes = (cluster: Cluster): Sightings =>
  watch(cluster, 'router', ['stdbuf', '-oL', 'ip', '-ts', '-o', 'monitor', 'route'], (line) => {
    const [, time, address] = /^\[([^\]]+)\] (?!Deleted)(\d+\.\d+\.\d+\.\d+) /.exec(line) ?? []
    return time === undefined || address === undefined ? undefined : [address, Date.parse(`${time}Z`)]
  })
