import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ApiOptions, callApi } from './control-plane/api'
import { apiServer } from './control-plane/control-plane'
import type { ProcessResult } from './host/processes'
import { cgroupOf, files, remove } from './host/run-dir'
import type { ExecOptions, Shell } from './host/shell'
import { waitFor } from './host/steps'
import { nodeLayerOf } from './images/image-store'
import { imageNames, loadstoneImage } from './images/images'
import { imageArchive } from './images/oci'
import { MachineRef, type Place } from './machine/machine'
import { type ProcessInfo, processesIn } from './machine/memory'
import { ClusterRouter } from './machine/router'
import { Switch } from './machine/switch'
import { machines, type Topology } from './network/topology'
import { ClusterNode } from './node/node'

/** What describes a cluster for good; written to its folder, so that any process can take hold of it. */
export type Description = { readonly name: string; readonly nodes: number; readonly store: string; readonly binaries: string }

type KubectlOptions = { readonly input?: string; readonly timeoutSeconds?: number }

/** A running cluster. It has no state but what is in its folder: two of these for one cluster agree. */
export class Cluster {
  readonly name: string
  /** Of logs, configuration and the API socket. */
  readonly dir: string
  /** An administrator's, for programs that run on a machine with a management link: cp and the nodes. */
  readonly kubeconfig: string
  /** node1, node2, … */
  readonly nodes: readonly string[]
  readonly router: ClusterRouter
  readonly switch: Switch
  /** The image store its nodes link to. */
  readonly #store: string
  readonly #machines: ReadonlyMap<string, MachineRef>
  readonly #nodes: ReadonlyMap<string, ClusterNode>

