import { join } from 'node:path'
import type { Cluster } from './cluster'
import { apiProxy, controllerManager, etcd, scheduler } from './control-plane/control-plane'
import { files } from './host/run-dir'
import { type Steps, waitFor } from './host/steps'
import type { NodeMachine, Topology } from './network/topology'
import { nodeObject } from './node/node-config'

/** From the bare network to Ready nodes. The API server takes longest, so it begins first, and all else runs beside it. */
export async function bringUp(cluster: Cluster, plan: Topology, images: readonly string[], steps: Steps): Promise<void> {
  const boot = (...names: readonly string[]): Promise<unknown> => Promise.all(names.map((name) => cluster.switch.powerOn(name)))
  const startRuntimes = async (): Promise<void> => {
    await boot(...cluster.nodes)
    await Promise.all(cluster.nodes.map((name) => cluster.node(name).startRuntime()))
  }
  await Promise.all([
    steps.step('API server', () => boot('cp').then(() => startApi(cluster))),
    steps.step('router', () => boot('router', 'client', 'outside').then(() => cluster.router.start())),
    steps.step('containerd', startRuntimes).then(() => loadImages(cluster, images, steps)),
  ])
  await steps.step('nodes', () => startNodes(cluster, plan.nodes))
}

async function startApi(cluster: Cluster): Promise<void> {
  const cp = cluster.machine('cp')
  await cp.start('etcd', etcd())
  await cp.start('api-proxy', apiProxy(cluster.kubeconfig, join(cluster.dir, files.apiSocket)))
  await cluster.startApiServer()
}

async function loadImages(cluster: Cluster, archives: readonly string[], steps: Steps): Promise<void> {
  const hasProduct = await steps.step('product image', () => cluster.loadProduct())
  if (!hasProduct) steps.say('there is no product image, because dist/ is empty; make build fills it')
  for (const archive of archives) await steps.step(archive, () => cluster.loadImage(archive))
}

async function startNodes(cluster: Cluster, plans: readonly NodeMachine[]): Promise<void> {
  const cp = cluster.machine('cp')
  // Before their kubelets, which would otherwise create them without our labels.
  await Promise.all(plans.map((plan) => cluster.api('POST', '/api/v1/nodes', { body: nodeObject(plan) })))
  await Promise.all([
    cp.start('kube-controller-manager', controllerManager(join(cluster.dir, files.pki), cluster.kubeconfig)),
    cp.start('kube-scheduler', scheduler('/etc/kubernetes/scheduler.conf')),
    ...plans.map(({ name }) => cluster.node(name).startKubernetes()),
  ])
  await waitForNodes(cluster)
}

type NodeList = {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly status: { readonly conditions?: readonly Condition[] }
  }[]
}
type Condition = { readonly type: string; readonly status: string; readonly message: string }

/** Waits until all are Ready and the default service account is there, without which no pod is admitted. */
async function waitForNodes(cluster: Cluster): Promise<void> {
  let lacking: readonly { readonly name: string; readonly why: string }[] = []
  await waitFor({
    withinSeconds: 120,
    until: async () => {
      const { items } = await cluster.api<NodeList>('GET', '/api/v1/nodes')
      lacking = items.flatMap(({ metadata: { name }, status: { conditions = [] } }) => {
        const ready = conditions.find(({ type }) => type === 'Ready')
        return ready?.status === 'True' ? [] : [{ name, why: ready?.message ?? 'it has reported nothing' }]
      })
      await cluster.api('GET', '/api/v1/namespaces/default/serviceaccounts/default')
      return lacking.length === 0
    },
    unless: () => failIfEnded(cluster),
    late: (reason) =>
      lacking[0] === undefined
        ? cluster.machine('cp').failure('kube-controller-manager', reason)
        : cluster.node(lacking[0].name).notReady(lacking[0].why),
  })
}

function failIfEnded(cluster: Cluster): void {
  const cp = cluster.machine('cp')
  for (const daemon of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'])
    if (!cp.runs(daemon)) throw cp.failure(daemon, 'has ended')
  for (const name of cluster.nodes) cluster.node(name).failIfEnded()
}
