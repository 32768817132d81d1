import { type BgpRouter, eachOf, file, listening, type Make, type Neighbor, type SeenRoute, type Setup, seenRoute, when } from './router'

export const bird: Make = {
  name: 'BIRD',
  start: async (host, setup) => {
    const path = file(host, 'bird.conf', config(setup))
    const running = host.spawn(['bird', '-f', '-c', path, '-s', '/run/bird.ctl', '-P', '/run/bird.pid'])
    const router: BgpRouter = {
      running,
      host,
      setup,
      routes: (family) => routes(router, family),
      neighbor: () => neighbor(router),
      askRefresh: async () => void (await birdc(router, 'reload', 'in', 'p0')),
    }
    await listening(router)
    return router
  },
}

export const birdc = (router: Pick<BgpRouter, 'host'>, ...words: readonly string[]): Promise<string> =>
  router.host.exec('birdc', '-s', '/run/bird.ctl', ...words)

function config({ local, neighbors, feeder, originates, ...setup }: Setup): string {
  return `log stderr all;
router id 10.0.0.2;
protocol device {}
protocol static { ipv4; ${eachOf(originates, (prefix) => `route ${prefix} blackhole; `)}}
${neighbors.map((neighbor, i) => protocol(`p${i}`, { local, neighbor }, setup)).join('')}${
  feeder === undefined
    ? ''
    : `protocol bgp feeder { local as ${setup.as}; neighbor ${feeder.address} as ${feeder.as}; passive on; ipv4 { import all; export none; gateway recursive; }; }\n`
}`
}

function protocol(
  name: string,
  { local, neighbor }: { readonly local: string; readonly neighbor: string },
  setup: Omit<Setup, 'local' | 'neighbors'>,
): string {
  const { as, neighborAs, holdSeconds, md5, role, active, gracefulRestart } = setup
  const paths = when(setup.addPath, 'add paths rx;')
  return `protocol bgp ${name} {
  local ${local} port ${setup.port ?? 179} as ${as};
  neighbor ${neighbor} as ${neighborAs};
  hold time ${holdSeconds};
  connect retry time 2; connect delay time 1; error wait time 1,2;
  enable extended messages on;
  graceful restart ${gracefulRestart === true ? 'on' : 'aware'};
  ${when(active !== true, 'passive on;')} ${when(setup.multihop, 'multihop 5;')} ${when(setup.gtsm, 'ttl security on;')} ${when(setup.twoOctet, 'enable as4 off;')}
  ${md5 === undefined ? '' : `password "${md5}";`} ${role === undefined ? '' : `local role ${role};`}
  ipv4 { import all; export where source ~ [ RTS_STATIC, RTS_BGP ] && proto != "${name}"; extended next hop on; ${paths} };
  ipv6 { import all; export none; ${paths} };
}
`
}

async function neighbor(router: BgpRouter): Promise<Neighbor> {
  const text = await birdc(router, 'show', 'protocols', 'all', 'p0')
  const seconds = (name: string): number => Number(new RegExp(`${name} timer:\\s+[0-9.]+/(\\d+)`).exec(text)?.[1])
  return { id: /Neighbor ID:\s+(\S+)/.exec(text)?.[1] ?? '', holdSeconds: seconds('Hold'), keepaliveSeconds: seconds('Keepalive') }
}

async function routes(router: BgpRouter, family: 'ipv4' | 'ipv6'): Promise<readonly SeenRoute[]> {
  const text = await birdc(router, 'show', 'route', 'all', 'table', family === 'ipv4' ? 'master4' : 'master6')
  const seen: SeenRoute[] = []
  let prefix = ''
  for (const block of text.split(/\n(?=\S)/)) {
    prefix = /^([0-9a-f.:]+\/\d+)\s/.exec(block)?.[1] ?? (/^\s+(unicast|unreachable)/.test(block) ? prefix : '')
    if (prefix === '') continue
    for (const path of block.split(/\n(?=\s+(?:unicast|unreachable)\s)/)) seen.push(seenIn(prefix, path))
  }
  return seen
}

function seenIn(prefix: string, block: string): SeenRoute {
  const value = (name: string): string | undefined => new RegExp(`^\\s+BGP\\.${name}: ?(.*)$`, 'm').exec(block)?.[1]?.trim()
  const pairs = (text: string | undefined): readonly string[] =>
    [...(text ?? '').matchAll(/\(([^)]+)\)/g)].map(([, inner = '']) =>
      inner
        .split(',')
        .map((part) => part.trim())
        .join(':'),
    )
  const number = (name: string) => (value(name) === undefined ? undefined : Number(value(name)))
  return seenRoute({
    prefix,
    nextHop: value('next_hop')?.split(' ')[0],
    asPath: value('as_path'),
    communities: pairs(value('community')),
    largeCommunities: pairs(value('large_community')),
    med: number('med'),
    localPref: number('local_pref'),
    stale: /\bstale\b/i.test(block) ? true : undefined,
    raw: block,
  })
}
