import { execFileSync } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { cable, Host } from '../lab/host'
import { alone } from './alone'
import { type Measurement, measure } from './measure'
import { bgpJs, bird, exabgp, frr, gobgp, type Load, type Prepared, type Sender } from './senders'
import { tableHead, tableRow } from './summary'

const usage = `Senders side by side, each holding its routes before the session comes up, to the same receiver. Options:
  --routes 100000[,500000]   --families ipv4,ipv6   --sets 1,1000   --runs 3   --peers BIRD,FRR,GoBGP,ExaBGP   --alone (bgp-js alone)`

/** One sender and the receiver at the other end of its cable. */
type Pair = {
  readonly sender: Sender
  readonly load: Load
  readonly here: Host
  readonly there: Host
  readonly results: Measurement[]
  /** Why it has no more results. */
  gaveUp?: string
}

async function pair(sender: Sender, load: Load): Promise<Pair> {
  const [here, there] = [await Host.make('sender'), await Host.make('receiver')]
  await cable(here, there)
  return { sender, load, here, there, results: [] }
}

async function separate({ here, there }: Pair): Promise<void> {
  await here.close()
  await there.close()
}

async function run(one: Pair, prepared: Prepared): Promise<void> {
  one.results.push(await measure(prepared, one.there, one.load))
}

/** A sender that fails is named, and the table goes on with the others. */
async function orGivesUp<T>(one: Pair, what: () => Promise<T>): Promise<T | undefined> {
  try {
    return await what()
  } catch (error) {
    one.gaveUp = (error as Error).message
    return undefined
  }
}

async function runOurs(one: Pair): Promise<void> {
  const prepared = await one.sender.prepare(one.here, one.load)
  await run(one, prepared)
  await prepared.stop()
}

/** The sender that runs after each run of ours, by index; none, if ours run alone. */
const turns = (peers: readonly Sender[], runs: number): readonly (number | undefined)[] =>
  Array.from({ length: runs }, () => (peers.length === 0 ? [undefined] : peers.map((_, i) => i))).flat()

/** Runs ours and the others in turn, so that load of the machine affects all of them alike. */
async function sideBySide(load: Load, peers: readonly Sender[], runs: number): Promise<void> {
  const ours = await pair(bgpJs, load)
  const others = await Promise.all(peers.map(async (sender) => await pair(sender, load)))
  try {
    const prepared: (Prepared | undefined)[] = []
    for (const other of others) prepared.push(await orGivesUp(other, () => other.sender.prepare(other.here, other.load)))
    for (const turn of turns(peers, runs)) {
      await runOurs(ours)
      const [other, ready] = [others[turn ?? -1], prepared[turn ?? -1]]
      if (other !== undefined && ready !== undefined && other.gaveUp === undefined) await orGivesUp(other, () => run(other, ready))
    }
    print(ours, others)
  } finally {
    await Promise.all([ours, ...others].map(separate))
  }
}

function print(ours: Pair, others: readonly Pair[]): void {
  const oursRuns = { name: ours.sender.name, ...ours }
  for (const one of [ours, ...others]) if (one.results.length > 0) console.log(tableRow({ name: one.sender.name, ...one }, oursRuns))
  for (const { sender, gaveUp } of others) if (gaveUp !== undefined) console.log(`${sender.name} gave up: ${gaveUp}`)
}

const loadOf = (count: string, family: string, sets: string): Load => ({
  count: Number(count),
  family: family === 'ipv6' ? 'ipv6' : 'ipv4',
  sets: Number(sets),
})

const firstLine = (command: string, ...words: readonly string[]): string =>
  execFileSync('sh', ['-c', `${[command, ...words].join(' ')} 2>&1`], { encoding: 'utf8' }).split('\n')[0] ?? ''

function about(): void {
  const load = loadavg().map((value) => value.toFixed(1))
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Linux ${firstLine('uname', '-r')}, Node ${process.version}; load ${load.join(', ')}`)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      routes: { type: 'string', default: '100000' },
      families: { type: 'string', default: 'ipv4,ipv6' },
      sets: { type: 'string', default: '1,1000' },
      runs: { type: 'string', default: '3' },
      peers: { type: 'string', default: 'BIRD,FRR,GoBGP,ExaBGP' },
      alone: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const peers = [bird, frr, gobgp, exabgp].filter(({ name }) => values.peers.split(',').includes(name))
  const loads = values.routes
    .split(',')
    .flatMap((count) => values.families.split(',').flatMap((family) => values.sets.split(',').map((sets) => loadOf(count, family, sets))))
  about()
  if (!values.alone) console.log(`\n${tableHead}`)
  for (const load of values.alone ? [] : loads) await sideBySide(load, peers, Number(values.runs))
  await alone(Math.max(...loads.map(({ count }) => count)))
  about()
}

void main()
