import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { clusterIn } from './attach'
import { bringUp } from './bring-up'
import type { Cluster } from './cluster'
import { checkMachine } from './host/requirements'
import { claim, disown, remove, sweep } from './host/run-dir'
import { type Log, Steps } from './host/steps'
import type { RouterOptions } from './machine/frr'
import { topology } from './network/topology'
import { prepare } from './prepare'

export type StartOptions = {
  /** Default 3. */
  readonly nodes?: number
  /** Default: one that no other has. */
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

const defaults = { nodes: 3, router: { asn: 64512, nodesAsn: 64513 }, images: [], attached: true } as const
// Referenced for as long as we live: when its standard input is collected, and so closed, the cluster ends.
const lifelines = new Set<ChildProcess>()

/**
 * Starts a cluster. It is ready when every Node is and pods can be made. When a step fails, everything is ended and the
 * error tells which program's log to read; the logs stay until the next start.
 */
export async function startCluster(options: StartOptions = {}): Promise<Cluster> {
  checkMachine()
  const chosen = { name: `c${process.pid}-${randomBytes(2).toString('hex')}`, log: () => {}, ...defaults, ...options }
  const steps = new Steps((line) => chosen.log(`cluster ${chosen.name}: ${line}`))
  for (const left of await sweep()) chosen.log(`cluster ${left} was left over and is removed`)
  const dir = claim(chosen.name)
  try {
    const cluster = await make(dir, chosen, steps)
    steps.done('ready')
    return cluster
  } catch (error) {
    await stop(dir)
    throw error
  } finally {
    disown(dir)
  }
}

type Chosen = Required<StartOptions>

async function make(dir: string, chosen: Chosen, steps: Steps): Promise<Cluster> {
  const plan = topology(chosen.nodes)
  const cluster = await steps.step('prepared', () => prepare(dir, plan, chosen))
  const lifeline = await cluster.switch.boot()
  lifelines.add(lifeline)
  await bringUp(cluster, plan, chosen.images, steps)
  if (!chosen.attached) lifeline.stdin?.end('keep\n')
  return cluster
}

/** The processes end; the folder, with the logs in it, is left to the next start. */
async function stop(dir: string): Promise<void> {
  try {
    await clusterIn(dir).switch.end()
  } catch {
    await remove(dir) // it failed before there was anything to end, or to read
  }
}
