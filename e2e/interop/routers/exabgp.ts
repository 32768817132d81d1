import { appendFile } from 'node:fs/promises'
import { until } from '../lab/host'
import { type BgpRouter, eachOf, file, listening, type Make, type Neighbor, type SeenRoute, type Setup, seenRoute, when } from './router'

/** ExaBGP keeps no table. It prints received routes to a process, here `cat` into a file, from which the table is computed. */
export const exabgp: Make = {
  name: 'ExaBGP',
  start: async (host, setup) => {
    const path = file(host, 'exabgp.conf', config(setup, host.folder))
    const env = {
      'exabgp.tcp.bind': setup.feeder === undefined ? setup.local : '', // each neighbour listens on its own
      'exabgp.tcp.port': String(setup.port ?? 179),
      'exabgp.daemon.user': 'root',
      'exabgp.api.cli': 'false',
      'exabgp.log.level': 'DEBUG',
      'exabgp.log.packets': 'true',
    }
    const running = host.spawn(['exabgp', path], env)
    const router: BgpRouter = {
      running,
      host,
      setup,
      routes: (family) => routes(router, family),
      neighbor: () => neighbor(router),
      askRefresh: () => appendFile(`${host.folder}/commands`, 'announce route-refresh ipv4 unicast\n'),
    }
    await listening(router)
    return router
  },
}

/** Commands appended to one file reach ExaBGP by the process's output; what it hears ends in the other. */
function config({ neighbors, originates, feeder, ...setup }: Setup, folder: string): string {
  return `process heard {
  run /bin/sh -c "touch ${folder}/commands; tail -n +1 -f ${folder}/commands & exec cat >>${folder}/heard";
  encoder json;
}
${feeder === undefined ? '' : neighborLines(feeder.address, { ...setup, local: feeder.address.replace(/1$/, '2'), neighborAs: feeder.as }, '')}${eachOf(
  neighbors,
  (neighbor) =>
    neighborLines(
      neighbor,
      setup,
      eachOf(originates, (prefix) => `route ${prefix} next-hop self; `),
    ),
)}`
}

function neighborLines(neighbor: string, setup: Omit<Setup, 'neighbors'>, routes: string): string {
  const { as, neighborAs, local, holdSeconds, md5, active } = setup
  return `neighbor ${neighbor} {
  router-id 10.0.0.2;
  local-address ${local};
  local-as ${as};
  peer-as ${neighborAs};
  hold-time ${holdSeconds};
  passive ${active !== true};
  ${when(active !== true, `listen ${setup.port ?? 179};`)}
  ${md5 === undefined ? '' : `md5-password "${md5}";`}
  ${when(setup.gtsm, 'incoming-ttl 255; outgoing-ttl 255;')}
  family { ipv4 unicast; ipv6 unicast; }
  capability {
    route-refresh;
    ${when(setup.gracefulRestart, 'graceful-restart 30;')}
    ${when(setup.addPath, 'add-path receive;')}
    ${when(setup.twoOctet, 'asn4 disable;')}
    nexthop enable;
  }
  nexthop { ipv4 unicast ipv6; }
  static { ${routes}}
  api { processes [ heard ]; neighbor-changes; receive { parsed; update; } }
}
`
}

/** From its log of our OPEN. */
async function neighbor({ running }: BgpRouter): Promise<Neighbor> {
  const [, holdSeconds, id] = await until(
    'our OPEN in its log',
    60,
    () => /<< OPEN version=4 asn=\d+ hold_time=(\d+) router_id=(\S+)/.exec(running.output()) ?? undefined,
  )
  return { id: id ?? '', holdSeconds: Number(holdSeconds), keepaliveSeconds: 'untold' }
}

type Nlri = { readonly nlri: string; readonly 'path-information'?: string }
type UpdateHeard = {
  readonly attribute: Readonly<Record<string, unknown>>
  readonly announce: Readonly<Record<string, Readonly<Record<string, readonly Nlri[]>>>>
  readonly withdraw: Readonly<Record<string, readonly Nlri[]>>
}
type Heard = {
  readonly type: string
  readonly neighbor: { readonly state?: string; readonly message?: { readonly update?: Partial<UpdateHeard> } }
}

async function routes(router: BgpRouter, family: 'ipv4' | 'ipv6'): Promise<readonly SeenRoute[]> {
  const text = await router.host.exec('sh', '-c', `cat ${router.host.folder}/heard 2>/dev/null || true`)
  const table = new Map<string, SeenRoute>()
  for (const line of text.split('\n').filter((one) => one.startsWith('{'))) apply(JSON.parse(line) as Heard, `${family} unicast`, table)
  return [...table.values()]
}

function apply({ type, neighbor }: Heard, family: string, table: Map<string, SeenRoute>): void {
  if (type === 'state' && neighbor.state === 'down') table.clear()
  const update: UpdateHeard = { withdraw: {}, announce: {}, attribute: {}, ...neighbor.message?.update }
  for (const one of update.withdraw[family] ?? []) table.delete(keyOf(one))
  for (const [nextHop, list] of Object.entries(update.announce[family] ?? {})) {
    for (const one of list) table.set(keyOf(one), seen({ prefix: one.nlri, nextHop }, update.attribute))
  }
}

const keyOf = (one: Nlri): string => `${one.nlri} ${one['path-information'] ?? ''}`

const words = (list: unknown, separator: string): readonly string[] =>
  ((list ?? []) as readonly (readonly number[])[]).map((parts) => parts.join(separator))

const seen = (where: Pick<SeenRoute, 'prefix' | 'nextHop'>, attribute: Readonly<Record<string, unknown>>): SeenRoute =>
  seenRoute({
    ...where,
    asPath: pathText(attribute['as-path']),
    med: attribute['med'] as number | undefined,
    localPref: attribute['local-preference'] as number | undefined,
    communities: words(attribute['community'], ':'),
    largeCommunities: words(attribute['large-community'], ':'),
    raw: JSON.stringify(attribute),
  })

/** A list of AS numbers in ExaBGP 4.2; segments by number in later ones. */
function pathText(path: unknown): string {
  if (Array.isArray(path)) return path.join(' ')
  const segments = Object.values((path ?? {}) as Readonly<Record<string, { readonly value: readonly number[] }>>)
  return segments.flatMap(({ value }) => value).join(' ')
}
