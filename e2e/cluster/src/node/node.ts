import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { kubeconfig } from '../control-plane/pki'
import { assets } from '../host/paths'
import { files } from '../host/run-dir'
import { waitFor } from '../host/steps'
import type { MachineRef } from '../machine/machine'
import type { Switch } from '../machine/switch'
import { type Cut, machineCommands, portCommand, removalCommands } from '../network/network'
import type { NodeMachine } from '../network/topology'
import { containerd, kubelet, kubeletFile, kubeProxy, nodeFilesInEtc } from './node-config'

/** Writes files below the /etc of a machine, before it boots. */
export function writeEtc(dir: string, machine: string, contents: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(contents)) {
    const path = join(dir, files.etc, machine, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
}

type Credentials = { readonly certificate: string; readonly kubeletToken: string; readonly proxyToken: string }

/** Everything a node reads at its start. */
export function writeNodeFiles(dir: string, node: NodeMachine, { certificate, kubeletToken, proxyToken }: Credentials): void {
  writeEtc(dir, node.name, {
    ...nodeFilesInEtc(node, certificate),
    'kubernetes/kubelet.conf': kubeconfig(certificate, kubeletToken),
    'kubernetes/proxy.conf': kubeconfig(certificate, proxyToken),
  })
  for (const name of ['kubelet.crt', 'kubelet.key'])
    copyFileSync(join(dir, files.pki, name), join(dir, files.etc, node.name, 'kubernetes', name))
}

type KubeletOptions = {
  /** Fields of a KubeletConfiguration. */
  readonly settings?: Readonly<Record<string, unknown>>
  readonly environment?: Readonly<Record<string, string>>
}

/** A node: a machine that runs containerd, kubelet and kube-proxy, and that can be cut off, killed and started again. */
export class ClusterNode {
  readonly #machine: MachineRef
  readonly #network: Switch
  readonly #plan: NodeMachine
  readonly #store: string

  constructor(machine: MachineRef, network: Switch, plan: NodeMachine, store: string) {
    this.#machine = machine
    this.#network = network
    this.#plan = plan
    this.#store = store
  }

  get name(): string {
    return this.#plan.name
  }
  /** On the LAN; also the InternalIP of the Node. */
  get ip(): string {
    return this.#plan.ip
  }
  get ip6(): string {
    return this.#plan.ip6
  }

  /**
   * What pulling the power plug is to everybody else: first all links go dark, so that no FIN, Cease or goodbye of the dying
   * kernel gets out, then every process of the node ends at once. Returns when that began, in milliseconds since 1970.
   */
  async kill(): Promise<number> {
    const began = await Promise.all(this.#plan.links.map(({ port }) => this.#set(port, 'cable')))
    await this.#machine.powerOff()
    return Math.min(...began)
  }

  /** After kill: the node boots with its disk, and new network interfaces. */
  async start(): Promise<void> {
    if (this.#machine.isOn()) return
    const script = ['set -e', ...removalCommands(this.#plan), ...machineCommands(this.#plan)].join('\n')
    await this.#network.shell.exec(['sh', '-s'], { input: script })
    await this.#network.powerOn(this.name)
    await this.startRuntime()
    await this.startKubernetes()
  }

  /** Cuts the data link (eth0). The API stays reachable over the management network. Returns when, in milliseconds since 1970. */
  async cutLink(how: Cut = 'cable'): Promise<number> {
    return this.#port('lan', how)
  }

  /** Cuts the management link (mgmt0): the node's kubelet and speaker lose the API, its data link stays. */
  async cutManagement(how: Cut = 'cable'): Promise<void> {
    await this.#port('mgmt', how)
  }

  /** Undoes every cut. */
  async heal(): Promise<void> {
    await Promise.all([this.#port('lan', 'healed'), this.#port('mgmt', 'healed')])
  }

  async #port(bridge: 'lan' | 'mgmt', state: Cut | 'healed'): Promise<number> {
    const ports = this.#plan.links.filter((link) => link.bridge === bridge)
    return Math.min(...(await Promise.all(ports.map(({ port }) => this.#set(port, state)))))
  }

  /** The clock is read beside the command, since starting programs there takes as long as what may be measured by it. */
  async #set(port: string, state: Cut | 'healed'): Promise<number> {
    const { stdout } = await this.#network.shell.exec(['sh', '-c', 'date +%s%3N; exec "$@"', 'sh', ...portCommand(port, state)])
    return Number(stdout.trim())
  }

  /** Starts containerd with the images of the store and waits until it answers. */
  async startRuntime(): Promise<void> {
    await this.#machine.shell.exec(['sh', join(assets, 'boot/containerd-root.sh'), this.#store, '/var/lib/containerd'])
    await this.#machine.start('containerd', containerd())
    await waitFor({
      withinSeconds: 90,
      // Without a socket ctr itself would wait for one, for ten seconds.
      until: async () =>
        (await this.#machine.shell.exec(['sh', '-c', '[ -S /run/containerd/containerd.sock ] && ctr version'], { check: false })).code ===
        0,
      unless: () => this.failIfEnded(['containerd']),
      late: () => this.#machine.failure('containerd', 'does not answer'),
    })
  }

  async startKubernetes(): Promise<void> {
    await Promise.all([this.#machine.start('kubelet', kubelet(this.#plan)), this.#machine.start('kube-proxy', kubeProxy())])
  }

  /** Ends the kubelet and starts it again, with settings and an environment that hold until the next time. Its pods go on meanwhile. */
  async restartKubelet({ settings = {}, environment = {} }: KubeletOptions = {}): Promise<void> {
    await this.#machine.stop('kubelet')
    await this.#machine.shell.exec(['sh', '-c', 'cat >/etc/kubernetes/kubelet.json'], { input: kubeletFile(settings) })
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
    await this.#machine.start('kubelet', ['env', ...variables, ...kubelet(this.#plan)])
  }

  /** Imports an image archive (OCI or docker) into this node. */
  async load(archive: Buffer): Promise<void> {
    await this.#machine.shell.exec(['ctr', '--namespace', 'k8s.io', 'images', 'import', '--snapshotter', 'overlayfs', '-'], {
      input: archive,
      timeoutSeconds: 120,
    })
  }

  failIfEnded(daemons: readonly string[] = ['containerd', 'kubelet', 'kube-proxy']): void {
    for (const daemon of daemons) if (!this.#machine.runs(daemon)) throw this.#machine.failure(daemon, 'has ended')
  }

  /** The error for a node that is not ready in time. */
  notReady(why: string): Error {
    return this.#machine.failure('kubelet', `is not ready in time (${why})`)
  }
}
