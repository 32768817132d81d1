import { file, listening, type Make, type Router, type Seen, type Setup, seenRoute } from '../routers'

export const bird: Make = {
  name: 'BIRD',
  start: async (host, setup) => {
    const path = file(host, 'bird.conf', config(setup))
    const running = host.spawn(['bird', '-f', '-c', path, '-s', '/run/bird.ctl', '-P', '/run/bird.pid'])
    const router: Router = { running, host, setup, routes: (family) => routes(router, family) }
    await listening(router)
    return router
  },
}

export const birdc = (router: Pick<Router, 'host'>, ...words: readonly string[]): Promise<string> =>
  router.host.exec('birdc', '-s', '/run/bird.ctl', ...words)

const flag = (wanted: boolean | undefined, text: string): string => (wanted === true ? text : '')

function config({ as, neighborAs, local, neighbor, holdSeconds, ...more }: Setup): string {
  return `
log stderr all;
router id 10.0.0.2;
protocol device {}
protocol bgp p {
  local ${local} as ${as};
  neighbor ${neighbor} as ${neighborAs};
  hold time ${holdSeconds};
  connect retry time 2;
  connect delay time 1;
  error wait time 1,2;
  enable extended messages on;
  ${flag(more.active !== true, 'passive on;')}
  ${flag(more.gtsm, 'ttl security on;')}
  ${more.md5 === undefined ? '' : `password "${more.md5}";`}
  graceful restart ${more.gracefulRestart === true ? 'on' : 'aware'};
  ipv4 { import all; export none; import table on; extended next hop on; ${flag(more.addPath, 'add paths rx;')} };
  ipv6 { import all; export none; import table on; ${flag(more.addPath, 'add paths rx;')} };
}
`
}

async function routes(router: Router, family: 'ipv4' | 'ipv6'): Promise<readonly Seen[]> {
  const text = await birdc(router, 'show', 'route', 'all', 'table', family === 'ipv4' ? 'master4' : 'master6')
  const seen: Seen[] = []
  let prefix = ''
  for (const block of text.split(/\n(?=\S)/)) {
    prefix = /^([0-9a-f.:]+\/\d+)\s/.exec(block)?.[1] ?? (/^\s+(unicast|unreachable)/.test(block) ? prefix : '')
    if (prefix === '') continue
    for (const path of block.split(/\n(?=\s+(?:unicast|unreachable)\s)/)) seen.push(seenIn(prefix, path))
  }
  return seen
}

function seenIn(prefix: string, block: string): Seen {
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
  })
}
