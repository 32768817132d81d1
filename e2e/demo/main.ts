import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Cluster, startCluster } from '../cluster/src'
import { repository } from '../cluster/src/host/paths'
import { eventually } from '../harness/eventually'
import { installLoadstone } from '../harness/install'
import { ask, nextHops } from '../harness/traffic'
import { announcers, type ServiceRow, servicesOf, table } from './show'
import { tryNext } from './words'

/** Runs the demo. Each part that does not work is named, and the exit code is 0 only if all parts work. */
const once = process.env.ONCE === '1'
const began = performance.now()
const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s`
const say = (line: string): void => console.log(`${seconds()}  ${line}`)
const heading = (text: string): void => console.log(`\n── ${text} ${'─'.repeat(Math.max(0, 96 - text.length))}`)
const shown = (text: string): void => console.log(text.trimEnd().replaceAll(/^/gm, '   '))

async function main(): Promise<void> {
  const cluster = await startCluster({ nodes: 3, log: say })
  const stop = once ? undefined : untilInterrupted()
  try {
    await installLoadstone(cluster, say)
    say('applying examples/')
    // There is no registry here: an image with node in it stands in for the one that the examples name.
    await cluster.loadProduct(nodeImage)
    for (const file of ['pools.yaml', 'bgp.yaml', 'echo.yaml', 'services.yaml']) {
      await cluster.kubectl(['apply', '-f', '-'], { input: readFileSync(join(repository, 'examples', file), 'utf8') })
    }
    await cluster.kubectl(['rollout', 'status', 'daemonset/echo', '--timeout=120s'])
    await show(cluster)
    if (stop !== undefined) {
      console.log(tryNext(cluster.name))
      await stop
    }
  } finally {
    say('taking the cluster down')
    await cluster.down()
  }
  if (existsSync(cluster.dir)) throw new Error(`${cluster.dir} is left behind`)
}

/** The image of examples/echo.yaml, as containerd calls it. */
const nodeImage = 'docker.io/library/node:24-slim'

async function show(cluster: Cluster): Promise<void> {
  const services = await eventually(
    'every Service has its addresses',
    () => servicesOf(cluster),
    (rows) => {
      const waiting = rows.filter(({ addresses }) => addresses.length === 0)
      if (rows.length === 0 || waiting.length > 0) throw new Error(`waiting: ${waiting.map(({ name }) => name).join(', ')}`)
    },
  )
  for (const service of services) await proveReachable(cluster, service)

  heading('Services: addresses and who announces them (kubectl get services, announcementplans)')
  shown(await announcements(cluster, services))
  const missing: string[] = []
  for (const service of services) missing.push(...(await showAnswers(cluster, service)))
  heading('On the router: vtysh -c "show ip route bgp"')
  missing.push(...(await showRoutes(cluster, services)))
  heading('Why: kubectl describe service (its last lines)')
  shown(await reasons(cluster, services[0]?.name ?? ''))
  if (missing.length > 0) throw new Error(`missing: ${missing.join('; ')}`)
}

/** One line per Service, once each is announced by somebody. */
async function announcements(cluster: Cluster, services: readonly ServiceRow[]): Promise<string> {
  const announced = await eventually(
    'every Service is announced',
    () => announcers(cluster, services),
    (rows) => {
      const nobody = rows.filter(({ by }) => by.length === 0)
      if (nobody.length > 0) throw new Error(`nobody announces ${nobody.map(({ service }) => service.name).join(', ')}`)
    },
  )
  const rows = announced.map(({ service: { name, pool, addresses, via }, by }) => [
    name,
    pool,
    addresses.join(', '),
    `${by.join(', ')} by ${via === 'bgp' ? 'BGP' : 'ARP'}`,
  ])
  return table(['SERVICE', 'POOL', 'ADDRESSES', 'ANNOUNCED BY'], rows)
}

/** The events of a Service, once they tell who announces it. */
async function reasons(cluster: Cluster, service: string): Promise<string> {
  const described = await eventually(
    `kubectl describe service ${service} tells who announces it`,
    () => cluster.kubectl(['describe', 'service', service]),
    (text) => {
      if (!/nodeAssigned.*announcing from node/.test(text)) throw new Error(text.slice(text.indexOf('Events:')))
    },
  )
  return described.slice(described.indexOf('Events:'))
}

/** The routes of the router; returns those it lacks, in words. */
async function showRoutes(cluster: Cluster, services: readonly ServiceRow[]): Promise<readonly string[]> {
  const routes = (await cluster.router.vtysh('show ip route bgp')).replace(/^(Codes|[ ]{7}).*\n/gm, '')
  shown(routes)
  return services
    .filter(({ via, addresses }) => via === 'bgp' && !addresses.some((address) => routes.includes(`${address}/32`)))
    .map(({ name }) => `a route to ${name} on the router`)
}

const clientOf = ({ via }: ServiceRow): string => (via === 'bgp' ? 'outside' : 'client')

async function proveReachable(cluster: Cluster, service: ServiceRow): Promise<void> {
  const address = service.addresses.find((text) => !text.includes(':')) ?? ''
  if (service.via === 'bgp') {
    await eventually(
      `the router has a route to ${address}`,
      () => nextHops(cluster, address),
      (hops) => {
        if (hops.length === 0) throw new Error('no next hop')
      },
    )
  }
  await eventually(
    `${service.name} answers at ${address}`,
    () => ask(cluster, clientOf(service), address),
    (answer) => {
      if (answer === undefined) throw new Error('no answer')
    },
  )
}

/** The answers of a Service; returns those that did not come, in words. */
async function showAnswers(cluster: Cluster, service: ServiceRow): Promise<readonly string[]> {
  const where = service.via === 'bgp' ? 'from behind the router (BGP)' : 'from a client on the LAN (L2)'
  const address = service.addresses.find((text) => !text.includes(':')) ?? ''
  heading(`${service.name}: curl http://${address}/ ${where}`)
  const missing: string[] = []
  for (let i = 1; i <= 4; i++) {
    const answer = await ask(cluster, clientOf(service), address)
    shown(answer === undefined ? 'no answer' : `answered by the pod on ${answer.node}, which saw ${answer.from}`)
    if (answer === undefined) missing.push(`answer ${i} of ${service.name} at ${address}`)
  }
  return missing
}

function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

main().catch((error: unknown) => {
  console.error(`\nThe demo did not work: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
})
