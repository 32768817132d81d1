import type { Cluster } from '../cluster/src'

export type ServiceRow = { readonly name: string; readonly pool: string; readonly addresses: readonly string[]; readonly via: 'l2' | 'bgp' }

type Service = {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: { readonly type: string }
  readonly status: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] } }
}
type Plan = {
  readonly metadata: { readonly name: string }
  readonly status?: {
    readonly claims?: readonly { readonly address: string }[]
    readonly sessions?: readonly { readonly peer: string; readonly state: string }[]
  }
}
type Routes = { readonly spec: { readonly node?: string; readonly routes?: readonly { readonly prefix: string }[] } }
type List<T> = { readonly items: readonly T[] }

const get = async <T>(cluster: Cluster, args: readonly string[]): Promise<readonly T[]> =>
  (JSON.parse(await cluster.kubectl(['get', ...args, '-o', 'json'])) as List<T>).items

/** The Services of type LoadBalancer, as their users see them. */
export async function servicesOf(cluster: Cluster): Promise<readonly ServiceRow[]> {
  const services = await get<Service>(cluster, ['services', '-n', 'default'])
  return services
    .filter(({ spec }) => spec.type === 'LoadBalancer')
    .map(({ metadata, status }) => {
      const pool = metadata.annotations?.['metallb.io/ip-allocated-from-pool'] ?? ''
      const addresses = (status.loadBalancer?.ingress ?? []).map(({ ip }) => ip)
      return { name: metadata.name, pool, addresses, via: pool === 'routed' ? 'bgp' : 'l2' }
    })
}

type Announced = { readonly service: ServiceRow; readonly by: readonly string[] }

/** By whom each Service is announced: the node that claims its address, or those whose plans carry its route over a session that is up. */
export async function announcers(cluster: Cluster, services: readonly ServiceRow[]): Promise<readonly Announced[]> {
  const plans = await get<Plan>(cluster, ['announcementplans', '-A'])
  const routes = await get<Routes>(cluster, ['announcementslices,routesets', '-A'])
  return services.map((service) => {
    const { addresses, via } = service
    const claimed = plans
      .filter(({ status }) => status?.claims?.some(({ address }) => addresses.includes(address)))
      .map(({ metadata }) => metadata.name)
    const carrying = routes.filter(({ spec }) => spec.routes?.some(({ prefix }) => addresses.includes(prefix.split('/')[0] ?? '')))
    const shared = carrying.some(({ spec }) => spec.node === undefined)
    const speaking = plans
      .filter(
        ({ metadata, status }) =>
          status?.sessions?.some(({ state }) => state === 'Established') &&
          (shared || carrying.some(({ spec }) => spec.node === metadata.name)),
      )
      .map(({ metadata }) => metadata.name)
    return { service, by: via === 'bgp' ? speaking : claimed }
  })
}

/** Columns as wide as their widest cell. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows]
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n')
}
