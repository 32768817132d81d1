import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@loadstone/clock'
import type { ApiServer, ServiceAccount } from '../src'
import { httpsApiServer } from '../src'
import { type ApiDaemon, freePorts, startDaemon, temporaryFolder } from './daemons'

export type RunningApiServer = {
  /** URL of kube-apiserver, `https://127.0.0.1:port`. */
  readonly url: string
  /** Certificate authority as PEM. The certificate is valid at any port, so a relay may be in between. */
  readonly ca: string
  /** Token of a user in the group system:masters. */
  readonly adminToken: string
  /** Client with the administrator's token. */
  readonly api: ApiServer
  /** Folder with the files of both daemons; removed by stop(). */
  readonly folder: string
  /** URL, token and authorities for a client. The token is the administrator's if absent. */
  access(token?: string): ServiceAccount
  /** Path of a kubeconfig with this token, the administrator's if absent. */
  kubeconfig(token?: string): string
  /** Ends kube-apiserver alone; etcd keeps the objects. */
  stopApiServer(): Promise<void>
  /** After stopApiServer: the same port and certificate, with further flags for this run. */
  startApiServer(flags?: readonly string[]): Promise<void>
  /** Forgets all history in etcd, so that a watch from an older resourceVersion is answered 410. */
  compactEtcd(): Promise<void>
  /** Ends both daemons and removes the folder. */
  stop(): Promise<void>
}

export type RunApiServerOptions = { readonly flags?: readonly string[] }

const adminToken = 'administrator'
const repository = join(__dirname, ...(__dirname.includes('/out/') ? ['../../../..'] : ['../../..']))

/** A real etcd and kube-apiserver (RBAC on) on loopback, in a temporary folder: ready in about ten seconds. Needs no privilege. */
export async function runApiServer({ flags = [] }: RunApiServerOptions = {}): Promise<RunningApiServer> {
  const binaries = execFileSync(join(repository, 'tools/kubernetes-binaries'), { encoding: 'utf8' }).trim()
  const folder = temporaryFolder()
  const [client = 0, peer = 0, secure = 0] = await freePorts(3)
  const etcdUrl = `http://127.0.0.1:${client}`
  const url = `https://127.0.0.1:${secure}`
  const secrets = writeSecrets(folder)
  const etcd = startDaemon(folder, join(binaries, 'etcd'), etcdFlags(folder, etcdUrl, peer))
  const startServer = (more: readonly string[]): ApiDaemon =>
    startDaemon(folder, join(binaries, 'kube-apiserver'), [...serverFlags(folder, etcdUrl, secure), ...secrets, ...flags, ...more])
  let server = startServer([])

  const caFile = join(folder, 'certificates/apiserver.crt')
  const access = (token = adminToken): ServiceAccount => ({ url, token: () => token, ca: () => readFileSync(caFile, 'utf8') })
  const api = httpsApiServer({ account: access(), clock: systemClock })
  const stop = async (): Promise<void> => {
    await api.close()
    await Promise.all([server.kill(), etcd.kill()])
    rmSync(folder, { recursive: true, force: true })
  }
  await ready(api, [etcd, server]).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return {
    url,
    ca: readFileSync(caFile, 'utf8'),
    adminToken,
    api,
    folder,
    access,
    kubeconfig: (token = adminToken) => writeKubeconfig(folder, url, caFile, token),
    stopApiServer: () => server.kill(),
    startApiServer: async (more = []) => {
      server = startServer(more)
      await ready(api, [etcd, server])
    },
    compactEtcd: () => compact(etcdUrl),
    stop,
  }
}

function writeSecrets(folder: string): readonly string[] {
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
  const keyFile = file('service-account.key', key.toString())
  return [
    `--token-auth-file=${file('tokens.csv', `${adminToken},administrator,1,"system:masters"\n`)}`,
    `--service-account-key-file=${keyFile}`,
    `--service-account-signing-key-file=${keyFile}`,
    '--service-account-issuer=https://kubernetes.default.svc',
  ]
}

const etcdFlags = (folder: string, clientUrl: string, peer: number): readonly string[] => [
  `--data-dir=${folder}/etcd`,
  `--listen-client-urls=${clientUrl}`,
  `--advertise-client-urls=${clientUrl}`,
  `--listen-peer-urls=http://127.0.0.1:${peer}`,
  `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
  `--initial-cluster=default=http://127.0.0.1:${peer}`,
  '--unsafe-no-fsync',
]

const serverFlags = (folder: string, etcdUrl: string, port: number): readonly string[] => [
  `--etcd-servers=${etcdUrl}`,
  `--cert-dir=${folder}/certificates`,
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  '--endpoint-reconciler-type=none',
  `--secure-port=${port}`,
  '--authorization-mode=RBAC',
  '--service-cluster-ip-range=10.96.0.0/16',
  // No controller-manager runs that would create service accounts, without which no pod could be created.
  '--disable-admission-plugins=ServiceAccount',
]

async function ready(api: ApiServer, daemons: readonly ApiDaemon[]): Promise<void> {
  for (let attempt = 0; attempt < 600 && daemons.every(({ running }) => running()); attempt++) {
    const answer = await api.request({ method: 'GET', path: '/readyz', timeoutMillis: 2_000 }).catch(() => undefined)
    if (answer?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const failed = daemons.find(({ running }) => !running()) ?? daemons[1]
  throw new Error(`the API server is not ready; last words:\n${failed?.lastWords()}`)
}

function writeKubeconfig(folder: string, server: string, caFile: string, token: string): string {
  const path = join(folder, `kubeconfig-${Buffer.from(token).toString('hex').slice(-16)}`)
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': caFile } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  }
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 })
  return path
}

/** Compacts etcd through its JSON gateway, which writes 64-bit numbers as strings. */
async function compact(etcdUrl: string): Promise<void> {
  const post = async (path: string, body: object): Promise<{ header: { revision: string } }> => {
    const answer = await fetch(`${etcdUrl}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`etcd ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as { header: { revision: string } }
  }
  const { header } = await post('range', { key: Buffer.from('/').toString('base64') })
  await post('compaction', { revision: header.revision, physical: true })
}
