import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from '../cluster/src'
import { startLab } from '../harness/lab'
import { service } from '../harness/manifests'
import { arpReplies, routes, type Sightings } from './watch'

/**
 * How long a Service takes from its creation until the first ARP answer reaches a client on the LAN, and until the router's
 * kernel has the route; and what memory the operator and the speakers use then. Prints each and asserts nothing.
 */
/** As many as the pool `lan` has addresses that were never used before. */
const rounds = 14

async function main(): Promise<void> {
  const lab = await startLab((line) => console.error(line))
  try {
    const { cluster } = lab
    // The client asks every 20 ms for an address that nobody answers for, instead of every second and three times in all.
    for (const key of ['retrans_time_ms=20', 'mcast_solicit=500'])
      await cluster.exec('client', ['sysctl', '-qw', `net.ipv4.neigh.eth0.${key}`])
    const seen = { arp: arpReplies(cluster), route: routes(cluster) }
    await pause(1_000)
    const arp: number[] = []
    const route: number[] = []
    for (let round = 0; round < rounds; round++) {
      arp.push(await once(cluster, { name: `arp-${round}`, pool: 'lan', address: `10.99.1.${2 + round}` }, seen.arp))
      route.push(await once(cluster, { name: `route-${round}`, pool: 'routed', address: `10.100.0.${10 + round}` }, seen.route))
    }
    seen.arp.stop()
    seen.route.stop()
    print('Service created → first ARP answer at the client', arp)
    print('Service created → route in the router’s kernel', route)
    for (const component of ['operator', 'speaker']) await memory(cluster, lab.namespace, component)
  } finally {
    await lab.down()
  }
}

type Trial = { readonly name: string; readonly pool: string; readonly address: string }

/** Milliseconds; NaN when it did not happen within 10 s. */
async function once(cluster: Cluster, { name, pool, address }: Trial, seen: Sightings): Promise<number> {
  const body = service(name, { pool, annotations: { 'metallb.io/loadBalancerIPs': address } })
  const asking = pool === 'lan' ? cluster.spawn('client', ['ping', '-i', '0.2', '-w', '10', address]) : undefined
  await pause(100)
  const created = Date.now()
  await cluster.api('POST', '/api/v1/namespaces/default/services', { body })
  for (let waited = 0; waited < 10_000 && seen.first(address) === undefined; waited += 10) await pause(10)
  asking?.kill()
  await cluster.api('DELETE', `/api/v1/namespaces/default/services/${name}`)
  return (seen.first(address) ?? Number.NaN) - created
}

function print(what: string, samples: readonly number[]): void {
  const sorted = samples.filter((sample) => !Number.isNaN(sample)).sort((a, b) => a - b)
  const at = (share: number): string =>
    `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(0)} ms`
  console.log(`${what}: ${sorted.length} of ${samples.length} seen, min ${at(0)}, p50 ${at(0.5)}, p90 ${at(0.9)}, max ${at(1)}`)
}

async function memory(cluster: Cluster, namespace: string, component: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app.kubernetes.io/component=${component}`
  const { items } = await cluster.api<{ items: readonly { metadata: { name: string } }[] }>('GET', path)
  for (const { metadata } of items) {
    const [first] = await cluster.podProcesses(namespace, metadata.name)
    console.log(`${metadata.name}: ${JSON.stringify(first)}`)
  }
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
