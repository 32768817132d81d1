import type { OperatorSettings } from '../src/model/settings'
import { parseSettings } from '../src/model/settings'
import type { Publication, Write } from '../src/publish/write'

/** An API object as the server returns it. Tests copy a valid one and change a field. */
export type ApiObject = {
  apiVersion?: string
  kind: string
  metadata: {
    name: string
    namespace?: string
    uid: string
    resourceVersion: string
    generation: number
    creationTimestamp: string
    labels?: Record<string, string>
    annotations?: Record<string, string>
    deletionTimestamp?: string
  }
  spec: Record<string, unknown>
  status: Record<string, unknown>
  endpoints?: unknown[]
  /** Of a Secret. */
  data?: Record<string, string>
}
type SpecFields = { readonly [field: string]: unknown }
type MetaFields = Partial<ApiObject['metadata']>

export const system = 'metallb-system'
export const settings: OperatorSettings = {
  ...(parseSettings({ POD_NAMESPACE: system }) as OperatorSettings),
}

export function object(kind: string, name: string, spec: SpecFields = {}, metadata: MetaFields = {}): ApiObject {
  return {
    kind,
    metadata: {
      name,
      namespace: system,
      uid: `${kind}-${name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec: { ...spec },
    status: {},
  }
}

/** A Service of type LoadBalancer in the namespace default, IPv4, with port 80. */
export function service(name: string, spec: SpecFields = {}, metadata: MetaFields = {}): ApiObject {
  return object(
    'Service',
    name,
    {
      type: 'LoadBalancer',
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      externalTrafficPolicy: 'Cluster',
      selector: { app: name },
      ports: [{ port: 80, protocol: 'TCP' }],
      ...spec,
    },
    { namespace: 'default', ...metadata },
  )
}

export const withIps = (base: ApiObject, ips: readonly string[], pool?: string): ApiObject => ({
  ...base,
  metadata: {
    ...base.metadata,
    annotations: { ...base.metadata.annotations, ...(pool === undefined ? {} : { 'metallb.io/ip-allocated-from-pool': pool }) },
  },
  status: { ...base.status, loadBalancer: { ingress: ips.map((ip) => ({ ip, ipMode: 'VIP' })) } },
})

export const dualStack = (policy: 'PreferDualStack' | 'RequireDualStack'): SpecFields => ({
  clusterIPs: ['10.96.0.1', 'fd00::1'],
  ipFamilies: ['IPv4', 'IPv6'],
  ipFamilyPolicy: policy,
})

export const pool = (name: string, addresses: readonly string[], spec: SpecFields = {}, metadata: MetaFields = {}): ApiObject =>
  object('IPAddressPool', name, { addresses: [...addresses], autoAssign: true, avoidBuggyIPs: false, ...spec }, metadata)

export const l2 = (name = 'l2', spec: SpecFields = {}, metadata: MetaFields = {}): ApiObject =>
  object('L2Advertisement', name, spec, metadata)

export const bgp = (name = 'bgp', spec: SpecFields = {}, metadata: MetaFields = {}): ApiObject =>
  object('BGPAdvertisement', name, { aggregationLength: 32, aggregationLengthV6: 128, ...spec }, metadata)

export const peer = (name: string, spec: SpecFields = {}, metadata: MetaFields = {}): ApiObject =>
  object('BGPPeer', name, { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1', peerPort: 179, ...spec }, metadata)

export const community = (name: string, communities: SpecFields, metadata: MetaFields = {}): ApiObject =>
  object('Community', name, { communities: Object.entries(communities).map(([alias, value]) => ({ name: alias, value })) }, metadata)

export function node(name: string, labels: Record<string, string> = {}): ApiObject {
  const base = object('Node', name, { taints: [] }, { labels })
  const { namespace: _, ...metadata } = base.metadata
  const last = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 250, 7) + 1
  return {
    ...base,
    metadata,
    status: { conditions: [{ type: 'Ready', status: 'True' }], addresses: [{ type: 'InternalIP', address: `172.16.0.${last}` }] },
  }
}

export const notReady = (base: ApiObject): ApiObject => ({
  ...base,
  status: { ...base.status, conditions: [{ type: 'Ready', status: 'Unknown' }] },
})

export function speakerPod(onNode: string, status: SpecFields = {}): ApiObject {
  const labels = { 'app.kubernetes.io/name': 'loadstone', 'app.kubernetes.io/component': 'speaker' }
  return {
    ...object('Pod', `speaker-${onNode}`, { nodeName: onNode }, { labels }),
    status: { phase: 'Running', startTime: '2026-01-01T00:00:00Z', conditions: [{ type: 'ContainersReady', status: 'True' }], ...status },
  }
}

/** One slice, with a serving endpoint on each of the nodes. */
export function endpoints(of: string, nodes: readonly string[]): ApiObject {
  const [namespace, name = ''] = of.split('/') as [string, string?]
  return {
    ...object('EndpointSlice', `${name}-1`, {}, { namespace, labels: { 'kubernetes.io/service-name': name } }),
    endpoints: nodes.map((nodeName) => ({ addresses: ['10.244.0.1'], nodeName, conditions: { ready: true, serving: true } })),
  }
}

export const secret = (name: string, resourceVersion = '7'): ApiObject => object('Secret', name, {}, { resourceVersion })

export const namespace = (name: string, labels: Record<string, string> = {}): ApiObject => {
  const { namespace: _, ...metadata } = object('Namespace', name, {}, { labels }).metadata
  return { kind: 'Namespace', metadata, spec: {}, status: {} }
}

/** All writes of a publication that are not reports, in the order in which they begin. */
export const phasesOf = ({ services, objects }: Publication): readonly (readonly Write[])[] => [services, ...objects]
