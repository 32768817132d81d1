// Holds 50 ms × 3 with FRR and BIRD while the main thread parses 10 MB of JSON without end and every core has a busy process.
// As root: node libs/bfd/out/bench/hold.js [--minutes 10] [--idle]. Exit code 0: no session went down on either side.
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { type Clock, systemClock } from '@loadstone/clock'
import { createBfd } from '../src'
import { type UdpTransport, udpTransport } from '../src/transport'
import { alone, bird, birdDowns, distribution, endAll, frr, frrDowns, router, start } from './lab'

type Report = {
  readonly peer: string
  readonly falls: readonly string[]
  readonly gaps: readonly number[]
  readonly late: readonly number[]
}
type Watched = { gaps: number[]; late: number[]; falls: string[] }
/** `rung`: by how much this thread's timers were late, which is what makes packets late. */
type Reports = { readonly sessions: readonly Report[]; readonly rung: readonly number[] }

const profile = { transmitIntervalMicros: 50_000, receiveIntervalMicros: 50_000, detectMultiplier: 3 }

/** The wire worker of the speaker, in small: nothing runs in it but the sessions. */
function wire(peers: readonly string[]): void {
  const watched = new Map<string, Watched>(peers.map((peer) => [peer, { gaps: [], late: [], falls: [] }]))
  let rung: number[] = []
  const clock: Clock = {
    ...systemClock,
    after: (millis, run) => {
      const due = performance.now() + millis
      return systemClock.after(millis, () => {
        rung.push(Math.max(0, performance.now() - due))
        run()
      })
    },
  }
  const bfd = createBfd({ transport: measuring(udpTransport(), watched), clock })
  for (const peer of peers) {
    const session = bfd.session({ peer, profile })
    session.on('down', ({ by }) => watched.get(peer)?.falls.push(by))
  }
  parentPort?.on('message', () => {
    parentPort?.postMessage({ rung, sessions: [...watched].map(([peer, all]) => ({ peer, ...all })) })
    rung = []
    for (const all of watched.values()) Object.assign(all, { gaps: [], late: [], falls: [] }) // each report is of the time since the last
  })
}

function measuring(transport: UdpTransport, watched: ReadonlyMap<string, Watched>): UdpTransport {
  return {
    settled: (run) => transport.settled(run),
    listen: (kind, receive) =>
      transport.listen(kind, (arrival) => {
        watched.get(arrival.from)?.late.push(arrival.lateMicros / 1000)
        receive(arrival)
      }),
    open: (path, nextPort, onTrouble) => {
      const line = transport.open(path, nextPort, onTrouble)
      let last = performance.now()
      return {
        get link() {
          return line.link
        },
        close: () => line.close(),
        send: (octets) => {
          const now = performance.now()
          watched.get(path.peer)?.gaps.push(now - last)
          last = now
          return line.send(octets)
        },
      }
    },
  }
}

const json = JSON.stringify(
  Array.from({ length: 40_000 }, (_, i) => ({ name: `service-${i}`, labels: { a: 'b', n: i }, text: 'x'.repeat(200) })),
)

const ask = (worker: Worker): Promise<Reports> =>
  new Promise((resolve) => {
    worker.once('message', resolve)
    worker.postMessage('report')
  })

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, idle: { type: 'boolean', default: false } } })
  await alone()
  const [one, two] = [await router(1), await router(2)]
  await frr(one, 1)
  await bird(two, 2)
  const worker = new Worker(__filename, { workerData: ['10.0.1.2', '10.0.2.2'] })
  await new Promise((resolve) => setTimeout(resolve, 6000))
  await ask(worker)
  const before = [frrDowns(one), birdDowns(two)]
  const millis = Number(values.minutes) * 60_000
  if (!values.idle) for (const _ of cpus()) start([process.execPath, '-e', `for (const end = Date.now() + ${millis}; Date.now() < end; );`])
  const stalls = await busy(millis, values.idle)
  const { sessions: reports, rung } = await ask(worker)
  const theirs = [frrDowns(one), birdDowns(two)].map((downs, i) => downs - (before[i] ?? 0))
  endAll()
  const load = `${cpus().length} cores with a busy process each, ${(json.length / 1e6).toFixed(1)} MB of JSON parsed without end`
  console.log(`${values.minutes} minutes, ${values.idle ? 'idle' : load}; load average ${loadavg().map((value) => value.toFixed(1))}`)
  console.log(`the main thread stalls for: ${distribution(stalls)}`)
  console.log(`timers ring late by:        ${distribution(rung)}`)
  for (const [i, { peer, gaps, late, falls }] of reports.entries()) {
    const ours = falls.length === 0 ? '0' : `${falls.length} (noticed by ${[...new Set(falls)]})`
    console.log(`${['FRR', 'BIRD'][i]} at ${peer}: downs here ${ours}, there ${theirs[i]}`)
    console.log(`  between our packets: ${distribution(gaps)}`)
    console.log(`  packets read after:  ${distribution(late)}`)
  }
  process.exit([...theirs, ...reports.map(({ falls }) => falls.length)].some((count) => count > 0) ? 1 : 0)
}

/** The main thread's day: it parses, then lets the loop turn once. */
async function busy(millis: number, idle: boolean): Promise<readonly number[]> {
  const stalls: number[] = []
  for (const end = performance.now() + millis; performance.now() < end; ) {
    const began = performance.now()
    if (!idle) JSON.parse(json)
    stalls.push(performance.now() - began)
    await new Promise((resolve) => setTimeout(resolve, idle ? 1000 : 0))
  }
  return stalls
}

if (isMainThread) void main()
else wire(workerData as readonly string[])
