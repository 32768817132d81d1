import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { must } from '../host/processes'
import { apiServerIp, type NodeMachine } from '../network/topology'

/** Who may do what: bearer tokens for our own components, as RBAC and the node authorizer know them. */
type Tokens = {
  readonly admin: string
  readonly scheduler: string
  readonly proxy: string
  readonly nodes: Readonly<Record<string, string>>
}

export function makeTokens(nodes: readonly NodeMachine[]): Tokens {
  const token = (): string => randomBytes(16).toString('hex')
  return { admin: token(), scheduler: token(), proxy: token(), nodes: Object.fromEntries(nodes.map(({ name }) => [name, token()])) }
}

/** The API server's --token-auth-file: token, user, uid, groups. */
export function tokenFile({ admin, scheduler, proxy, nodes }: Tokens): string {
  const kubelets = Object.entries(nodes).map(([name, token]) => `${token},system:node:${name},${name},system:nodes`)
  return [
    `${admin},admin,admin,system:masters`,
    `${scheduler},system:kube-scheduler,kube-scheduler,`,
    `${proxy},system:kube-proxy,kube-proxy,`,
    ...kubelets,
    '',
  ].join('\n')
}

const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30']

/**
 * Makes the cluster's authority (ca.crt, ca.key), the API server's certificate, its client certificate for kubelets, one
 * serving certificate for all kubelets, and the key that signs service accounts (sa.key), in that folder. Returns ca.crt.
 */
export async function makeCertificates(dir: string, nodes: readonly NodeMachine[]): Promise<string> {
  const at = (name: string): string => join(dir, name)
  const extensions = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign']
  await must([
    'openssl',
    'req',
    '-x509',
    ...key,
    '-subj',
    '/CN=loadstone-test',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
    ...extensions,
  ])
  const sign = (name: string, subject: string, more: readonly string[]): Promise<string> =>
    must([
      ...['openssl', 'req', '-x509', ...key, '-subj', subject, '-CA', at('ca.crt'), '-CAkey', at('ca.key')],
      ...[
        '-keyout',
        at(`${name}.key`),
        '-out',
        at(`${name}.crt`),
        '-addext',
        'basicConstraints=critical,CA:FALSE',
        ...more.flatMap((extension) => ['-addext', extension]),
      ],
    ])
  const names = (list: readonly string[]): string => `subjectAltName=${list.join(',')}`
  const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'].map((name) => `DNS:${name}`)
  await Promise.all([
    sign('apiserver', '/CN=kube-apiserver', [
      names([`IP:${apiServerIp}`, 'IP:10.96.0.1', 'IP:127.0.0.1', ...service]),
      'extendedKeyUsage=serverAuth',
    ]),
    sign('kubelet-client', '/O=system:masters/CN=apiserver-kubelet-client', ['extendedKeyUsage=clientAuth']),
    sign('kubelet', '/O=system:nodes/CN=kubelet', [
      names(nodes.flatMap(({ name, ip, ip6 }) => [`DNS:${name}`, `IP:${ip}`, `IP:${ip6}`])),
      'extendedKeyUsage=serverAuth',
    ]),
    must(['openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', at('sa.key')]),
  ])
  return readFileSync(at('ca.crt'), 'utf8')
}

/** A kubeconfig whose server is reachable from every machine with a management link. */
export function kubeconfig(certificate: string, token: string): string {
  const cluster = { server: `https://${apiServerIp}:6443`, 'certificate-authority-data': Buffer.from(certificate).toString('base64') }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'loadstone',
    clusters: [{ name: 'loadstone', cluster }],
    users: [{ name: 'loadstone', user: { token } }],
    contexts: [{ name: 'loadstone', context: { cluster: 'loadstone', user: 'loadstone' } }],
  })
}
