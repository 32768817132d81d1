import { type Host, type Program, until } from './host'

type Path = {
  readonly nlri: { readonly prefix: string }
  readonly attrs: readonly { readonly type: number; readonly nexthop?: string; readonly communities?: readonly number[] }[]
}

type GobgpOptions = {
  readonly as?: number
  readonly neighborAs?: number
  readonly neighbor?: string
  readonly password?: string
  /** It connects to the neighbour, and its own port is closed. */
  readonly dials?: boolean
}

/** A GoBGP on the host with one neighbour, for which it waits unless it dials. */
export class Gobgp {
  readonly #host: Host
  readonly running: Program

  private constructor(host: Host, running: Program) {
    this.#host = host
    this.running = running
  }

  static async start(host: Host, options: GobgpOptions = {}): Promise<Gobgp> {
    host.write('/run/gobgp.toml', config(options))
    const gobgp = new Gobgp(host, host.start(['gobgpd', '-f', '/run/gobgp.toml', '--api-hosts', '127.0.0.1:50051']))
    const port = options.dials === true ? ':50051 ' : ':179 '
    await until('GoBGP listens', () => host.run('ss -Hltn').includes(port))
    return gobgp
  }

  /** Prefixes it has from us, with next hop and communities. */
  routes(family: 'ipv4' | 'ipv6' = 'ipv4'): readonly string[] {
    const text = this.#host.can('gobgp -p 50051 global') ? this.#host.run(`gobgp -p 50051 global rib -a ${family} -j`) : ''
    if (!text.trim().startsWith('{')) return []
    return Object.values(JSON.parse(text) as Readonly<Record<string, readonly Path[]>>)
      .flat()
      .map(({ nlri, attrs }) => {
        const nextHop = attrs.find(({ nexthop }) => nexthop !== undefined)?.nexthop ?? ''
        const communities = attrs.find(({ type }) => type === 8)?.communities?.map((one) => `${one >>> 16}:${one & 0xffff}`) ?? []
        return [nlri.prefix, `via ${nextHop}`, ...communities].join(' ')
      })
      .sort()
  }
}

const config = ({ as = 64_513, neighborAs = 64_512, neighbor = '192.0.2.5', password = '', dials = false }: GobgpOptions): string => `
[global.config]
  as = ${as}
  router-id = "192.0.2.99"
  ${dials ? 'port = -1' : ''}
[[neighbors]]
  [neighbors.config]
    neighbor-address = "${neighbor}"
    peer-as = ${neighborAs}
    ${password === '' ? '' : `auth-password = "${password}"`}
  [neighbors.transport.config]
    passive-mode = ${!dials}
  [neighbors.timers.config]
    hold-time = 9
    keepalive-interval = 3
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv6-unicast"
`
