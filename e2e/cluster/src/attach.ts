import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Cluster, type Description } from './cluster'
import { environment } from './host/inside'
import { files, isRunning, runDir, runningClusters } from './host/run-dir'
import { topology } from './network/topology'

/** Takes hold of a cluster that runs, whoever started it. */
export function attachCluster(name: string): Cluster {
  const dir = runDir(name)
  if (!isRunning(dir)) {
    const names = runningClusters().join(', ')
    throw new Error(
      `no cluster "${name}" runs here${names === '' ? ', nor any other' : `; there is ${names}`}. Start it with: e2e/cluster/cli up ${name}`,
    )
  }
  return clusterIn(dir)
}

/** The cluster a folder describes, whether it runs yet or not. */
export function clusterIn(dir: string): Cluster {
  const description = JSON.parse(readFileSync(join(dir, files.options), 'utf8')) as Description
  const env = environment(description.binaries, join(dir, files.kubeconfig))
  return new Cluster(description, topology(description.nodes), { dir, env })
}
