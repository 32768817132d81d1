import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clusterIn } from './attach'
import { bringUp } from './bring-up'
import type { Cluster, Description } from './cluster'
import { type RouterOptions, routerFiles } from './frr'
import { imageStore } from './image-store'
import { networkScript } from './network'
import { writeEtc, writeNodeFiles } from './node'
import { repository } from './paths'
import { kubeconfig, makeCertificates, makeTokens, tokenFile } from './pki'
import { must } from './processes'
import { claim, disown, files, remove, sweep } from './run-dir'
import { type Log, Steps } from './steps'
import { machines, type Topology, topology } from './topology'

export type StartOptions = {
  /** Default 3. */
  readonly nodes?: number
  /** Default: one of its own for each process. */
  readonly name?: string
  /** Default: the router is AS 64512, the nodes AS 64513. */
  readonly router?: RouterOptions
  /** Hears one line a step. */
  readonly log?: Log
  /** Image archives to load besides the cluster's own and what dist/ makes. */
  readonly images?: readonly string[]
  /** false: the cluster outlives this process, until `down`. Default true: it ends when this process does, however it does. */
  readonly attached?: boolean
}

// Referenced for as long as we live: when its standard input is collected, and so closed, the cluster ends.
const lifelines = new Set<ChildProcess>()

/**
 * Starts a cluster. It is ready when every Node is and pods can be made. When a step fails, everything is ended and the
 * error tells which program's log to read; the logs stay until the next start.
 */
export async function startCluster(options: StartOptions = {}): Promise<Cluster> {
  const { nodes = 3, name = `c${process.pid}`, log = () => {}, attached = true } = options
  if (process.getuid?.() !== 0) throw new Error('a cluster makes network namespaces and runs kubelets, and so must be started as root')
  const plan = topology(nodes)
  const steps = new Steps((line) => log(`cluster ${name}: ${line}`))
  for (const left of await sweep()) log(`cluster ${left} was left over and is removed`)
  const dir = claim(name)
  try {
    const cluster = await steps.step('prepared', () =>
      prepare(dir, plan, { name, nodes }, options.router ?? { asn: 64512, nodesAsn: 64513 }),
    )
    const lifeline = await cluster.switch.boot()
    lifelines.add(lifeline)
    await bringUp(cluster, plan, options.images ?? [], steps)
    if (!attached) lifeline.stdin?.end('keep\n')
    steps.done('ready')
    return cluster
  } catch (error) {
    await stop(dir)
    throw error
  } finally {
    disown(dir)
  }
}

/** The processes end; the folder, with the logs in it, is left to the next start. */
async function stop(dir: string): Promise<void> {
  try {
    await clusterIn(dir).switch.end()
  } catch {
    await remove(dir) // it failed before there was anything to end, or to read
  }
}

/** Writes everything that the machines will read. */
async function prepare(
  dir: string,
  plan: Topology,
  size: { readonly name: string; readonly nodes: number },
  router: RouterOptions,
): Promise<Cluster> {
  const pki = join(dir, files.pki)
  const tokens = makeTokens(plan.nodes)
  const [binaries, store, certificate] = await Promise.all([
    must([join(repository, 'tools/kubernetes-binaries')], { timeoutSeconds: 1800 }),
    imageStore(),
    makeCertificates(pki, plan.nodes),
  ])
  const description: Description = { ...size, store, binaries: binaries.trim() }
  writeFileSync(join(dir, files.options), JSON.stringify(description))
  writeFileSync(join(dir, files.network), networkScript(plan))
  writeFileSync(join(dir, files.kubeconfig), kubeconfig(certificate, tokens.admin))
  writeFileSync(join(pki, 'tokens.csv'), tokenFile(tokens))
  for (const { name } of machines(plan)) writeEtc(dir, name, { hostname: `${name}\n` })
  writeEtc(dir, 'cp', { 'kubernetes/scheduler.conf': kubeconfig(certificate, tokens.scheduler) })
  writeEtc(dir, 'router', routerFiles(router, plan.nodes))
  for (const node of plan.nodes) {
    const kubeletToken = tokens.nodes[node.name] ?? ''
    writeNodeFiles(dir, node, { certificate, kubeletToken, proxyToken: tokens.proxy })
  }
  return clusterIn(dir)
}
