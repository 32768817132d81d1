import { type Cluster, startCluster } from '../cluster/src'
import { eventually } from './eventually'
import { installLoadstone } from './install'
import { bgp, configNamespace, echo, l2, peer, pool } from './manifests'

/** A cluster with Loadstone in it, two pools, and a router that has a session with every node. */
export type Lab = {
  readonly cluster: Cluster
  readonly namespace: string
  /** Addresses in the status of a Service of `default`, once it has one. */
  addresses(service: string): Promise<readonly string[]>
  /** Nodes whose speakers say that they answer for the address. */
  claimants(address: string): Promise<readonly string[]>
  /** Every Service's addresses and every slice's content, to be compared before and after. */
  announced(): Promise<string>
  /** Name and generation of each plan, slice and set: equal when no content was written. */
  revisions(): Promise<string>
  establishedPeers(): Promise<number>
  /** A condition of an object of metallb.io; undefined while it has none of that type. */
  condition(resource: string, name: string, type: string): Promise<Condition | undefined>
  /** The operator's pod that leads by the Lease and by its own word, and how often it has decided everything anew. */
  leader(): Promise<{ readonly pod: string; readonly passes: number } | undefined>
  operatorReady(): Promise<void>
  speakersReady(): Promise<void>
  speakerLog(node: string): Promise<readonly { readonly event?: string }[]>
  readonly echo: typeof echo
  down(): Promise<void>
}

export type Condition = { readonly type: string; readonly status: string; readonly reason: string; readonly message: string }
type Named = { readonly metadata: { readonly name: string; readonly generation?: number } }
type Service = Named & { readonly status: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] } } }
type Stored = Named & { readonly spec: unknown; readonly status?: { readonly claims?: readonly { readonly address: string }[] } }
type List<T> = { readonly items: readonly T[] }

/** The second address of the router is for the peer that is refused. */
export async function startLab(log: (line: string) => void): Promise<Lab> {
  const cluster = await startCluster({ nodes: 3, log })
  try {
    await installLoadstone(cluster, log)
    await cluster.exec('router', ['ip', 'addr', 'add', '10.99.0.253/24', 'dev', 'eth0'])
    await cluster.apply([
      pool('lan', ['10.99.1.0/28']),
      l2('lan', ['lan']),
      pool('routed', ['10.100.0.0/24'], { autoAssign: false }),
      bgp('routed', ['routed']),
      peer('router', '10.99.0.254'),
      echo(),
    ])
    const lab = labOf(cluster)
    await cluster.kubectl(['rollout', 'status', 'daemonset/echo', '--timeout=90s'], { timeoutSeconds: 100 })
    await eventually(
      'the router has a session with every node',
      () => lab.establishedPeers(),
      (count) => {
        if (count !== 3) throw new Error(`${count} of 3 are established`)
      },
      90_000,
    )
    return lab
  } catch (error) {
    await cluster.down()
    throw error
  }
}

function labOf(cluster: Cluster): Lab {
  const namespace = configNamespace
  const get: Get = (path) => cluster.api('GET', path)
  const plans = `/apis/loadstone.dev/v1alpha1/namespaces/${namespace}`
  const contents = async (): Promise<readonly Stored[]> =>
    (
      await Promise.all(['announcementplans', 'announcementslices', 'routesets'].map((kind) => get<List<Stored>>(`${plans}/${kind}`)))
    ).flatMap(({ items }) => items)
  const ready = async (kind: string, component: string): Promise<void> => {
    const names = await cluster.kubectl(['get', kind, '-n', namespace, '-l', `app.kubernetes.io/component=${component}`, '-o', 'name'])
    await cluster.kubectl(['rollout', 'status', names.trim(), '-n', namespace, '--timeout=180s'], { timeoutSeconds: 190 })
  }
  return {
    cluster,
    namespace,
    echo,
    addresses: (service) => eventually(`${service} has an address`, () => ingressOf(get, service), required),
    claimants: (address) => eventually(`${address} is claimed`, () => claimantsOf(get, plans, address), required),
    announced: async () => {
      const services = await get<List<Service>>('/api/v1/namespaces/default/services')
      return JSON.stringify([
        services.items.map(({ metadata, status }) => [metadata.name, status.loadBalancer]),
        (await contents()).map(({ metadata, spec }) => [metadata.name, spec]),
      ])
    },
    revisions: async () => JSON.stringify((await contents()).map(({ metadata }) => [metadata.name, metadata.generation])),
    establishedPeers: async () => {
      const { peers = {} } = JSON.parse(await cluster.router.vtysh('show bgp ipv4 unicast summary json')) as {
        peers?: Record<string, { state: string }>
      }
      return Object.values(peers).filter(({ state }) => state === 'Established').length
    },
    condition: async (resource, name, type) => {
      const version = resource === 'bgppeers' ? 'v1beta2' : 'v1beta1'
      const { status } = await get<{ readonly status?: { readonly conditions?: readonly Condition[] } }>(
        `/apis/metallb.io/${version}/namespaces/${namespace}/${resource}/${name}`,
      )
      return status?.conditions?.find((one) => one.type === type)
    },
    leader: () => leaderOf(cluster, namespace),
    operatorReady: () => ready('deployment', 'operator'),
    speakersReady: () => ready('daemonset', 'speaker'),
    speakerLog: async (node) => {
      const pods = await cluster.kubectl([
        'get',
        'pods',
        '-n',
        namespace,
        '-l',
        'app.kubernetes.io/component=speaker',
        '--field-selector',
        `spec.nodeName=${node}`,
        '-o',
        'name',
      ])
      const text = await cluster.kubectl(['logs', '-n', namespace, pods.trim().split('\n')[0] ?? ''])
      return text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as { event?: string }] : []))
    },
    down: () => cluster.down(),
  }
}

type Lease = { readonly spec: { readonly holderIdentity?: string } }
type Pod = { readonly status: { readonly podIP?: string } }

async function leaderOf(cluster: Cluster, namespace: string): ReturnType<Lab['leader']> {
  const { spec } = await cluster.api<Lease>('GET', `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/loadstone-operator`)
  const [pod = ''] = (spec.holderIdentity ?? '').split('_')
  if (pod === '') return undefined
  const { status } = await cluster.api<Pod>('GET', `/api/v1/namespaces/${namespace}/pods/${pod}`)
  const { stdout } = await cluster.exec('cp', ['curl', '-sS', '-m', '2', `http://${status.podIP}:7472/metrics`])
  const value = (metric: string): number => Number(new RegExp(`^${metric} (\\S+)$`, 'm').exec(stdout)?.[1])
  return value('loadstone_leading') === 1 ? { pod, passes: value('metallb_k8s_client_updates_total') } : undefined
}

type Get = <T>(path: string) => Promise<T>

async function ingressOf(get: Get, service: string): Promise<readonly string[]> {
  const { status } = await get<Service>(`/api/v1/namespaces/default/services/${service}`)
  return (status.loadBalancer?.ingress ?? []).map(({ ip }) => ip)
}

async function claimantsOf(get: Get, plans: string, address: string): Promise<readonly string[]> {
  const { items } = await get<List<Stored>>(`${plans}/announcementplans`)
  return items.filter(({ status }) => status?.claims?.some((claim) => claim.address === address)).map(({ metadata }) => metadata.name)
}

function required(found: readonly unknown[]): void {
  if (found.length === 0) throw new Error('none yet')
}
