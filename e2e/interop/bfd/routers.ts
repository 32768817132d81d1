import { type Host, type Running, until } from '../lab/host'
import type { bfdDaemons } from '../matrix/daemons'
import { file } from '../routers/router'

/** How a router's end is configured; times in milliseconds. */
export type BfdSetup = {
  readonly peers: readonly string[]
  readonly local?: string
  readonly transmitMillis: number
  readonly receiveMillis: number
  readonly multiplier: number
  readonly passive?: boolean
  readonly multihop?: boolean
  readonly minimumTtl?: number
  readonly authentication?: 'simple' | 'meticulous keyed sha1'
}

/** What a router says of one session. */
export type BfdSeen = {
  readonly up: boolean
  /** Our state, diagnostic and transmit interval, as far as it prints them. */
  readonly theirDiagnostic?: string
  readonly theirTransmitMillis?: number
  /** How long it waits for us. */
  readonly detectionMillis?: number
}

/** A BFD daemon on a host. */
export type BfdRouter = {
  readonly daemon: Running
  /** Undefined while it knows no such session. */
  seen(peer: string): Promise<BfdSeen | undefined>
  /** How often the session has come up and gone down so far. */
  counts(peer: string): Promise<{ readonly up: number; readonly down: number }>
  change(setup: BfdSetup): Promise<void>
}

export type MakeBfd = { readonly name: keyof typeof bfdDaemons; start(host: Host, setup: BfdSetup): Promise<BfdRouter> }

export const vtysh = (host: Host, ...commands: readonly string[]): Promise<string> =>
  host.exec('vtysh', '--vty_socket', '/run/frr', ...commands.flatMap((command) => ['-c', command]))

const frrPeer = (peer: string, { local, multihop }: BfdSetup): string =>
  `peer ${peer}${multihop === true ? ' multihop' : ''}${local === undefined ? '' : ` local-address ${local}`}${multihop === true ? '' : ' interface v0'}`

const frrLines = (setup: BfdSetup): readonly string[] => [
  'bfd',
  ...setup.peers.flatMap((peer) => [
    frrPeer(peer, setup),
    `receive-interval ${setup.receiveMillis}`,
    `transmit-interval ${setup.transmitMillis}`,
    `detect-multiplier ${setup.multiplier}`,
    ...(setup.passive === undefined ? [] : [setup.passive ? 'passive-mode' : 'no passive-mode']),
    ...(setup.minimumTtl === undefined ? [] : [`minimum-ttl ${setup.minimumTtl}`]),
    'exit',
  ]),
  'exit',
]

type FrrSession = {
  readonly peer: string
  readonly status: string
  readonly 'remote-diagnostic'?: string
  readonly 'remote-transmit-interval'?: number
  readonly 'remote-detect-multiplier'?: number
  readonly 'receive-interval'?: number
}

type FrrCounters = { readonly peer: string; readonly 'session-up': number; readonly 'session-down': number }

/** FRR's bfdd, and zebra to tell it of interfaces. */
export const frrBfd: MakeBfd = {
  name: 'FRR',
  start: async (host, setup) => {
    await host.exec('install', '-d', '-o', 'frr', '-g', 'frr', '/run/frr')
    const config = file(host, 'frr.conf', `log stdout\n${frrLines(setup).join('\n')}\n`)
    await host.exec('install', '-m', '644', config, '/run/frr/bfdd.conf') // FRR gives up root before it reads
    const common = ['-z', '/run/frr/zserv.api', '--vty_socket', '/run/frr', '-A', '127.0.0.1']
    host.spawn(['/usr/lib/frr/zebra', ...common, '-i', '/run/frr/zebra.pid'])
    await until('zebra', 60, async () => ((await host.exec('sh', '-c', 'ls /run/frr')).includes('zserv.api') ? true : undefined))
    const daemon = host.spawn([
      '/usr/lib/frr/bfdd',
      ...common,
      '-i',
      '/run/frr/bfdd.pid',
      '--bfdctl',
      '/run/frr/bfdd.sock',
      '-f',
      '/run/frr/bfdd.conf',
    ])
    const all = async (): Promise<readonly FrrSession[]> => JSON.parse(await vtysh(host, 'show bfd peers json')) as readonly FrrSession[]
    await until('bfdd', 60, () =>
      all().then(
        (sessions) => (sessions.length > 0 ? true : undefined),
        () => undefined,
      ),
    )
    return {
      daemon,
      seen: async (peer) => frrSeen((await all()).find((session) => session.peer === peer)),
      counts: async (peer) => {
        const text = await vtysh(host, 'show bfd peers counters json')
        const found = (JSON.parse(text) as readonly FrrCounters[]).find((session) => session.peer === peer)
        return { up: found?.['session-up'] ?? 0, down: found?.['session-down'] ?? 0 }
      },
      change: async (changed) => void (await vtysh(host, 'configure terminal', ...frrLines(changed))),
    }
  },
}

