import { writeFileSync } from 'node:fs'
import { type Host, type Running, until } from '../lab/host'
import { Control } from './control'

/** `here` is the sender's address, `there` the receiver's. */
type Ends = { readonly here: string; readonly there: string }

/** The same for every sender: a BIRD that waits, takes everything into a table, and installs nothing. */
export class Receiver {
  readonly #running: Running
  readonly #control: Control

  private constructor(running: Running, control: Control) {
    this.#running = running
    this.#control = control
  }

  static async start(host: Host, senderAs: number, { here, there }: Ends): Promise<Receiver> {
    const [path, socket] = [`${host.folder}/receiver.conf`, `${host.folder}/receiver.ctl`]
    writeFileSync(
      path,
      `router id 10.0.0.2;
protocol device {}
protocol bgp p { disabled on; local ${there} as 65002; neighbor ${here} as ${senderAs}; hold time 90; connect delay time 1; connect retry time 1;
 ipv4 { import all; export none; gateway recursive; }; ipv6 { import all; export none; gateway recursive; }; }
`,
    )
    const running = host.spawn(['bird', '-f', '-c', path, '-s', socket, '-P', '/run/receiver.pid'])
    const control = await until('the receiver', 10, () => Control.open(socket).catch(() => undefined))
    return new Receiver(running, control)
  }

  async enable(): Promise<void> {
    await this.#control.ask('enable p')
  }

  /** Counters that BIRD keeps anyway: asking does not walk its table. */
  async look(): Promise<{ readonly established: boolean; readonly held: number }> {
    const text = await this.#control.ask('show protocols all p')
    const held = [...text.matchAll(/Routes:\s+(\d+) imported/g)].reduce((sum, [, count]) => sum + Number(count), 0)
    return { established: / Established/.test(text), held }
  }

  /** Takes its leave of the sender, then ends. */
  async stop(): Promise<void> {
    await this.#control.ask('disable p')
    this.#control.close()
    this.#running.child.kill('SIGTERM')
    await this.#running.ended
  }
}
