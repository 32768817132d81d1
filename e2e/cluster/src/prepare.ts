import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clusterIn } from './attach'
import type { Cluster, Description } from './cluster'
import { kubeconfig, makeCertificates, makeTokens, tokenFile } from './control-plane/pki'
import { repository } from './host/paths'
import { must } from './host/processes'
import { files } from './host/run-dir'
import { imageStore } from './images/image-store'
import { type RouterOptions, routerFiles } from './machine/frr'
import { networkScript } from './network/network'
import { machines, type Topology } from './network/topology'
import { writeEtc, writeNodeFiles } from './node/node'

type Size = { readonly name: string; readonly nodes: number; readonly router: RouterOptions }

/** Writes everything that the machines will read. */
export async function prepare(dir: string, plan: Topology, { name, nodes, router }: Size): Promise<Cluster> {
  const pki = join(dir, files.pki)
  const tokens = makeTokens(plan.nodes)
  const [binaries, store, certificate] = await Promise.all([
    must([join(repository, 'tools/kubernetes-binaries')], { timeoutSeconds: 1800 }),
    imageStore(),
    makeCertificates(pki, plan.nodes),
  ])
  const description: Description = { name, nodes, store, binaries: binaries.trim() }
  writeFileSync(join(dir, files.options), JSON.stringify(description))
  writeFileSync(join(dir, files.network), networkScript(plan))
  writeFileSync(join(dir, files.kubeconfig), kubeconfig(certificate, tokens.admin))
  writeFileSync(join(pki, 'tokens.csv'), tokenFile(tokens))
  for (const machine of machines(plan)) writeEtc(dir, machine.name, { hostname: `${machine.name}\n` })
  writeEtc(dir, 'cp', { 'kubernetes/scheduler.conf': kubeconfig(certificate, tokens.scheduler) })
  writeEtc(dir, 'router', routerFiles(router, plan.nodes))
  for (const node of plan.nodes) {
    const kubeletToken = tokens.nodes[node.name] ?? ''
    writeNodeFiles(dir, node, { certificate, kubeletToken, proxyToken: tokens.proxy })
  }
  return clusterIn(dir)
}
