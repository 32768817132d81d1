import { type BgpRouter, eachOf, file, listening, type Make, type Neighbor, type SeenRoute, type Setup, seenRoute, when } from './router'

export const openbgpd: Make = {
  name: 'OpenBGPD',
  start: async (host, setup) => {
    await host.exec('install', '-d', '/run/openbgpd')
    const path = file(host, 'bgpd.conf', config(setup))
    const running = host.spawn(['/usr/sbin/bgpd', '-d', '-f', path])
    const router: BgpRouter = {
      running,
      host,
      setup,
      routes: (family) => routes(router, family),
      neighbor: () => neighbor(router),
      askRefresh: async () => void (await bgpctl(router, 'neighbor', setup.neighbors[0] as string, 'refresh')),
    }
    await listening(router)
    return router
  },
}

const bgpctl = (router: Pick<BgpRouter, 'host'>, ...words: readonly string[]): Promise<string> =>
  router.host.exec('bgpctl', '-s', '/run/openbgpd.sock', ...words)

function config({ as, local, neighbors, feeder, originates, ...setup }: Setup): string {
  return `AS ${as}
router-id 10.0.0.2
fib-update no
nexthop qualify via default
socket "/run/openbgpd.sock"
listen on ${local} port ${setup.port ?? 179}
${feeder === undefined ? '' : `listen on ${feeder.address.replace(/1$/, '2')}\nneighbor ${feeder.address} {\n  remote-as ${feeder.as}\n  passive\n}\n`}${eachOf(
  originates,
  (prefix) => `network ${prefix}\n`,
)}${eachOf(neighbors, (neighbor) => neighborLines(neighbor, local, setup))}allow from any
allow to any
`
}

function neighborLines(neighbor: string, local: string, setup: Omit<Setup, 'as' | 'local' | 'neighbors'>): string {
  const { neighborAs, holdSeconds, md5, role } = setup
  return `neighbor ${neighbor} {
  remote-as ${neighborAs}
  local-address ${local}
  holdtime ${holdSeconds}
  announce IPv4 unicast
  announce IPv6 unicast
  announce enhanced refresh yes
${when(setup.active !== true, '  passive\n')}${when(setup.multihop, '  multihop 5\n')}${when(setup.gtsm, '  ttl-security yes\n')}${when(setup.addPath, '  announce add-path recv yes\n')}${when(
  setup.twoOctet,
  '  announce as-4byte no\n',
)}${md5 === undefined ? '' : `  tcp md5sig password ${md5}\n`}${role === undefined ? '' : `  announce policy ${role}\n`}}
`
}

type OpenbgpdNeighbor = { readonly bgpid: string; readonly session: { readonly holdtime: number; readonly keepalive: number } }

async function neighbor(router: BgpRouter): Promise<Neighbor> {
  const text = await bgpctl(router, '-j', 'show', 'neighbor', router.setup.neighbors[0] as string)
  const { neighbors } = JSON.parse(text) as { readonly neighbors: readonly OpenbgpdNeighbor[] }
  const { bgpid, session } = neighbors[0] as OpenbgpdNeighbor
  return { id: bgpid, holdSeconds: session.holdtime, keepaliveSeconds: session.keepalive }
}

type Entry = {
  readonly prefix: string
  readonly exit_nexthop?: string
  readonly aspath?: string
  readonly metric?: number
  readonly localpref?: number
  readonly communities?: readonly string[]
  readonly large_communities?: readonly string[]
  readonly stale?: boolean
}

async function routes(router: BgpRouter, family: 'ipv4' | 'ipv6'): Promise<readonly SeenRoute[]> {
  const text = await bgpctl(router, '-j', 'show', 'rib', 'detail', 'in', family === 'ipv4' ? 'inet' : 'inet6')
  const { rib = [] } = JSON.parse(text) as { readonly rib?: readonly Entry[] }
  return rib.map((entry) =>
    seenRoute({
      prefix: entry.prefix,
      nextHop: entry.exit_nexthop,
      asPath: entry.aspath,
      med: entry.metric,
      localPref: entry.localpref,
      communities: entry.communities?.map((word) => (word === 'GRACEFUL_SHUTDOWN' ? '65535:0' : word)),
      largeCommunities: entry.large_communities,
      stale: entry.stale,
      raw: JSON.stringify(entry),
    }),
  )
}
