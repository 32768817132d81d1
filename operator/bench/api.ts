import { readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { eventually, runApiServer } from '@loadstone/kube/testing'
import { ApiTestCluster } from '../test/cluster/api-cluster'
import { bgp, endpoints, pool, service } from '../test/objects'
import { builtOperator } from '../test/process/built'
import { Crowd } from '../test/process/crowd'
import { OperatorProcess } from '../test/process/operator-process'

/**
 * The operator as a process on a real API server, with 2,000 Services that wait: until all have an address, beside writing those
 * statuses alone; then Services created one by one beside them; and its memory. Prints and asserts nothing.
 */
const count = 2_000
const later = 25

async function main(): Promise<void> {
  const server = await runApiServer({ flags: ['--service-cluster-ip-range=10.96.0.0/12'] })
  const built = await builtOperator()
  const cluster = await new ApiTestCluster(server.api).prepare()
  const crowd = new Crowd(server, cluster, count)
  let operator: OperatorProcess | undefined
  try {
    await crowd.create()
    const alone = await crowd.writeAlone()
    await cluster.put(pool('p', ['10.8.0.0/16']), bgp())
    operator = await OperatorProcess.start(built, server.kubeconfig())
    const { said, pid } = { said: operator.said.bind(operator), pid: operator.pid }
    const started = performance.now()
    await eventually(
      'it leads',
      async () => said('leading').length,
      (times) => times > 0,
    )
    const led = performance.now()
    const seconds = (from: number, to: number): string => `${((to - from) / 1000).toFixed(2)} s`
    const addressed = await crowd.allAddressed()
    console.log(`${count} Services: ${seconds(led, addressed)} from leading, ${seconds(started, addressed)} from the start of the process`)
    console.log(`the same statuses written alone: ${(alone / 1000).toFixed(2)} s`)
    console.log(`all routes: ${seconds(led, await crowd.allRouted())} from leading`)
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const mb = (field: string): number => Math.round(Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024)
    console.log(`memory: RSS ${mb('VmRSS')} MB, anonymous ${mb('RssAnon')} MB`)
    const address: number[] = []
    const route: number[] = []
    for (let i = 0; i < later; i++) {
      const name = `late-${i}`
      await cluster.put(endpoints(`default/${name}`, ['n1']))
      const created = performance.now()
      await cluster.put(service(name))
      address.push((await crowd.addressed(name)) - created)
      route.push((await crowd.routed(name)) - created)
    }
    const median = (values: readonly number[]): string => ([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0).toFixed(0)
    console.log(`one Service beside them, from before its creation: address p50 ${median(address)} ms, route p50 ${median(route)} ms`)
  } finally {
    crowd.stop()
    await operator?.end()
    rmSync(dirname(built), { recursive: true, force: true })
    await server.stop()
  }
}

void main()
