import { cable, Host, until } from '../host'
import { cpuSeconds, established, received, receiver, startReceiver } from './measure'
import { answer, bgpJs, bird, ends, exabgp, frr, gobgp, type Load, ours, type Sender } from './senders'

/**
 * Senders side by side, to the same receiver, in one run: each holds its routes before the session comes up; measured from Established
 * until the receiver holds all of them. Usage: main.js [routes] [sender ...].
 */
type Result = { readonly wallSeconds: number; readonly cpuSeconds: number; readonly rssMegabytes: number }

async function measure(sender: Sender, load: Load): Promise<Result> {
  const [one, other] = [await Host.make('sender'), await Host.make('receiver')]
  try {
    await cable(one, other)
    await startReceiver(other, sender.name === 'bgp-js' ? 65001 : 65003, ends(load.family))
    const { pid, go, running } = await sender.prepare(one, load)
    const before = cpuSeconds(pid)
    await receiver(other, 'enable', 'p')
    go()
    await until(`a session with ${sender.name}; it printed ${running.output().slice(-300)}`, 60, async () =>
      (await established(other)) ? true : undefined,
    )
    const begun = Date.now()
    await until(`${load.count} routes from ${sender.name}`, 300, async () =>
      (await received(other, load.family)) >= load.count ? true : undefined,
    )
    const wallSeconds = (Date.now() - begun) / 1000
    await new Promise((resolve) => setTimeout(resolve, 500))
    const { readFileSync } = await import('node:fs')
    const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
    return { wallSeconds, cpuSeconds: cpuSeconds(pid) - before, rssMegabytes: Math.round(rss) }
  } finally {
    await one.close()
    await other.close()
  }
}

/** Memory per route, and how long an announcement takes to reach the kernel. */
async function alone(): Promise<void> {
  const [one, other] = [await Host.make('sender'), await Host.make('receiver')]
  try {
    await cable(one, other)
    await startReceiver(other, 65001, ends('ipv4'))
    const count = 500_000
    const many = await ours(one, '10.99.0.2', 65002, { family: 'ipv4', count, sets: 1 })
    console.log(`bgp-js: ${Math.round((many.ready['rssBytes'] ?? 0) / count)} octets of memory for each of ${count} routes`)
    many.child.kill('SIGKILL')
    const few = await ours(one, '10.99.0.2', 65002, { family: 'ipv4', count: 100, sets: 1 })
    await receiver(other, 'enable', 'p')
    few.child.stdin?.write('start\n')
    await answer(few, 'established', 30)
    few.child.stdin?.write('latency\n')
    const { p50Micros, p99Micros } = await answer(few, 'latency', 60)
    console.log(`bgp-js: announce() to the wire: p50 ${p50Micros?.toFixed(0)} µs, p99 ${p99Micros?.toFixed(0)} µs`)
  } finally {
    await one.close()
    await other.close()
  }
}

async function main(): Promise<void> {
  const [routes = '100000', ...names] = process.argv.slice(2)
  const count = Number(routes)
  const all = [bgpJs, bird, frr, gobgp, exabgp].filter(({ name }) => names.length === 0 || names.includes(name))
  console.log('| family | routes | sets | sender | wall s | CPU s | CPU s per 100,000 | RSS MB |\n|---|---|---|---|---|---|---|---|')
  for (const family of (process.env['FAMILIES'] ?? 'ipv4,ipv6').split(',') as ('ipv4' | 'ipv6')[]) {
    for (const sets of [1, 1000]) {
      for (const sender of all) {
        const { wallSeconds, cpuSeconds: cpu, rssMegabytes } = await measure(sender, { family, count, sets })
        const per = ((cpu / count) * 100_000).toFixed(2)
        console.log(
          `| ${family} | ${count} | ${sets} | ${sender.name} | ${wallSeconds.toFixed(2)} | ${cpu.toFixed(2)} | ${per} | ${rssMegabytes} |`,
        )
      }
    }
  }
  if (names.length === 0 || names.includes('bgp-js')) await alone()
}

void main()
