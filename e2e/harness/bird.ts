import type { Cluster } from '../cluster/src'
import { eventually } from './eventually'

/** One BGP neighbour as BIRD shall see it; `options` are lines of its protocol. */
export type Neighbour = {
  readonly name: string
  readonly address: string
  readonly as: number
  readonly options?: readonly string[]
}

type BirdOptions = {
  readonly machine: string
  readonly address: string
  readonly port: number
  readonly as: number
  readonly neighbours: readonly Neighbour[]
}

/** A second router beside FRR. Its sessions can be configured one by one, and it reports in detail what it received. */
export type Bird = {
  /** What `birdc show protocols all NAME` prints. */
  protocol(name: string): Promise<string>
  /** What `birdc show route all PREFIX` prints, of one neighbour. */
  routes(name: string): Promise<string>
  end(): Promise<void>
}

const socket = '/run/bird.ctl'

export async function startBird(cluster: Cluster, options: BirdOptions): Promise<Bird> {
  const { machine } = options
  await cluster.exec(machine, ['sh', '-c', 'umask 077; cat >/run/bird.conf'], { input: config(options) })
  const running = cluster.spawn(machine, ['bird', '-f', '-c', '/run/bird.conf', '-s', socket, '-P', '/run/bird.pid'])
  let said = ''
  for (const stream of [running.stdout, running.stderr]) {
    stream?.on('data', (bytes) => {
      said = (said + String(bytes)).slice(-20_000)
    })
  }
  const birdc = async (...words: readonly string[]): Promise<string> =>
    (await cluster.exec(machine, ['birdc', '-s', socket, ...words])).stdout
  await eventually(
    'BIRD answers',
    () => birdc('show', 'status'),
    (text) => {
      if (!text.includes('Daemon is up')) throw new Error(text)
    },
  ).catch((error: Error) => {
    throw new Error(`${error.message}\n${said}`)
  })
  return {
    protocol: (name) => birdc('show', 'protocols', 'all', nameOf(name)),
    routes: async (name) =>
      [
        await birdc('show', 'route', 'all', 'table', `${nameOf(name)}_ipv4`),
        await birdc('show', 'route', 'all', 'table', `${nameOf(name)}_ipv6`),
      ].join('\n'),
    end: async () => {
      running.kill()
    },
  }
}

const config = ({ address, port, as, neighbours }: BirdOptions): string => `log stderr all;
router id ${address};
protocol device {}
${neighbours.map((neighbour) => protocolText(neighbour, { address, port, as })).join('')}`

/** Prefixed, because many words, such as multihop, are keywords of BIRD. */
const nameOf = (name: string): string => `p_${name}`

/** Each session has tables of its own, because all receive the same prefixes. */
function protocolText(
  { name: plainName, address: neighbour, as: theirs, options = [] }: Neighbour,
  { address, port, as }: Pick<BirdOptions, 'address' | 'port' | 'as'>,
): string {
  const name = nameOf(plainName)
  return `ipv4 table ${name}_ipv4;
ipv6 table ${name}_ipv6;
protocol bgp ${name} {
  local ${address} port ${port} as ${as};
  neighbor ${neighbour} as ${theirs};
  passive on;
  hold time 240;
${options.map((line) => `  ${line}\n`).join('')}  ipv4 { table ${name}_ipv4; import all; export none; };
  ipv6 { table ${name}_ipv6; import all; export none; };
}
`
}
