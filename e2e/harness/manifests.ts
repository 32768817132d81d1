type Json = Readonly<Record<string, unknown>>

export const configNamespace = 'metallb-system'

const metallb = (kind: string, name: string, spec: Json, version = 'v1beta1'): Json => ({
  apiVersion: `metallb.io/${version}`,
  kind,
  metadata: { name, namespace: configNamespace },
  spec,
})

export const pool = (name: string, addresses: readonly string[], more: Json = {}): Json =>
  metallb('IPAddressPool', name, { addresses, ...more })
export const l2 = (name: string, pools: readonly string[], more: Json = {}): Json =>
  metallb('L2Advertisement', name, { ipAddressPools: pools, ...more })
export const bgp = (name: string, pools: readonly string[], more: Json = {}): Json =>
  metallb('BGPAdvertisement', name, { ipAddressPools: pools, ...more })
export const peer = (name: string, peerAddress: string, more: Json = {}): Json =>
  metallb('BGPPeer', name, { myASN: 64513, peerASN: 64512, peerAddress, holdTime: '9s', ...more }, 'v1beta2')

export const bfdProfile = (name: string, more: Json): Json => metallb('BFDProfile', name, more)
export const community = (name: string, aliases: Readonly<Record<string, string>>): Json =>
  metallb('Community', name, { communities: Object.entries(aliases).map(([alias, value]) => ({ name: alias, value })) })
export const secret = (name: string, password: string): Json => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'kubernetes.io/basic-auth',
  metadata: { name, namespace: configNamespace },
  stringData: { password },
})

/** A LoadBalancer Service in front of the echo pods. */
export const service = (name: string, more: { readonly pool?: string; readonly spec?: Json; readonly annotations?: Json } = {}): Json => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name,
    namespace: 'default',
    annotations: { ...(more.pool === undefined ? {} : { 'metallb.io/address-pool': more.pool }), ...more.annotations },
  },
  spec: {
    type: 'LoadBalancer',
    selector: { app: 'echo' },
    ports: [
      { name: 'http', port: 80, targetPort: 8080 },
      { name: 'tcp', port: 7, targetPort: 7007 },
      { name: 'udp', port: 7, targetPort: 7007, protocol: 'UDP' },
    ],
    ...more.spec,
  },
})

/** The echo workload, one pod a node, or only on nodes with a label. */
export const echo = (name = 'echo', nodeSelector: Json = {}): Json => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name, namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        nodeSelector,
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'echo',
            image: 'docker.io/loadstone/echo:dev',
            imagePullPolicy: 'Never',
            env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
            readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
          },
        ],
      },
    },
  },
})
