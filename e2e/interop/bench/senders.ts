import { writeFileSync } from 'node:fs'
import { cable, Host, inRepository, type Running, until } from '../lab/host'

export type Load = { readonly family: 'ipv4' | 'ipv6'; readonly count: number; readonly sets: number }

/** A process that holds its routes, and how to let it connect, if it is not the receiver that dials. */
export type Prepared = { readonly pid: number; readonly as: number; readonly go: () => void; readonly stop: () => Promise<void> }

export type Sender = {
  readonly name: string
  /** Begins anew for every run. The others keep their routes from session to session. */
  readonly everyRun?: true
  prepare(host: Host, load: Load): Promise<Prepared>
}

/** The session is of the family of its routes, so that no next hop has to be configured. */
export const ends = (family: Load['family']): { readonly here: string; readonly there: string } =>
  family === 'ipv4' ? { here: '10.99.0.1', there: '10.99.0.2' } : { here: 'fd00:99::1', there: 'fd00:99::2' }

const script = inRepository('libs/bgp/out/bench/sender.js')
const said = (running: Running, event: string, seconds: number): Promise<Record<string, number>> =>
  until(`${event} from the sender`, seconds, () => {
    const line = running
      .output()
      .split('\n')
      .find((text) => text.startsWith(`{"event":"${event}"`))
    return line === undefined ? undefined : (JSON.parse(line) as Record<string, number>)
  })

/** Our own sender, which also feeds those that are fed. */
export async function ours(
  host: Host,
  peer: string,
  peerAs: number,
  load: Load,
): Promise<Running & { readonly ready: Record<string, number> }> {
  const running = host.spawn([
    'node',
    '--expose-gc',
    script,
    peer,
    String(peerAs),
    '65001',
    load.family,
    String(load.count),
    String(load.sets),
  ])
  await said(running, 'up', 20)
  running.child.stdin?.write('prepare\n')
  return { ...running, ready: await said(running, 'ready', 120) }
}

export const answer = said

const ended = async ({ child, ended: gone }: Running): Promise<void> => {
  child.kill('SIGKILL')
  await gone
}

/** Anew for every run, since a process that has sent once has its code compiled already. */
export const bgpJs: Sender = {
  name: 'bgp-js',
  everyRun: true,
  prepare: async (host, load) => {
    const running = await ours(host, ends(load.family).there, 65002, load)
    return {
      pid: running.child.pid as number,
      as: 65001,
      go: () => void running.child.stdin?.write('start\n'),
      stop: () => ended(running),
    }
  },
}

type Fed = {
  readonly name: string
  readonly command: (folder: string) => readonly string[]
  readonly config: (there: string, here: string) => string
  readonly count: (host: Host, load: Load) => Promise<number>
}

const behind = async (host: Host): Promise<Host> => {
  const feeder = await Host.make('feeder')
  host.onClose(() => feeder.close())
  await cable(feeder, host, 1)
  return feeder
}

/** A router that has learnt its routes from a feeder behind it, and passes them on. */
const fed = ({ name, command, config, count }: Fed): Sender => ({
  name,
  prepare: async (host, load) => {
    writeFileSync(`${host.folder}/sender.conf`, config(ends(load.family).there, ends(load.family).here), { mode: 0o644 })
    if (name === 'FRR') await host.exec('install', '-d', '-o', 'frr', '-g', 'frr', '/run/frr')
    const running = host.spawn(command(host.folder))
    await until(`${name} to listen; it printed ${running.output().slice(-300)}`, 20, async () =>
      (await host.exec('ss', '-Hltn', 'sport = :179')).includes(':179') ? true : undefined,
    )
    const feeder = await ours(await behind(host), '10.99.1.2', 65003, load)
    feeder.child.stdin?.write('start\n')
    await until(`${name} to hold ${load.count} routes`, 300, async () => ((await count(host, load)) >= load.count ? true : undefined))
    return { pid: running.child.pid as number, as: 65003, go: () => {}, stop: () => ended(running) }
  },
})

