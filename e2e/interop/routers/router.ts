import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Host, type Running, until } from '../lab/host'
import type { RouterName } from '../matrix/daemons'

/** What a router is configured with, whoever made it. The router is AS `as`; its neighbours are speakers of ours. */
export type Setup = {
  readonly as: number
  readonly neighborAs: number
  readonly local: string
  readonly neighbors: readonly string[]
  readonly holdSeconds: number
  readonly md5?: string
  /** Whether it dials as well. */
  readonly active?: boolean
  readonly gracefulRestart?: boolean
  readonly addPath?: boolean
  readonly gtsm?: boolean
  /** It listens here instead of port 179. */
  readonly port?: number
  /** Its neighbours may be hops away. */
  readonly multihop?: boolean
  /** Speaks AS numbers of two octets only. */
  readonly twoOctet?: boolean
  /** RFC 9234, its own role. */
  readonly role?: 'provider' | 'customer' | 'peer'
  /** IPv4 prefixes of its own. */
  readonly originates?: readonly string[]
  /** Another speaker of ours that it learns routes from, to pass on. */
  readonly feeder?: { readonly address: string; readonly as: number }
}

/** A route as the router sees it, in one form for all. */
export type SeenRoute = {
  readonly prefix: string
  readonly nextHop: string
  readonly asPath: string
  readonly med?: number
  readonly localPref?: number
  readonly communities: readonly string[]
  readonly largeCommunities: readonly string[]
  readonly stale?: boolean
  /** All the router printed of it. */
  readonly raw?: string
}

/** A router's status of its first neighbour. ExaBGP has the contents of our OPEN only. */
export type Neighbor = { readonly id: string; readonly holdSeconds: number; readonly keepaliveSeconds: number | 'untold' }

/** A router's daemon on a host. */
export type BgpRouter = {
  readonly running: Running
  readonly host: Host
  readonly setup: Setup
  routes(family: 'ipv4' | 'ipv6'): Promise<readonly SeenRoute[]>
  neighbor(): Promise<Neighbor>
  /** Has it ask for our routes again (RFC 2918). */
  askRefresh(): Promise<void>
}

/** One kind of router. */
export type Make = {
  readonly name: RouterName
  start(host: Host, setup: Setup): Promise<BgpRouter>
}

/** A configuration file of the daemon. */
export const file = (host: Host, name: string, content: string): string => {
  const path = join(host.folder, name)
  writeFileSync(path, content, { mode: 0o640 })
  return path
}

/** Waits until the daemon listens, so that our first attempt counts. */
export async function listening({ host, running, setup: { port = 179 } }: BgpRouter): Promise<void> {
  await until('a router that listens', 60, async () => {
    if (running.child.exitCode !== null) throw new Error(`the router ended: ${running.output().slice(-1000)}`)
    const sockets = await host.exec('ss', '-Hltn', `sport = :${port}`)
    return sockets.includes(`:${port}`) ? true : undefined
  })
}

/** The text if it is wanted. */
export const when = (wanted: boolean | undefined, text: string): string => (wanted === true ? text : '')
export const eachOf = <T>(items: readonly T[] | undefined, text: (item: T) => string): string => (items ?? []).map(text).join('')

/** What a router printed of a route, absent where it printed nothing. */
type Printed = { readonly [K in keyof SeenRoute]?: SeenRoute[K] | undefined }

export const seenRoute = ({
  prefix = '',
  nextHop = '',
  asPath = '',
  communities = [],
  largeCommunities = [],
  ...more
}: Printed): SeenRoute => ({
  prefix,
  nextHop,
  asPath,
  communities,
  largeCommunities,
  ...(Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined)) as Pick<
    SeenRoute,
    'med' | 'localPref' | 'stale' | 'raw'
  >),
})
