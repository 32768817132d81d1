import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Cluster, startCluster } from '../cluster/src'
import { eventually } from '../scenarios/eventually'
import { installLoadstone, repository } from '../scenarios/install'
import { ask, nextHops } from '../scenarios/traffic'
import { announcers, type ServiceRow, servicesOf, table } from './show'
import { tryNext } from './words'

/** The demo proves what it shows: each part that does not work is named, and the exit code is 0 only when all did. */
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
    for (const file of ['pools.yaml', 'bgp.yaml', 'echo.yaml', 'services.yaml']) {
      await cluster.kubectl(['apply', '-f', '-'], { input: readFileSync(join(repository(), 'examples', file), 'utf8') })
    }
    await cluster.kubectl(['rollout', 'status', 'daemonset/echo', '--timeout=120s'])
    await show(cluster)
    if (stop === undefined) return
    console.log(tryNext(cluster.name))
    await stop
  } finally {
    say('taking the cluster down')
    await cluster.down()
  }
}

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
  shown(table(['SERVICE', 'POOL', 'ADDRESSES', 'ANNOUNCED BY'], await announcers(cluster, services)))
  for (const service of services) await showAnswers(cluster, service)
  heading('On the router: vtysh -c "show ip route bgp"')
  shown((await cluster.router.vtysh('show ip route bgp')).replace(/^(Codes|[ ]{7}).*\n/gm, ''))
  heading('Why: kubectl describe service (its last lines)')
  const described = await cluster.kubectl(['describe', 'service', services[0]?.name ?? ''])
  shown(described.slice(described.indexOf('Events:')))
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

async function showAnswers(cluster: Cluster, service: ServiceRow): Promise<void> {
  const where = service.via === 'bgp' ? 'from behind the router (BGP)' : 'from a client on the LAN (L2)'
  const address = service.addresses.find((text) => !text.includes(':')) ?? ''
  heading(`${service.name}: curl http://${address}/ ${where}`)
  for (let i = 0; i < 4; i++) {
    const answer = await ask(cluster, clientOf(service), address)
    shown(answer === undefined ? 'no answer' : `answered by the pod on ${answer.node}, which saw ${answer.from}`)
  }
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
