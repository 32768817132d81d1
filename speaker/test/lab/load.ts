import { readFileSync } from 'node:fs'
import { maxEntries } from '@loadstone/plan'
import { entry, ip, plan, route, session } from '../builders'
import { profile } from '../sim/bfd-world'
import type { Cluster } from './cluster'
import { type Host, nodeUnderTest, type Program } from './host'

/** For docs/design.md §8: a speaker with 2,000 Services. */
export const services = 2_000
const address = (i: number): string => `10.9.${i >> 8}.${i & 255}`
const service = (i: number): string[] => [`shop/service-${i}`]
const parts = Array.from({ length: Math.ceil(services / maxEntries) }, (_, part) =>
  Array.from({ length: Math.min(maxEntries, services - part * maxEntries) }, (_, i) => part * maxEntries + i),
)

/** All on L2, a third of them owned by the node `l2`, as on three nodes; and an empty slice `l2-last` for what comes later. */
export async function publishL2(cluster: Cluster): Promise<void> {
  const nodes = ['l2', 'b', 'c']
  await Promise.all(
    parts.map((part, n) => {
      const l2 = part.map((i) => entry(address(i), { candidates: [0, 1, 2].map((n) => nodes[(i + n) % 3]!), services: service(i) }))
      return cluster.slice(`l2-${n}`, { node: 'l2', l2, routes: [] })
    }),
  )
  await cluster.slice('l2-last', { node: 'l2', l2: [], routes: [] })
  await cluster.plan(plan({ node: 'l2', slices: [...parts.map((_, n) => `l2-${n}`), 'l2-last'] }))
}
export const owned = Math.ceil(services / 3)

/** All routes advertised by the node `bgp` to one router, with BFD at 50 ms. */
export async function publishBgp(cluster: Cluster): Promise<void> {
  await Promise.all(
    parts.map((part, n) => {
      const routes = part.map((i) => route(`${address(i)}/32`, { services: service(i) }))
      return cluster.routeSet(`shared-${n}`, { audience: 'every-node', routes })
    }),
  )
  const tor = session({ address: ip('192.0.2.99'), bfd: profile, holdSeconds: 9, keepaliveSeconds: 3 })
  await cluster.plan(plan({ node: 'bgp', routeSets: parts.map((_, n) => `shared-${n}`), sessions: [tor] }))
}

export type Memory = { readonly rssMb: number; readonly anonymousMb: number }

/** Memory by the kernel's count. RSS includes 45 MB (Node 20) to 55 MB (Node 24) of the node binary, which all processes share. */
export function memoryOf({ pid }: Program): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mb = (field: string): number => Math.round(Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 102.4) / 10
  return { rssMb: mb('VmRSS'), anonymousMb: mb('RssAnon') }
}

/** Node with nothing to do, for comparison. */
export const nodeAlone = (host: Host): Program => host.start([nodeUnderTest, '-e', 'setInterval(() => {}, 1000)'])
