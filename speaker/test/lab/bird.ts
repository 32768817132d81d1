import { type Host, type Program, until } from './host'

/** A BIRD on the host: BGP, for which it waits, and BFD at this interval × 3 that lasts while BGP is away; the neighbour is the node. */
export class Bird {
  readonly running: Program
  readonly #host: Host

  private constructor(host: Host, running: Program) {
    this.#host = host
    this.running = running
  }

  static async start(host: Host, intervalMillis = 50): Promise<Bird> {
    host.write('/run/bird.conf', config(intervalMillis))
    const bird = new Bird(host, host.start(['bird', '-f', '-c', '/run/bird.conf', '-s', '/run/bird.ctl', '-P', '/run/bird.pid']))
    await until('BIRD listens', () => host.run('ss -Hltn').includes(':179 '))
    return bird
  }

  /** Prefixes it has from the node. */
  routes(): readonly string[] {
    const text = this.#host.run('birdc -s /run/bird.ctl show route protocol node')
    return text.split('\n').flatMap((line) => /^(\S+\/\d+) /.exec(line)?.[1] ?? [])
  }

  /** Every change of state that its BFD has seen. */
  bfdChanges(): readonly string[] {
    return this.running.output
      .split('\n')
      .flatMap((line) => /Session to 192\.0\.2\.5 changed state (from \S+ to \S+)/.exec(line)?.[1] ?? [])
  }

  /** What it says of the BFD session: state, since when, interval and detection time. */
  bfdSession(): string {
    return (
      this.#host
        .run('birdc -s /run/bird.ctl show bfd sessions')
        .split('\n')
        .find((line) => line.startsWith('192.0.2.5 ')) ?? ''
    )
  }
}

const config = (intervalMillis: number): string => `
log stderr all;
router id 192.0.2.99;
protocol device { }
protocol bfd watch {
  debug all;
  interface "lan0" { min rx interval ${intervalMillis} ms; min tx interval ${intervalMillis} ms; multiplier 3; };
  neighbor 192.0.2.5 dev "lan0";
}
protocol bgp node {
  local 192.0.2.99 as 64513;
  neighbor 192.0.2.5 as 64512;
  passive on;
  bfd on;
  hold time 9;
  keepalive time 3;
  error wait time 1, 1;
  error forget time 1;
  ipv4 { import all; export none; };
}
`