  constructor(description: Description, plan: Topology, place: Place) {
    const all = machines(plan).map(({ name }) => new MachineRef(name, place))
    this.name = description.name
    this.dir = place.dir
    this.kubeconfig = join(place.dir, files.kubeconfig)
    this.#store = description.store
    this.switch = new Switch(place)
    this.#machines = new Map(all.map((machine) => [machine.name, machine]))
    this.#nodes = new Map(
      plan.nodes.map((node) => [node.name, new ClusterNode(this.machine(node.name), this.switch, node, description.store)]),
    )
    this.nodes = plan.nodes.map(({ name }) => name)
    this.router = new ClusterRouter(this.machine('router'))
  }

  /** cp, client, router, outside or a node. */
  machine(name: string): MachineRef {
    const found = this.#machines.get(name)
    if (found === undefined)
      throw new Error(`the cluster ${this.name} has no machine ${name}, only ${[...this.#machines.keys()].join(', ')} and the switch`)
    return found
  }

  /** By name or number, which starts at 1. */
  node(which: string | number): ClusterNode {
    const found = this.#nodes.get(typeof which === 'number' ? `node${which}` : which)
    if (found === undefined) throw new Error(`the cluster ${this.name} has no node ${which}, only ${this.nodes.join(', ')}`)
    return found
  }

  /** Runs programs on a machine, or in the `switch`, where the bridges are. */
  shell(machine: string): Shell {
    return machine === 'switch' ? this.switch.shell : this.machine(machine).shell
  }

  /** Runs a program on a machine or in the `switch` to its end. Fails when its exit code is not 0, unless `check` is false. */
  exec(machine: string, argv: readonly string[], options: ExecOptions = {}): Promise<ProcessResult> {
    return this.shell(machine).exec(argv, options)
  }

  /** Starts a program that runs until its kill(), or until we end, with all that it has started. Its standard streams are pipes. */
  spawn(machine: string, argv: readonly string[]): ChildProcess {
    return this.shell(machine).spawn(argv)
  }

  /** What kubectl prints. Fails when it does. */
  async kubectl(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
    return (await this.exec('cp', ['kubectl', ...args], options)).stdout
  }

  /** Objects, or YAML, applied on the server's side. */
  async apply(what: string | readonly unknown[]): Promise<void> {
    const { code, stderr } = await this.tryApply(what)
    if (code !== 0) throw new Error(`kubectl apply: ${stderr.trim()}`)
  }

  /** As apply, where a refusal is an answer. */
  tryApply(what: string | readonly unknown[]): Promise<ProcessResult> {
    const input = typeof what === 'string' ? what : JSON.stringify({ apiVersion: 'v1', kind: 'List', items: what })
    return this.exec('cp', ['kubectl', 'apply', '--server-side', '--force-conflicts', '-f', '-'], { input, check: false })
  }

  /** One request to the API server as administrator: `await cluster.api('GET', '/api/v1/nodes')`. */
  api<T>(method: string, path: string, options: ApiOptions = {}): Promise<T> {
    return callApi<T>(join(this.dir, files.apiSocket), method, path, options)
  }

  /** Freezes the API server: connections stay open and nobody answers. */
  pauseApiServer(): Promise<void> {
    return this.machine('cp').freeze('kube-apiserver')
  }

  resumeApiServer(): void {
    this.machine('cp').signal('kube-apiserver', 'SIGCONT')
  }

  /** Ends the API server at once: connections are reset, new ones refused. */
  stopApiServer(): Promise<void> {
    return this.machine('cp').stop('kube-apiserver', 'SIGKILL')
  }

  /** Starts the API server and waits until it is ready. */
  async startApiServer(): Promise<void> {
    const cp = this.machine('cp')
    await cp.start('kube-apiserver', apiServer(join(this.dir, files.pki)))
    await waitFor({
      withinSeconds: 90,
      until: async () => (await this.api<string>('GET', '/readyz')) === 'ok',
      unless: () => {
        for (const daemon of ['etcd', 'kube-apiserver', 'api-proxy']) if (!cp.runs(daemon)) throw cp.failure(daemon, 'has ended')
      },
      late: (reason) => cp.failure('kube-apiserver', `is not ready after 90 s (${reason})`),
    })
  }

  /** Imports an image archive (OCI or docker, as `docker save` writes it) into every node. */
  loadImage(archive: string): Promise<void> {
    return this.#load(readFileSync(archive))
  }

  /**
   * Loads what dist/ holds now into every node, under that name, as an upgrade would find it. False when dist/ holds nothing.
   * A tenth of the time of loadImage: the nodes have its layer of node already.
   */
  async loadProduct(name: string = imageNames.loadstone): Promise<boolean> {
    const product = loadstoneImage(nodeLayerOf(this.#store))
    if (product === undefined) return false
    await this.#load(imageArchive([{ ...product, name }]))
    return true
  }

  async #load(archive: Buffer): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.load(archive)))
  }

  /** The end of a daemon's log: logs('node1.kubelet'). Without a name, the names there are. */
  logs(name?: string, lines = 100): string {
    const dir = join(this.dir, files.logs)
    if (name === undefined)
      return readdirSync(dir)
        .map((file) => file.replace(/\.log$/, ''))
        .join('\n')
    return readFileSync(join(dir, `${name}.log`), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-lines)
      .join('\n')
  }

  /** The processes of a pod's containers, with their memory, as this machine sees them. */
  async podProcesses(namespace: string, pod: string): Promise<readonly ProcessInfo[]> {
    type Pod = {
      readonly spec: { readonly nodeName: string }
      readonly status: { readonly containerStatuses?: readonly { readonly containerID?: string }[] }
    }
    const { spec, status } = await this.api<Pod>('GET', `/api/v1/namespaces/${namespace}/pods/${pod}`)
    const ids = (status.containerStatuses ?? []).flatMap(({ containerID }) => containerID?.split('//')[1] ?? [])
    return ids.flatMap((id) => processesIn(join(cgroupOf(this.dir, spec.nodeName), 'k8s.io', id)))
  }

  /** Ends every process of the cluster and removes its files and cgroups. */
  async down(): Promise<void> {
    await this.switch.end()
    await remove(this.dir)
  }
}
