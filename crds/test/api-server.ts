import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type Call = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly contentType?: string
  /** Whom to be, beside the administrator: Authorization or Impersonate-… headers. */
  readonly headers?: Readonly<Record<string, string>>
}
export type Answer = {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly warnings: readonly string[]
}
export type ApiServer = {
  readonly call: (call: Call) => Promise<Answer>
  /** Path of a kubeconfig file for the administrator. */
  readonly kubeconfig: string
  readonly stop: () => Promise<void>
}

const root = join(__dirname, '../..')
const administrator = 'administrator'

/** A real etcd and kube-apiserver on loopback, in a temporary folder, as long as this process lives. */
export async function startApiServer(): Promise<ApiServer> {
  const binaries = execFileSync(join(root, 'tools/kubernetes-binaries'), { encoding: 'utf8' }).trim()
  const folder = mkdtempSync(join(tmpdir(), 'api-server-'))
  const [client, peer, secure] = await freePorts(3)
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
  const serviceAccountKey = file('service-account.key', key.toString())
  const tokens = file('tokens.csv', `${administrator},administrator,1,"system:masters"\n`)
  const etcd = start(folder, join(binaries, 'etcd'), [
    `--data-dir=${folder}/etcd`,
    `--listen-client-urls=http://127.0.0.1:${client}`,
    `--advertise-client-urls=http://127.0.0.1:${client}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-cluster=default=http://127.0.0.1:${peer}`,
    '--unsafe-no-fsync',
  ])
  const apiServer = start(folder, join(binaries, 'kube-apiserver'), [
    `--etcd-servers=http://127.0.0.1:${client}`,
    `--cert-dir=${folder}/certificates`,
    '--bind-address=127.0.0.1',
    `--secure-port=${secure}`,
    '--authorization-mode=RBAC',
    `--token-auth-file=${tokens}`,
    `--service-account-key-file=${serviceAccountKey}`,
    `--service-account-signing-key-file=${serviceAccountKey}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-cluster-ip-range=10.96.0.0/16',
  ])
  // Its certificate is one it made itself a moment ago; nobody else can sit between us on loopback.
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false })
  const call = (what: Call): Promise<Answer> => send(agent, secure as number, what)
  const kubeconfig = file('kubeconfig', JSON.stringify(kubeconfigFor(secure as number)))
  const stop = async (): Promise<void> => {
    agent.destroy()
    for (const child of [apiServer, etcd]) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
    }
    rmSync(folder, { recursive: true, force: true })
  }
  await ready(call, apiServer, folder).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return { call, kubeconfig, stop }
}

const kubeconfigFor = (port: number): object => ({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'test', cluster: { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
  users: [{ name: 'test', user: { token: administrator } }],
  contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  'current-context': 'test',
})

/** Linux ends the child when we end, however we end: a crashed test run must leave nothing behind. */
function start(folder: string, program: string, options: readonly string[]): ChildProcess {
  const log = openSync(join(folder, 'log'), 'a')
  return spawn('setpriv', ['--pdeathsig', 'KILL', program, ...options], { stdio: ['ignore', log, log] })
}

async function ready(call: ApiServer['call'], apiServer: ChildProcess, folder: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const answer = await call({ path: '/readyz' }).catch(() => undefined)
    if (answer?.status === 200) return
    if (apiServer.exitCode !== null) break
    await sleep(100)
  }
  throw new Error(`kube-apiserver is not ready; its last words:\n${readFileSync(join(folder, 'log'), 'utf8').slice(-4000)}`)
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

function send(agent: Agent, port: number, { method = 'GET', path, body, contentType, headers }: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const type = contentType ?? 'application/json'
    const outgoing = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: { authorization: `Bearer ${administrator}`, 'content-type': type, ...headers },
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () =>
          resolve(answerOf(incoming.statusCode ?? 0, Buffer.concat(chunks).toString(), incoming.headersDistinct['warning'])),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body))
  })
}

function answerOf(status: number, text: string, warnings: readonly string[] = []): Answer {
  const body = text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : { text }
  return { status, body, warnings }
}
