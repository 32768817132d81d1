import { type ApiServer, type KubeObject, Reflector } from '@loadstone/kube'
import { SimApiServer, type SimKind } from '@loadstone/kube/testing'
import { WriteLanes } from '@loadstone/kube/writes'
import type { SimClock } from '@loadstone/sim'
import { ApiCluster, type Lane, type Reflections, slots } from '../../src/cluster/api-cluster'
import { watchedResources } from '../../src/cluster/resources'
import { projections, type WatchedKind } from '../../src/observe/observe'
import { settings } from '../objects'
import { pluralOf } from './sim-cluster'

const clusterWide = new Set<WatchedKind>(['nodes', 'namespaces'])

/** A Service gets cluster IPs of its families; the mode of an address is filled in, and an empty list of them is none. */
function tidyService(object: KubeObject): KubeObject {
  const { spec = {}, status = {} } = object as { spec?: Record<string, unknown>; status?: Record<string, unknown> }
  const families = (spec['ipFamilies'] ?? ['IPv4']) as readonly string[]
  const clusterIPs = spec['clusterIPs'] ?? families.map((family) => (family === 'IPv4' ? '10.96.0.1' : 'fd00::1'))
  const { ingress = [] } = (status['loadBalancer'] ?? {}) as { ingress?: readonly { readonly ip?: string }[] }
  const entries = ingress.map((entry) => (entry.ip === undefined ? entry : { ipMode: 'VIP', ...entry }))
  const loadBalancer = entries.length === 0 ? {} : { ingress: entries }
  return { ...object, spec: { ...spec, clusterIP: (clusterIPs as readonly string[])[0], clusterIPs }, status: { ...status, loadBalancer } }
}

/** A simulated API server that serves what the operator reads and writes. */
export function simApi(): SimApiServer {
  const resources = watchedResources(settings)
  const kinds = Object.entries(pluralOf).map(([kind, plural]): SimKind => {
    const { group, version } = resources[plural]
    return { group, version, plural, kind, namespaced: !clusterWide.has(plural), ...(kind === 'Service' && { tidy: tidyService }) }
  })
  return new SimApiServer(kinds)
}

type AccessOptions = {
  readonly api: ApiServer
  readonly clock: SimClock
  readonly random: () => number
  readonly onDue?: () => void
  readonly budgetMillis?: () => number
}

/** The operator's ApiCluster before an API server, with reflectors and lanes of its own. */
export class SimAccess {
  readonly reflectors: ReadonlyMap<WatchedKind, Reflector<unknown>>
  readonly lanes: WriteLanes<Lane>
  readonly cluster: ApiCluster
  readonly events: string[] = []

  constructor({ api, clock, random, onDue = () => {}, budgetMillis = () => 60_000 }: AccessOptions) {
    const resources = watchedResources(settings)
    const parse = projections(settings)
    const kinds = Object.keys(resources) as WatchedKind[]
    const make = (kind: WatchedKind): Reflector<unknown> =>
      new Reflector<unknown>({ api, resource: resources[kind], clock, random, project: parse[kind] })
    this.reflectors = new Map(kinds.map((kind) => [kind, make(kind)]))
    this.lanes = new WriteLanes<Lane>({ api, clock, random, slots, budgetMillis })
    this.cluster = new ApiCluster({
      reflections: Object.fromEntries(this.reflectors) as unknown as Reflections,
      projections: parse,
      lanes: this.lanes,
      clock,
      settings,
      record: ({ reason, note }) => void this.events.push(`${reason}: ${note}`),
      onWrite: () => {},
      onDue,
    })
    for (const reflector of this.reflectors.values()) reflector.start()
  }

  onChange(wake: () => void): void {
    for (const reflector of this.reflectors.values()) reflector.onChange(wake)
  }

  stop(): void {
    for (const reflector of this.reflectors.values()) reflector.stop()
  }
}

/** Runs everything that waits for promises only; no time passes. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
