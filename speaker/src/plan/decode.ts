import { parsePrefix, prefixText } from '@loadstone/ip'
import type {
  AnnouncementPlanSpec,
  AnnouncementSliceSpec,
  L2Entry,
  PlannedBfd,
  PlannedRoute,
  PlannedSession,
  RouteSetSpec,
} from '@loadstone/plan'
import { parseCommunity, parseLargeCommunity } from 'bgp-js'
import { fields, integer, ip, list, Misshapen, oneOf, record, type Shape, text, truth, values } from './shape'

/**
 * What an object says, with what in it could not be read. An object with refusals adds and changes, but takes nothing away: what
 * it no longer shows may be exactly the part that could not be read. `content` is absent only if nothing good was ever seen.
 */
export type Parsed<T> = { readonly content?: T; readonly refusals: readonly string[] }

const highestAs = 4_294_967_295
const highestPort = 65_535

const bfd: Shape<PlannedBfd> = record(
  {
    profile: text,
    receiveIntervalMillis: integer(10, 60_000),
    transmitIntervalMillis: integer(10, 60_000),
    detectMultiplier: integer(2, 255),
    passive: truth,
  },
  { minimumTtl: integer(1, 254) },
)

const said: Shape<PlannedSession> = record(
  {
    peer: text,
    port: integer(1, highestPort),
    myASN: integer(1, highestAs),
    families: list(oneOf('ipv4', 'ipv6'), 1),
    holdSeconds: (value, at) => {
      const seconds = integer(0, 65_535)(value, at)
      if (seconds === 1 || seconds === 2) throw new Misshapen(at, `a hold time is 0 (off) or at least 3, not ${seconds} (RFC 4271 §4.2)`)
      return seconds
    },
    keepaliveSeconds: integer(0, 65_535),
    connectSeconds: integer(1, 65_535),
    ebgpMultiHop: truth,
  },
  {
    address: ip,
    interface: text,
    peerASN: integer(1, highestAs),
    dynamicASN: oneOf('external', 'internal'),
    routerID: ip,
    sourceAddress: ip,
    vrf: text,
    gracefulRestartSeconds: integer(0, 4095),
    passwordSecret: record({ name: text, resourceVersion: text }, {}),
    bfd,
  },
)

const session: Shape<PlannedSession> = (value, at) => {
  const read = said(value, at)
  exactlyOne(read, at, 'address', 'interface')
  exactlyOne(read, at, 'peerASN', 'dynamicASN')
  return read
}

function exactlyOne(read: PlannedSession, at: string, one: keyof PlannedSession, other: keyof PlannedSession): void {
  const [first, second] = [read[one] !== undefined, read[other] !== undefined]
  if (first !== second) return
  throw new Misshapen(
    at,
    `session ${read.peer} has ${first ? 'both' : 'neither'} ${one} ${first ? 'and' : 'nor'} ${other}: exactly one belongs there`,
  )
}

const community: Shape<string> = (value, at) => {
  const written = text(value, at)
  const large = written.startsWith('large:') ? parseLargeCommunity(written.slice('large:'.length)) : undefined
  if (large === undefined && parseCommunity(written) === undefined) throw new Misshapen(at, `"${written}" is neither a:b nor large:a:b:c`)
  return written
}

const prefix: Shape<string> = (value, at) => {
  const parsed = parsePrefix(text(value, at))
  if (parsed === undefined) throw new Misshapen(at, `"${String(value)}" is no address/length`)
  return prefixText(parsed)
}

const route: Shape<PlannedRoute> = record(
  { prefix, services: list(text) },
  {
    peers: list(text, 1),
    communities: list(community),
    localPref: integer(0, highestAs),
    healthCheckNodePort: integer(1, highestPort),
  },
)

const l2Entry: Shape<L2Entry> = record(
  { address: ip, services: list(text), candidates: list(text), term: integer(0, Number.MAX_SAFE_INTEGER) },
  { interfaces: list(text, 1), from: text },
)

const pattern: Shape<string> = (value, at) => {
  const source = text(value, at)
  try {
    new RegExp(source)
  } catch {
    throw new Misshapen(at, `"${source}" is no regular expression`)
  }
  return source
}

/** The plan of this node; one that names another node is refused whole. `last` is the content that was good before. */
export function parsePlan(spec: unknown, node: string, last?: AnnouncementPlanSpec): Parsed<AnnouncementPlanSpec> {
  return whole(last, (refusals) => {
    const from = fields(spec, 'spec')
    if (from['node'] !== node) throw new Misshapen('spec.node', `the plan is for ${String(from['node'])}, this node is ${node}`)
    const part = parts(from, refusals)
    const { leaving } = record({}, { leaving: oneOf('shutdown', 'out-of-service', 'drain') })(from, 'spec')
    return {
      node,
      sessions: part('sessions', session, ({ peer }) => peer, last?.sessions),
      routeSets: part('routeSets', text, itself, last?.routeSets),
      slices: part('slices', text, itself, last?.slices),
      excludeInterfaces: part('excludeInterfaces', pattern, itself, last?.excludeInterfaces),
      ...(leaving === undefined ? {} : { leaving }),
      seeds: part('seeds', ip, itself, last?.seeds),
    }
  })
}

export function parseSlice(spec: unknown, node: string, last?: AnnouncementSliceSpec): Parsed<AnnouncementSliceSpec> {
  return whole(last, (refusals) => {
    const from = fields(spec, 'spec')
    if (from['node'] !== node) throw new Misshapen('spec.node', `the slice is for ${String(from['node'])}, this node is ${node}`)
    const part = parts(from, refusals)
    return {
      node,
      l2: part('l2', l2Entry, ({ address }) => address, last?.l2),
      routes: part('routes', route, routeKey, last?.routes),
    }
  })
}

export function parseRouteSet(spec: unknown, last?: RouteSetSpec): Parsed<RouteSetSpec> {
  return whole(last, (refusals) => {
    const from = fields(spec, 'spec')
    const audience = typeof from['audience'] === 'string' ? from['audience'] : ''
    return { audience, routes: parts(from, refusals)('routes', route, routeKey, last?.routes) }
  })
}

const itself = (value: string): string => value
const routeKey = ({ prefix, peers }: PlannedRoute): string => `${prefix} ${peers?.join() ?? ''}`

function whole<T>(last: T | undefined, read: (refusals: string[]) => T): Parsed<T> {
  const refusals: string[] = []
  try {
    return { content: read(refusals), refusals }
  } catch (error) {
    if (!(error instanceof Misshapen)) throw error
    return { ...(last === undefined ? {} : { content: last }), refusals: [error.message] }
  }
}

/** Reads a list field element by element; where something in it is refused, what was known before and is not replaced stays. */
function parts(from: Readonly<Record<string, unknown>>, refusals: string[]) {
  return <T>(name: string, shape: Shape<T>, key: (item: T) => string, last: readonly T[] = []): readonly T[] => {
    const before = refusals.length
    const good = sift(from[name], shape, `spec.${name}`, refusals)
    if (refusals.length === before) return good
    const replaced = new Set(good.map(key))
    return [...good, ...last.filter((item) => !replaced.has(key(item)))]
  }
}

function sift<T>(value: unknown, shape: Shape<T>, at: string, refusals: string[]): T[] {
  const good: T[] = []
  const attempt = (run: () => void): void => {
    try {
      run()
    } catch (error) {
      if (!(error instanceof Misshapen)) throw error
      refusals.push(error.message)
    }
  }
  attempt(() => {
    for (const [i, element] of values(value ?? [], at).entries()) attempt(() => good.push(shape(element, `${at}[${i}]`)))
  })
  return good
}
