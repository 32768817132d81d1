import { mkdir } from 'node:fs/promises'
import { file, listening, type Make, type Router, type Seen, type Setup, seenRoute } from '../routers'

/** FRR's bgpd alone: no zebra, nothing is installed into a kernel. */
export const frr: Make = {
  name: 'FRR',
  start: async (host, setup) => {
    await mkdir(host.folder, { recursive: true })
    await host.exec('install', '-d', '-o', 'frr', '-g', 'frr', '/run/frr')
    const path = file(host, 'frr.conf', config(setup))
    const running = host.spawn(['/usr/lib/frr/bgpd', '-S', '-n', '-Z', '-f', path, '--vty_socket', '/run/frr', '-i', '/run/frr/bgpd.pid'])
    const router: Router = { running, host, setup, routes: (family) => routes(router, family) }
    await listening(router)
    return router
  },
}

export const vtysh = (router: Pick<Router, 'host'>, ...commands: readonly string[]): Promise<string> =>
  router.host.exec('vtysh', '--vty_socket', '/run/frr', ...commands.flatMap((command) => ['-c', command]))

const line = (wanted: boolean | undefined, text: string): readonly string[] => (wanted === true ? [text] : [])

function config({ as, neighborAs, local, neighbor, holdSeconds, ...more }: Setup): string {
  const peer = `neighbor ${neighbor}`
  const family = ['ipv4', 'ipv6'].flatMap((name) => [
    ` address-family ${name} unicast`,
    `  ${peer} activate`,
    `  ${peer} soft-reconfiguration inbound`,
    ...line(more.addPath, `  ${peer} addpath-tx-all-paths`),
    ' exit-address-family',
  ])
  return [
    'log stdout',
    `router bgp ${as}`,
    ' bgp router-id 10.0.0.2',
    ' no bgp ebgp-requires-policy',
    ' no bgp default ipv4-unicast',
    ' no bgp network import-check',
    ...line(more.gracefulRestart, ' bgp graceful-restart'),
    ...line(more.gracefulRestart, ' bgp graceful-restart restart-time 30'),
    ` ${peer} remote-as ${neighborAs}`,
    ` ${peer} timers ${Math.floor(holdSeconds / 3)} ${holdSeconds}`,
    ` ${peer} timers connect 2`,
    ` ${peer} update-source ${local}`,
    ` ${peer} capability extended-nexthop`,
    ...line(more.active !== true, ` ${peer} passive`),
    ...line(more.gtsm, ` ${peer} ttl-security hops 1`),
    ...(more.md5 === undefined ? [] : [` ${peer} password ${more.md5}`]),
    ...family,
    '',
  ].join('\n')
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

async function routes(router: Router, family: 'ipv4' | 'ipv6'): Promise<readonly Seen[]> {
  const text = await vtysh(router, `show bgp ${family} unicast json detail`)
  const table = JSON.parse(text) as { readonly routes?: Readonly<Record<string, unknown>> }
  return Object.entries(table.routes ?? {}).flatMap(([prefix, entry]) => pathsOf(entry).map((path) => seen(prefix, path)))
}

/** FRR's JSON of a prefix is a head and then its paths. */
const pathsOf = (entry: unknown): readonly FrrPath[] => (entry as readonly FrrPath[]).filter(({ aspath }) => aspath !== undefined)

const words = (text: string | undefined): readonly string[] => (text ?? '').split(' ').filter((word) => word !== '')

const seen = (prefix: string, path: FrrPath): Seen =>
  seenRoute({
    prefix,
    nextHop: path.nexthops?.find(({ scope }) => scope !== 'link-local')?.ip,
    asPath: path.aspath?.string.replace('Local', ''),
    communities: words(path.community?.string).map((word) => (word === 'graceful-shutdown' ? '65535:0' : word)),
    largeCommunities: words(path.largeCommunity?.string),
    med: path.metric,
    localPref: path.locPrf,
    stale: path.stale,
  })