function frrSeen(session: FrrSession | undefined): BfdSeen | undefined {
  if (session === undefined) return undefined
  const transmit = session['remote-transmit-interval']
  const paced = Math.max(transmit ?? 0, session['receive-interval'] ?? 0)
  return {
    up: session.status === 'up',
    detectionMillis: paced * (session['remote-detect-multiplier'] ?? 0),
    ...(transmit === undefined ? {} : { theirTransmitMillis: transmit }),
    ...(session['remote-diagnostic'] === undefined ? {} : { theirDiagnostic: session['remote-diagnostic'] }),
  }
}

function birdConfig(setup: BfdSetup): string {
  const { local, multihop, authentication } = setup
  const times = `min rx interval ${setup.receiveMillis} ms; min tx interval ${setup.transmitMillis} ms; idle tx interval 1 s; multiplier ${setup.multiplier};`
  const more = `${setup.passive === true ? 'passive on;' : ''} ${authentication === undefined ? '' : `authentication ${authentication}; password "sesame";`}`
  const where = multihop === true ? `multihop { ${times} ${more} };` : `interface "v0" { ${times} ${more} };`
  const end = multihop === true ? `local ${local} multihop on` : `dev "v0"${local === undefined ? '' : ` local ${local}`}`
  return `log stderr all;\nrouter id 10.0.0.2;\nprotocol device {}\nprotocol bfd b { debug { events }; ${where} ${setup.peers.map((peer) => `neighbor ${peer} ${end};`).join(' ')} }\n`
}

export const birdc = (host: Host, ...words: readonly string[]): Promise<string> => host.exec('birdc', '-s', '/run/bird.ctl', ...words)

export const birdBfd: MakeBfd = {
  name: 'BIRD',
  start: async (host, setup) => {
    const config = file(host, 'bird.conf', birdConfig(setup))
    const daemon = host.spawn(['bird', '-f', '-c', config, '-s', '/run/bird.ctl', '-P', '/run/bird.pid'])
    await until('bird', 60, () =>
      birdc(host, 'show', 'status').then(
        () => true as const,
        () => undefined,
      ),
    )
    return {
      daemon,
      seen: async (peer) =>
        birdSeen((await birdc(host, 'show', 'bfd', 'sessions')).split('\n').find((line) => line.startsWith(`${peer} `))),
      counts: async (peer) => {
        const changes = daemon
          .output()
          .split('\n')
          .filter((line) => line.includes(`Session to ${peer} changed state`))
        const counted = (words: string): number => changes.filter((line) => line.includes(words)).length
        return { up: counted('to Up'), down: counted('from Up') }
      },
      change: async (changed) => {
        file(host, 'bird.conf', birdConfig(changed))
        await birdc(host, 'configure')
      },
    }
  },
}

/** A line of `show bfd sessions`: address, interface, state, since, interval and timeout in seconds. */
function birdSeen(line: string | undefined): BfdSeen | undefined {
  const [, , state, , interval, timeout] = (line ?? '').split(/\s+/)
  if (interval === undefined) return undefined
  return { up: state === 'Up', detectionMillis: Math.round(Number(timeout) * 1000) }
}
