import { allocate } from '../src/allocate/allocate'
import { resolve } from '../src/config/resolve'
import { observeAll, SimCluster } from '../test/cluster/sim-cluster'
import { type ApiObject, bgp, endpoints, l2, node, peer, pool, service, withIps } from '../test/objects'

/** How much CPU time the operator thinks, without the API server: `node operator/out/bench/scale.js`, or with `'L2 Local'` those rows alone. */
const only = process.argv[2]

function timed<T>(what: string, run: () => T, rounds = 9): T {
  const millis: number[] = []
  let result: T | undefined
  for (let i = 0; i < rounds; i++) {
    // CPU rather than wall time, so that other jobs on the machine count for less.
    const started = process.cpuUsage()
    result = run()
    const { user, system } = process.cpuUsage(started)
    millis.push((user + system) / 1000)
  }
  const sorted = [...millis].sort((a, b) => a - b)
  const shown = (i: number, values: readonly number[]): string => `${(values[i] ?? 0).toFixed(1).padStart(8)} ms`
  console.log(`${what.padEnd(72)} first ${shown(0, millis)}   median ${shown(Math.floor(rounds / 2), sorted)}`)
  return result as T
}

const count = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)
const services = (n: number, more: Partial<Record<string, unknown>> = {}): readonly ApiObject[] =>
  count(n).map((i) => service(`s${i}`, more))
const nodes = (n: number): readonly ApiObject[] =>
  count(n).map((i) => node(`node-${String(i).padStart(4, '0')}`, { 'topology.kubernetes.io/zone': `z${i % 3}` }))

function allocating(): void {
  const pools = [pool('p', ['10.0.0.0/16'])]
  for (const n of [1_000, 10_000, 20_000]) {
    const world = observeAll([...pools, ...services(n)])
    const config = resolve(world, undefined)
    timed(`allocate ${n} Services from one /16`, () => allocate(world, config))
  }
  const held = services(10_000).map((api, i) => withIps(api, [`10.0.${i >> 8}.${i & 255}`], 'p'))
  const world = observeAll([...pools, ...held, service('newcomer')])
  const config = resolve(world, undefined)
  timed('allocate one more beside 10000 that hold an address', () => allocate(world, config))
  const sharing = count(5_000).map((i) => service(`s${i}`, {}, { annotations: { 'metallb.io/allow-shared-ip': 'k' } }))
  const shared = observeAll([...pools, ...sharing])
  timed('allocate 5000 Services with one sharing key and one port', () => allocate(shared, resolve(shared, undefined)))
}

/** From no entry to the last one: as many passes as it takes, each published before the next. Counts the thinking alone. */
function placing(label: string, c: SimCluster): void {
  const millis: number[] = []
  let isDone = false
  while (!isDone) {
    const world = c.world()
    const started = process.cpuUsage()
    const { publication, decided } = c.decideOn(world)
    const { user, system } = process.cpuUsage(started)
    millis.push((user + system) / 1000)
    for (const write of [...publication.services, ...publication.objects.flat(), ...publication.reports]) c.perform(write)
    isDone = (decided?.plan.deferred ?? 0) === 0
  }
  const total = millis.reduce((sum, one) => sum + one, 0)
  const passes = `${millis.length} ${millis.length === 1 ? 'pass' : 'passes'}`
  console.log(
    `${`${label}: everything is new, ${passes}`.padEnd(72)} all   ${total.toFixed(1).padStart(8)} ms   longest ${Math.max(...millis).toFixed(1)} ms`,
  )
}

type Crowd = {
  readonly serviceCount: number
  readonly nodeCount: number
  readonly spec?: Readonly<Record<string, unknown>>
  readonly placement?: 'balanced' | 'metallb'
}

function passing(what: string, { serviceCount, nodeCount, spec = {}, placement = 'balanced' }: Crowd, advertisement: ApiObject): void {
  if (only !== undefined && only !== what) return
  const all = services(serviceCount, spec)
  const three = (i: number): readonly string[] => [0, 1, 2].map((k) => `node-${String((i * 7 + k * 13) % nodeCount).padStart(4, '0')}`)
  const slices = all.map(({ metadata }, i) => endpoints(`default/${metadata.name}`, three(i)))
  const c = new SimCluster([pool('p', ['10.0.0.0/16']), advertisement, peer('r'), ...all, ...slices], { placement })
  c.addNodes(...nodes(nodeCount))
  c.pass()
  c.speakersReport()
  const label = `${what}, ${serviceCount} Services, ${nodeCount} nodes`
  placing(label, c)
  c.settle()
  const world = c.world()
  timed(`${label}: nothing has changed`, () => c.decideOn(world))
  c.put(service('newcomer'), endpoints('default/newcomer', ['node-0000']))
  const changed = c.world()
  timed(`${label}: one Service more`, () => c.decideOn(changed))
  c.remove('Service/default/newcomer', `speaker-node-0000`)
  const lost = c.world()
  timed(`${label}: a speaker is lost`, () => c.decideOn(lost))
}

const local = { externalTrafficPolicy: 'Local', healthCheckNodePort: 30_000 }

if (only === undefined) allocating()
passing('L2', { serviceCount: 2_000, nodeCount: 3 }, l2())
passing('BGP', { serviceCount: 2_000, nodeCount: 3 }, bgp())
passing('L2', { serviceCount: 2_000, nodeCount: 100 }, l2())
passing('L2', { serviceCount: 10_000, nodeCount: 1_000 }, l2())
passing('L2 metallb', { serviceCount: 10_000, nodeCount: 1_000, placement: 'metallb' }, l2())
passing('L2 Local', { serviceCount: 10_000, nodeCount: 1_000, spec: local }, l2())
passing('BGP', { serviceCount: 10_000, nodeCount: 1_000 }, bgp())
