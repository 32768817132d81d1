import { type Host, type Program, until } from './host'

type Path = {
  readonly nlri: { readonly prefix: string }
  readonly attrs: readonly { readonly type: number; readonly nexthop?: string; readonly communities?: readonly number[] }[]
}

/** A GoBGP on the host that waits for one neighbour. */
export class Gobgp {
  readonly #host: Host
  readonly running: Program

  private constructor(host: Host, running: Program) {
    this.#host = host
    this.running = running
  }

  static async start(host: Host, { as = 64_513, neighborAs = 64_512, neighbor = '192.0.2.5', password = '' } = {}): Promise<Gobgp> {
    host.write('/run/gobgp.toml', config(as, neighborAs, neighbor, password))
    const gobgp = new Gobgp(host, host.start(['gobgpd', '-f', '/run/gobgp.toml', '--api-hosts', '127.0.0.1:50051']))
    await until('GoBGP listens', () => host.run('ss -Hltn').includes(':179 '))
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

const config = (as: number, neighborAs: number, neighbor: string, password: string): string => `
[global.config]
  as = ${as}
  router-id = "192.0.2.99"
[[neighbors]]
  [neighbors.config]
    neighbor-address = "${neighbor}"
    peer-as = ${neighborAs}
    ${password === '' ? '' : `auth-password = "${password}"`}
  [neighbors.transport.config]
    passive-mode = true
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
