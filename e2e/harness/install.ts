import { join } from 'node:path'
import type { Cluster } from '../cluster/src'
import { repository } from '../cluster/src/host/paths'
import { configNamespace } from './manifests'

/** Installs the chart with Helm, as a user would, and waits until operator and speakers are ready. */
export async function installLoadstone(cluster: Cluster, log: (line: string) => void): Promise<void> {
  log('installing Loadstone with its Helm chart')
  const command = [
    join(repository, 'tools', 'helm'),
    ...['upgrade', '--install', 'loadstone', join(repository, 'charts', 'loadstone'), '--namespace', configNamespace, '--create-namespace'],
    ...['--set', 'image.repository=docker.io/loadstone/loadstone,image.tag=dev,image.pullPolicy=Never'],
    ...['--kubeconfig', cluster.kubeconfig, '--wait', '--timeout', '3m'],
  ]
  await cluster.exec('cp', command, { timeoutSeconds: 200 }) // longer than Helm itself waits
}
