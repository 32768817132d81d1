import { apiServerIp, podCidrs, serviceCidrs } from '../network/topology'

/** The command line of one program. */
export type Command = readonly string[]

export function etcd(): Command {
  const client = 'http://127.0.0.1:2379'
  // Its disk is memory and lives no longer than it does, so there is nothing that fsync could save.
  return [
    'etcd',
    '--data-dir=/var/lib/etcd/data',
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    '--listen-peer-urls=http://127.0.0.1:2380',
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]
}

export function apiServer(pki: string): Command {
  return [
    'kube-apiserver',
    '--etcd-servers=http://127.0.0.1:2379',
    '--secure-port=6443',
    `--advertise-address=${apiServerIp}`,
    `--tls-cert-file=${pki}/apiserver.crt`,
    `--tls-private-key-file=${pki}/apiserver.key`,
    `--token-auth-file=${pki}/tokens.csv`,
    `--service-cluster-ip-range=${serviceCidrs.join(',')}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    `--service-account-key-file=${pki}/sa.key`,
    `--service-account-signing-key-file=${pki}/sa.key`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--kubelet-certificate-authority=${pki}/ca.crt`,
    `--kubelet-client-certificate=${pki}/kubelet-client.crt`,
    `--kubelet-client-key=${pki}/kubelet-client.key`,
    '--kubelet-preferred-address-types=InternalIP',
    '--allow-privileged=true',
    // Pods of a node that is gone move after 20 s, not after 5 min.
    '--default-not-ready-toleration-seconds=20',
    '--default-unreachable-toleration-seconds=20',
  ]
}

/** A node that says nothing for 9 s is NotReady; it speaks every 2 s (see kubelet). */
export function controllerManager(pki: string, kubeconfig: string): Command {
  return [
    'kube-controller-manager',
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    `--root-ca-file=${pki}/ca.crt`,
    `--service-account-private-key-file=${pki}/sa.key`,
    `--cluster-cidr=${podCidrs.join(',')}`,
    '--allocate-node-cidrs=false',
    `--service-cluster-ip-range=${serviceCidrs.join(',')}`,
    '--node-monitor-period=1s',
    '--node-monitor-grace-period=9s',
    // Thousands of Services are created at once by the benchmarks; they measure us, not this client's patience.
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
  ]
}

export const scheduler = (kubeconfig: string): Command => [
  'kube-scheduler',
  `--kubeconfig=${kubeconfig}`,
  '--leader-elect=false',
  '--kube-api-qps=500',
  '--kube-api-burst=1000',
]

/** The API as plain HTTP on a Unix socket, for the driver, which is in another network. */
export const apiProxy = (kubeconfig: string, socket: string): Command => [
  'kubectl',
  `--kubeconfig=${kubeconfig}`,
  'proxy',
  `--unix-socket=${socket}`,
  '--reject-paths=^$',
]
