import { until } from '../lab/host'
import { type BgpRouter, eachOf, file, listening, type Make, type Neighbor, type SeenRoute, type Setup, seenRoute, when } from './router'

export const gobgp: Make = {
  name: 'GoBGP',
  start: async (host, setup) => {
    const path = file(host, 'gobgp.toml', config(setup))
    const running = host.spawn(['gobgpd', '-f', path, '--api-hosts', '127.0.0.1:50051', '-l', 'info'])
    const router: BgpRouter = {
      running,
      host,
      setup,
      routes: (family) => routes(router, family),
      neighbor: () => neighbor(router),
      askRefresh: async () => void (await gobgpCli(router, 'neighbor', setup.neighbors[0] as string, 'softresetin')),
    }
    await listening(router)
    for (const prefix of setup.originates ?? []) await originate(router, prefix)
    return router
  },
}

/** The API listens a moment later than the session does. */
const originate = (router: BgpRouter, prefix: string): Promise<string> =>
  until('the API of GoBGP', 60, () => gobgpCli(router, 'global', 'rib', 'add', prefix, '-a', 'ipv4').catch(() => undefined))

const gobgpCli = (router: Pick<BgpRouter, 'host'>, ...words: readonly string[]): Promise<string> =>
  router.host.exec('gobgp', '-p', '50051', ...words)

function config({ as, local, neighbors, feeder, ...setup }: Setup): string {
  return `[global.config]
  as = ${as}
  router-id = "10.0.0.2"
  port = ${setup.port ?? 179}
${eachOf(neighbors, (neighbor) => neighborLines(neighbor, local, setup))}${
  feeder === undefined ? '' : neighborLines(feeder.address, undefined, { neighborAs: feeder.as, holdSeconds: 90 })
}`
}

type Settings = Omit<Setup, 'as' | 'local' | 'neighbors'>

function neighborLines(neighbor: string, local: string | undefined, setup: Settings): string {
  const { neighborAs, holdSeconds, md5, gracefulRestart, active } = setup
  return `[[neighbors]]
  [neighbors.config]
    neighbor-address = "${neighbor}"
    peer-as = ${neighborAs}
    ${md5 === undefined ? '' : `auth-password = "${md5}"`}
  [neighbors.timers.config]
    hold-time = ${holdSeconds}
    keepalive-interval = ${Math.floor(holdSeconds / 3)}
    connect-retry = 2
    idle-hold-time-after-reset = 2
  [neighbors.transport.config]
    passive-mode = ${active !== true}
    ${local === undefined ? '' : `local-address = "${local}"`}
  ${when(setup.multihop, '[neighbors.ebgp-multihop.config]\n    enabled = true\n    multihop-ttl = 5')}
  ${when(setup.gtsm, '[neighbors.ttl-security.config]\n    enabled = true\n    ttl-min = 255')}
  ${when(gracefulRestart, '[neighbors.graceful-restart.config]\n    enabled = true\n    restart-time = 30')}
${eachOf(['ipv4-unicast', 'ipv6-unicast'], (name) => familyLines(name, setup))}`
}

const familyLines = (name: string, { gracefulRestart, addPath }: Settings): string => `  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "${name}"
    ${when(gracefulRestart, '[neighbors.afi-safis.mp-graceful-restart.config]\n      enabled = true')}
    ${when(addPath, '[neighbors.afi-safis.add-paths.config]\n      receive = true')}
`

type GobgpNeighbor = {
  readonly state: { readonly router_id: string }
  readonly timers: { readonly state: { readonly negotiated_hold_time: number; readonly keepalive_interval: number } }
}

async function neighbor(router: BgpRouter): Promise<Neighbor> {
  const [first] = JSON.parse(await gobgpCli(router, 'neighbor', '-j')) as readonly GobgpNeighbor[]
  const { state, timers } = first as GobgpNeighbor
  return { id: state.router_id, holdSeconds: timers.state.negotiated_hold_time, keepaliveSeconds: timers.state.keepalive_interval }
}

type Attribute = {
  readonly type: number
  readonly value?: unknown
  readonly nexthop?: string
  readonly metric?: number
  readonly communities?: readonly number[]
  readonly as_paths?: readonly { readonly asns: readonly number[] }[]
}
type Path = { readonly nlri: { readonly prefix: string }; readonly attrs: readonly Attribute[]; readonly stale?: boolean }

async function routes(router: BgpRouter, family: 'ipv4' | 'ipv6'): Promise<readonly SeenRoute[]> {
  const text = await gobgpCli(router, 'global', 'rib', '-a', family, '-j')
  if (!text.trim().startsWith('{')) return []
  const table = JSON.parse(text) as Readonly<Record<string, readonly Path[]>>
  return Object.values(table).flatMap((paths) => paths.map(seen))
}

function seen({ nlri, attrs, stale }: Path): SeenRoute {
  const attribute = (type: number): Attribute | undefined => attrs.find((one) => one.type === type)
  const large = attribute(32)?.value as readonly Record<string, number>[] | undefined
  return seenRoute({
    prefix: nlri.prefix,
    nextHop: attrs.find(({ nexthop }) => nexthop !== undefined)?.nexthop,
    asPath: attribute(2)
      ?.as_paths?.flatMap(({ asns }) => asns)
      .join(' '),
    communities: attribute(8)?.communities?.map((value) => `${value >>> 16}:${value & 0xffff}`),
    largeCommunities: large?.map((one) => Object.values(one).join(':')),
    med: attribute(4)?.metric,
    localPref: attribute(5)?.value as number | undefined,
    stale,
    raw: JSON.stringify(attrs),
  })
}
