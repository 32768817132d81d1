import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Cluster } from '../cluster/src'
import { configNamespace } from './manifests'

/** The folder of the repository, from source as from out/. */
export function repository(from = __dirname): string {
  return existsSync(join(from, 'charts', 'loadstone')) ? from : repository(dirname(from))
}

/** Installs the chart with Helm, as a user would, and waits until operator and speakers are ready. */
export async function installLoadstone(cluster: Cluster, log: (line: string) => void): Promise<void> {
  const root = repository()
  log('installing Loadstone with its Helm chart')
  const command = [
    join(root, 'tools', 'helm'),
    ...['upgrade', '--install', 'loadstone', join(root, 'charts', 'loadstone'), '--namespace', configNamespace, '--create-namespace'],
    ...['--set', 'image.repository=docker.io/loadstone/loadstone,image.tag=dev,image.pullPolicy=Never'],
    ...['--kubeconfig', cluster.kubeconfig, '--wait', '--timeout', '3m'],
  ]
  await cluster.exec('cp', command, { timeoutSeconds: 200 }) // longer than Helm itself waits
}
