import { waitFor } from '../host/steps'
import { routerDaemon, routerDaemons } from './frr'
import type { MachineRef } from './machine'

/** The LAN's router, FRR: a BGP peer of every node, and the way to what is behind it. */
export class ClusterRouter {
  readonly #machine: MachineRef

  constructor(machine: MachineRef) {
    this.#machine = machine
  }

  async start(): Promise<void> {
    await this.#machine.shell.exec(['install', '-d', '-o', 'frr', '-g', 'frr', '/run/frr'])
    const [zebra, ...others] = routerDaemons
    await this.#machine.start(zebra, routerDaemon(zebra))
    await Promise.all(others.map((name) => this.#machine.start(name, routerDaemon(name))))
    await waitFor({
      withinSeconds: 60,
      until: async () =>
        (await this.#machine.shell.exec(['vtysh', '-c', 'show bgp summary'], { check: false })).stdout.includes('router identifier'),
      unless: () => this.failIfEnded(),
      late: (reason) => this.#machine.failure('bgpd', `does not answer vtysh (${reason})`),
    })
  }

  /** Ends FRR without a word to its peers, as a router that loses power does to its control plane. */
  async kill(): Promise<void> {
    await Promise.all(routerDaemons.map((name) => this.#machine.stop(name, 'SIGKILL')))
  }

  /** What `vtysh -c COMMAND` prints; several commands are given one after the other. */
  async vtysh(...commands: readonly string[]): Promise<string> {
    return (await this.#machine.shell.exec(['vtysh', ...commands.flatMap((command) => ['-c', command])])).stdout
  }

  /** Applies lines of configuration, as typed after `configure terminal`: `await configure('router bgp 64512', 'neighbor nodes bfd')`. */
  async configure(...lines: readonly string[]): Promise<void> {
    const said = await this.vtysh('configure terminal', ...lines)
    if (/^%/m.test(said)) throw new Error(`FRR refuses the configuration: ${said.trim()}`)
  }

  failIfEnded(): void {
    for (const name of routerDaemons) if (!this.#machine.runs(name)) throw this.#machine.failure(name, 'has ended')
  }
}
