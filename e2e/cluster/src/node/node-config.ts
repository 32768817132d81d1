import type { Command } from '../control-plane/control-plane'
import { imageNames } from '../images/images'
import { type NodeMachine, podCidrs } from '../network/topology'

/** Files of a node below its own /etc. */
export function nodeFilesInEtc(node: NodeMachine, certificate: string): Readonly<Record<string, string>> {
  return {
    'containerd/config.toml': containerdConfig(),
    'cni/net.d/10-loadstone.conflist': JSON.stringify(cniConfig(node)),
    'kubernetes/ca.crt': certificate,
    'kubernetes/kubelet.json': kubeletFile(),
    'kubernetes/proxy.json': JSON.stringify(proxyConfig(node)),
  }
}

function containerdConfig(): string {
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${imageNames.pause}"
  # Without CAP_SYS_RESOURCE runc cannot lower a score and dies ("can't get final child's PID").
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
`
}

/** A routed pair of interfaces for each pod: a bridge would let answers between its pods pass kube-proxy's translation by. */
function cniConfig({ podCidrs: [v4, v6] }: NodeMachine): unknown {
  const routed = {
    type: 'ptp',
    ipam: {
      type: 'host-local',
      dataDir: '/run/cni/ipam',
      ranges: [[{ subnet: v4 }], [{ subnet: v6 }]],
      routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
    },
  }
  return { cniVersion: '0.4.0', name: 'loadstone', plugins: [routed] }
}

/** The kubelet's configuration, with settings of a test's own. */
export const kubeletFile = (more: Readonly<Record<string, unknown>> = {}): string => JSON.stringify({ ...kubeletConfig(), ...more })

/** cgroupDriver, cgroupsPerQOS and failCgroupV1 are what cgroups of version 1, or both versions at once, demand. */
function kubeletConfig(): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: '/etc/kubernetes/ca.crt' } },
    authorization: { mode: 'Webhook' },
    tlsCertFile: '/etc/kubernetes/kubelet.crt',
    tlsPrivateKeyFile: '/etc/kubernetes/kubelet.key',
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    // Nobody listens there: nothing of ours may need DNS, and without an address every pod carries a warning.
    clusterDNS: ['10.96.0.10'],
    localStorageCapacityIsolation: false,
    makeIPTablesUtilChains: false,
    // Watched, a volume waits until the node authorizer has seen the pod, up to a second; asked for, it is there or tried again.
    configMapAndSecretChangeDetectionStrategy: 'Get',
    // Renewed at a quarter of its duration, every 2 s: four are lost before the node counts as NotReady.
    nodeLeaseDurationSeconds: 8,
    nodeStatusUpdateFrequency: '4s',
    syncFrequency: '10s',
    // The machine is shared and the images are all there is: nothing is evicted, nothing collected.
    evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
    registryPullQPS: 0,
    eventRecordQPS: 0,
  }
}

export const containerd = (): Command => ['containerd', '--config=/etc/containerd/config.toml', '--log-level=warn']

export const kubelet = ({ name, ip, ip6 }: NodeMachine): Command => [
  'kubelet',
  '--kubeconfig=/etc/kubernetes/kubelet.conf',
  '--config=/etc/kubernetes/kubelet.json',
  `--hostname-override=${name}`,
  `--node-ip=${ip},${ip6}`,
]

export const kubeProxy = (): Command => ['kube-proxy', '--config=/etc/kubernetes/proxy.json']

function proxyConfig({ name }: NodeMachine): unknown {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    hostnameOverride: name,
    clientConnection: { kubeconfig: '/etc/kubernetes/proxy.conf' },
    mode: 'nftables',
    nftables: { minSyncPeriod: '200ms' },
    clusterCIDR: podCidrs.join(','),
    // The table of connections is the machine's, its size not ours to set.
    conntrack: { maxPerCore: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  }
}

/** The Node object, made before its kubelet comes, so that it has the pod addresses that the network routes to it. */
export function nodeObject({ name, podCidrs: cidrs }: NodeMachine): unknown {
  const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' }
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec: { podCIDR: cidrs[0], podCIDRs: cidrs } }
}
