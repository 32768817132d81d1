import { mkdir } from 'node:fs/promises'
import { type BgpRouter, eachOf, file, listening, type Make, type Neighbor, type SeenRoute, type Setup, seenRoute, when } from './router'

/** FRR's bgpd alone: no zebra, nothing is installed into a kernel. */
export const frr: Make = {
  name: 'FRR',
  start: async (host, setup) => {
    await mkdir(host.folder, { recursive: true })
    await host.exec('install', '-d', '-o', 'frr', '-g', 'frr', '/run/frr')
    const path = file(host, 'frr.conf', config(setup))
    const port = String(setup.port ?? 179)
    const running = host.spawn([
      ...['/usr/lib/frr/bgpd', '-S', '-n', '-Z', '-p', port, '-f', path],
      ...['--vty_socket', '/run/frr', '-i', '/run/frr/bgpd.pid'],
    ])
    const router: BgpRouter = {
      running,
      host,
      setup,
      routes: (family) => routes(router, family),
      neighbor: () => neighbor(router),
      askRefresh: async () => void (await vtysh(router, 'clear bgp * soft in')),
    }
    await listening(router)
    return router
  },
}

export const vtysh = (router: Pick<BgpRouter, 'host'>, ...commands: readonly string[]): Promise<string> =>
  router.host.exec('vtysh', '--vty_socket', '/run/frr', ...commands.flatMap((command) => ['-c', command]))

function config({ as, local, neighbors, feeder, originates, gracefulRestart, ...more }: Setup): string {
  const all = [...neighbors, ...(feeder === undefined ? [] : [feeder.address])]
  const families = ['ipv4', 'ipv6'].map(
    (family) => `
 address-family ${family} unicast
${eachOf(all, (peer) => `  neighbor ${peer} activate\n`)}${family === 'ipv4' ? eachOf(originates, (prefix) => `  network ${prefix}\n`) : ''} exit-address-family`,
  )
  return `log stdout
router bgp ${as}
 bgp router-id 10.0.0.2
 bgp log-neighbor-changes
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 no bgp network import-check
${when(gracefulRestart, ' bgp graceful-restart\n bgp graceful-restart restart-time 30\n')}${eachOf(neighbors, (peer) => neighborLines(peer, local, { as, ...more }))}${
  feeder === undefined ? '' : ` neighbor ${feeder.address} remote-as ${feeder.as}\n neighbor ${feeder.address} passive\n`
}${families.join('')}
`
}

function neighborLines(peer: string, local: string, setup: Omit<Setup, 'local' | 'neighbors'>): string {
  const { neighborAs, holdSeconds, md5, role } = setup
  return ` neighbor ${peer} remote-as ${neighborAs}
 neighbor ${peer} timers ${Math.floor(holdSeconds / 3)} ${holdSeconds}
 neighbor ${peer} timers connect 2
 neighbor ${peer} update-source ${local}
 neighbor ${peer} capability extended-nexthop
${when(setup.active !== true, ` neighbor ${peer} passive\n`)}${when(setup.multihop, ` neighbor ${peer} ebgp-multihop 5\n`)}${when(setup.gtsm, ` neighbor ${peer} ttl-security hops 1\n`)}${when(
  setup.twoOctet,
  ` neighbor ${peer} dont-capability-negotiate\n`,
)}${md5 === undefined ? '' : ` neighbor ${peer} password ${md5}\n`}${role === undefined ? '' : ` neighbor ${peer} local-role ${role}\n`}`
}

type FrrNeighbor = {
  readonly remoteRouterId: string
  readonly bgpTimerHoldTimeMsecs: number
  readonly bgpTimerKeepAliveIntervalMsecs: number
}

async function neighbor(router: BgpRouter): Promise<Neighbor> {
  const text = await vtysh(router, 'show bgp neighbors json')
  const [first] = Object.values(JSON.parse(text) as Readonly<Record<string, FrrNeighbor>>)
  const { remoteRouterId, bgpTimerHoldTimeMsecs, bgpTimerKeepAliveIntervalMsecs } = first as FrrNeighbor
  return {
    id: remoteRouterId,
    holdSeconds: bgpTimerHoldTimeMsecs / 1000,
    keepaliveSeconds: bgpTimerKeepAliveIntervalMsecs / 1000,
  }
}

type FrrPath = {
  readonly aspath?: { readonly string: string }
  readonly metric?: number
  readonly locPrf?: number
  readonly stale?: boolean
  readonly community?: { readonly list?: readonly string[]; readonly string: string }
  readonly largeCommunity?: { readonly string: string }
  readonly nexthops?: readonly { readonly ip: string; readonly scope?: string }[]
  readonly peer?: { readonly peerId: string }
}

async function routes(router: BgpRouter, family: 'ipv4' | 'ipv6'): Promise<readonly SeenRoute[]> {
  const text = await vtysh(router, `show bgp ${family} unicast json detail`)
  const table = JSON.parse(text) as { readonly routes?: Readonly<Record<string, unknown>> }
  return Object.entries(table.routes ?? {}).flatMap(([prefix, entry]) => pathsOf(entry).map((path) => seen(prefix, path)))
}

/** FRR's JSON of a prefix is a head and then its paths. */
const pathsOf = (entry: unknown): readonly FrrPath[] => (entry as readonly FrrPath[]).filter(({ aspath }) => aspath !== undefined)

const words = (text: string | undefined): readonly string[] => (text ?? '').split(' ').filter((word) => word !== '')

const seen = (prefix: string, path: FrrPath): SeenRoute =>
  seenRoute({
    prefix,
    nextHop: path.nexthops?.find(({ scope }) => scope !== 'link-local')?.ip,
    asPath: path.aspath?.string.replace('Local', ''),
    communities: words(path.community?.string).map((word) => (word === 'graceful-shutdown' ? '65535:0' : word)),
    largeCommunities: words(path.largeCommunity?.string),
    med: path.metric,
    localPref: path.locPrf,
    stale: path.stale,
    raw: JSON.stringify(path),
  })
