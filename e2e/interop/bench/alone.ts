import { readFileSync } from 'node:fs'
import { cable, Host, until } from '../lab/host'
import { Receiver } from './receiver'
import { answer, ends, type Load, ours } from './senders'
import { median } from './summary'

const turnRuns = 5

/** Measurements of bgp-js alone: memory for a route, longest block of the event loop, time until a route is on the wire. */
export async function alone(count: number): Promise<void> {
  const [here, there] = [await Host.make('sender'), await Host.make('receiver')]
  try {
    await cable(here, there)
    console.log('')
    for (const family of ['ipv4', 'ipv6'] as const) await many(here, there, { family, count, sets: 1000 })
    await latency(here, there)
  } finally {
    await here.close()
    await there.close()
  }
}

async function many(here: Host, there: Host, load: Load): Promise<void> {
  const [heap, rss, taking, turns, cpu]: [number[], number[], number[], number[], number[]] = [[], [], [], [], []]
  for (let run = 0; run < turnRuns; run++) {
    const receiver = await Receiver.start(there, 65001, ends(load.family))
    const sender = await ours(here, ends(load.family).there, 65002, load)
    heap.push((sender.ready['heapBytes'] ?? 0) / load.count)
    rss.push((sender.ready['rssBytes'] ?? 0) / load.count)
    taking.push(sender.ready['setRoutesMillis'] ?? 0)
    await receiver.enable()
    sender.child.stdin?.write('turns\nstart\n')
    const { longestMillis = 0, mostCpuMillis = 0 } = await answer(sender, 'turns', 60)
    turns.push(longestMillis)
    cpu.push(mostCpuMillis)
    sender.child.kill('SIGKILL')
    await sender.ended
    await receiver.stop()
  }
  const [octets, held] = [median(heap), median(rss)].map(Math.round)
  console.log(
    `bgp-js, ${load.count} ${load.family} routes of ${load.sets} attribute sets: ${octets} octets of heap and ${held} of RSS each; ` +
      `setRoutes() of all ${median(taking).toFixed(0)} ms of CPU; the longest turn of the event loop while they are sent ` +
      `${median(turns).toFixed(1)} ms (median of ${turnRuns} runs, ${Math.min(...turns).toFixed(1)}–${Math.max(...turns).toFixed(1)}), ` +
      `with at most ${median(cpu).toFixed(1)} ms of CPU`,
  )
}

/** From just before announce() until the kernel hands the segment to the cable, as tcpdump's time stamps say. */
async function latency(here: Host, there: Host): Promise<void> {
  const receiver = await Receiver.start(there, 65001, ends('ipv4'))
  const capture = `${here.folder}/sent.pcap`
  const filter = `src ${ends('ipv4').here} and tcp port 179`
  const tcpdump = here.spawn(['tcpdump', '-i', 'v0', '--time-stamp-precision=nano', '-U', '-w', capture, filter])
  await until('tcpdump', 10, () => (tcpdump.output().includes('listening') ? true : undefined))
  const sender = await ours(here, ends('ipv4').there, 65002, { family: 'ipv4', count: 100, sets: 1 })
  await receiver.enable()
  sender.child.stdin?.write('start\n')
  await answer(sender, 'established', 30)
  sender.child.stdin?.write('latency\n')
  const { begunMicros, returnedMicros } = (await answer(sender, 'latency', 60)) as unknown as Record<string, readonly number[]>
  await until('the last of it to be captured', 10, () => (onWire(capture).size >= (begunMicros?.length ?? 0) ? true : undefined))
  const wire = onWire(capture)
  const taken = (begunMicros ?? []).map((begun, i) => (wire.get(i) ?? Number.NaN) - begun).sort((a, b) => a - b)
  const returned = (returnedMicros ?? []).toSorted((a, b) => a - b)
  console.log(
    `bgp-js, ${taken.length} announcements of one route: on the wire after ${quantiles(taken)}; announce() returned after ${quantiles(returned)}`,
  )
  await receiver.stop()
}

const quantiles = (sorted: readonly number[]): string =>
  [50, 99].map((percent) => `p${percent} ${sorted[Math.floor((sorted.length * percent) / 100)]?.toFixed(0)} µs`).join(', ')

/** When the announcement of 172.16.x.y/32, the end of its segment, was captured: microseconds since 1970 by x · 256 + y. */
function onWire(path: string): Map<number, number> {
  const file = readFileSync(path)
  const seen = new Map<number, number>()
  for (let at = 24; at + 16 <= file.length; ) {
    const end = at + 16 + file.readUInt32LE(at + 8)
    if (end > file.length) break
    if (file.readUInt32BE(end - 4) >>> 16 === 0xac10 && file[end - 5] === 32)
      seen.set(file.readUInt16BE(end - 2), file.readUInt32LE(at) * 1e6 + file.readUInt32LE(at + 4) / 1e3)
    at = end
  }
  return seen
}