export const frr = fed({
  name: 'FRR',
  command: (folder) => [
    '/usr/lib/frr/bgpd',
    '-S',
    '-n',
    '-Z',
    '-f',
    `${folder}/sender.conf`,
    '--vty_socket',
    '/run/frr',
    '-i',
    '/run/frr/bgpd.pid',
  ],
  config: (there) => `router bgp 65003
 bgp router-id 10.0.0.3
 no bgp ebgp-requires-policy
 neighbor 10.99.1.1 remote-as 65001
 neighbor 10.99.1.1 passive
 neighbor ${there} remote-as 65002
 neighbor ${there} passive
 neighbor ${there} timers connect 1
 neighbor ${there} advertisement-interval 0
${['ipv4', 'ipv6']
  .map((name) => ` address-family ${name} unicast\n  neighbor 10.99.1.1 activate\n  neighbor ${there} activate\n exit-address-family\n`)
  .join('')}`,
  count: async (host, { family }) => {
    const text = await host.exec('vtysh', '--vty_socket', '/run/frr', '-c', `show bgp ${family} unicast statistics json`)
    return Number(/"(?:totalPrefixes|prefixes)":\s*(\d+)/i.exec(text)?.[1] ?? 0)
  },
})

export const gobgp = fed({
  name: 'GoBGP',
  command: (folder) => ['gobgpd', '-f', `${folder}/sender.conf`, '--api-hosts', '127.0.0.1:50051', '-l', 'error'],
  config: (there) => `[global.config]
  as = 65003
  router-id = "10.0.0.3"
${[
  ['10.99.1.1', 65001],
  [there, 65002],
]
  .map(
    ([address, as]) => `[[neighbors]]
  [neighbors.config]
    neighbor-address = "${address}"
    peer-as = ${as}
  [neighbors.transport.config]
    passive-mode = true
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv6-unicast"
`,
  )
  .join('')}`,
  count: async (host, { family }) => {
    const text = await host.exec('gobgp', '-p', '50051', 'global', 'rib', 'summary', '-a', family)
    return Number(/Destination: (\d+)/.exec(text)?.[1] ?? 0)
  },
})

export const bird = fed({
  name: 'BIRD',
  command: (folder) => ['bird', '-f', '-c', `${folder}/sender.conf`, '-s', '/run/bird.ctl', '-P', '/run/bird.pid'],
  config: (there, here) => `router id 10.0.0.3;
protocol device {}
protocol bgp feeder { local 10.99.1.2 as 65003; neighbor 10.99.1.1 as 65001; passive on;
 ipv4 { import all; export none; gateway recursive; }; ipv6 { import all; export none; gateway recursive; }; }
protocol bgp onward { local ${here} as 65003; neighbor ${there} as 65002; passive on; error wait time 1, 1;
 ipv4 { import none; export all; next hop self; }; ipv6 { import none; export all; next hop self; }; }
`,
  count: async (host, { family }) => {
    const text = await host.exec(
      'birdc',
      '-s',
      '/run/bird.ctl',
      'show',
      'route',
      'table',
      family === 'ipv4' ? 'master4' : 'master6',
      'count',
    )
    return Number(/(\d+) of \d+ routes/.exec(text)?.[1] ?? 0)
  },
})

/** ExaBGP passes nothing on: it reads its routes from its configuration. */
export const exabgp: Sender = {
  name: 'ExaBGP',
  prepare: async (host, { family, count, sets }) => {
    const route = (i: number): string => {
      const prefix =
        family === 'ipv4'
          ? `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`
          : `2001:db8:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}::1/128`
      return `route ${prefix} next-hop ${ends(family).here} community [65001:${i % sets}];`
    }
    const routes = Array.from({ length: count }, (_, i) => route(i)).join('\n')
    writeFileSync(
      `${host.folder}/sender.conf`,
      `neighbor ${ends(family).there} { router-id 10.0.0.3; local-address ${ends(family).here}; local-as 65003; peer-as 65002; passive true; listen 179; group-updates true; family { ipv4 unicast; ipv6 unicast; }
static {
${routes}
} }`,
    )
    const env = {
      'exabgp.tcp.bind': ends(family).here,
      'exabgp.tcp.port': '179',
      'exabgp.daemon.user': 'root',
      'exabgp.api.cli': 'false',
      'exabgp.log.level': 'CRIT',
    }
    const running = host.spawn(['exabgp', `${host.folder}/sender.conf`], env)
    await until('ExaBGP to listen', 60, async () => ((await host.exec('ss', '-Hltn', 'sport = :179')).includes(':179') ? true : undefined))
    return { pid: running.child.pid as number, as: 65003, go: () => {}, stop: () => ended(running) }
  },
}
