import { parseArgs } from 'node:util'
import { familyOf, parseIp } from '@loadstone/ip'
import { type Route, type RouteText, route } from '../adj-rib-out/route'
import { omitUndefined } from '../omit-undefined'
import type { PeerOptions } from '../options'

/** Wrong arguments: printed with the usage, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const usage = `bgp-js: a BGP-4 speaker for people

  bgp-js speak   --peer ADDRESS --peer-as AS --local-as AS [options] [ROUTE ...]   hold a session and announce the routes
  bgp-js monitor --peer ADDRESS --peer-as AS --local-as AS [options]               hold a session and print what the peer announces
  bgp-js decode  [--json] [--port N] [FILE | HEX ... | -]                          print the messages of a pcap or pcapng file, or of hex;
                                                                                   exit code 1 if anything could not be read

  ROUTE       203.0.113.10/32, or with more: '203.0.113.10/32 med=5 community=65001:7 large=65001:1:2 next-hop=192.0.2.9 local-pref=200'

  --port N            TCP port of the peer (179)          --source ADDRESS     connect from this address
  --interface NAME    bind to this interface              --router-id ID       BGP identifier
  --hold S            hold time (90)                      --keepalive S        keepalive interval (a third of the hold time)
  --connect S         how long an attempt may take (10)   --md5-file FILE      TCP-MD5 password, the file's first line
  --multihop          the eBGP peer is hops away          --family FAMILY      ipv4 or ipv6; repeat for both (both)
  --listen            take connections that the peer dials, too      --passive     take them only, never dial
  --ttl-security N    GTSM: the peer is at most N hops away          --delay-open S  wait for its OPEN so long
  --graceful-restart S  the peer keeps our routes so long            --long-lived S  and so much longer
  --add-path WAY      send, receive or both                          --role ROLE   provider, customer, peer, rs or rs-client
  --next-hop ADDRESS  next hop for routes of the family the session is not of; repeat for both
  --reason TEXT       what the peer is told at the end (Ctrl-C)
  --json              print events as JSON, one a line    --control            take commands from standard input, JSON, one a line
`

const options = {
  peer: { type: 'string' },
  'peer-as': { type: 'string' },
  'local-as': { type: 'string' },
  port: { type: 'string' },
  source: { type: 'string' },
  interface: { type: 'string' },
  'router-id': { type: 'string' },
  hold: { type: 'string' },
  keepalive: { type: 'string' },
  connect: { type: 'string' },
  'md5-file': { type: 'string' },
  multihop: { type: 'boolean' },
  listen: { type: 'boolean' },
  passive: { type: 'boolean' },
  'ttl-security': { type: 'string' },
  'delay-open': { type: 'string' },
  'graceful-restart': { type: 'string' },
  'long-lived': { type: 'string' },
  'add-path': { type: 'string' },
  role: { type: 'string' },
  family: { type: 'string', multiple: true },
  'next-hop': { type: 'string', multiple: true },
  reason: { type: 'string' },
  json: { type: 'boolean' },
  control: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

export type Arguments = {
  readonly command: string
  readonly rest: readonly string[]
  readonly values: ReturnType<typeof parse>['values']
}
const parse = (words: readonly string[]) => parseArgs({ args: [...words], options, allowPositionals: true })

export function argumentsOf(words: readonly string[]): Arguments {
  try {
    const { values, positionals } = parse(words)
    const [command = '', ...rest] = positionals
    return { command, rest, values }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** `secret` is the content of --md5-file. */
export function peerOptionsOf({ values }: Arguments, secret: string | undefined): PeerOptions {
  return omitUndefined({
    address: needed('peer', values.peer),
    peerAs: asOf(needed('peer-as', values['peer-as'])),
    localAs: number('local-as', needed('local-as', values['local-as'])),
    port: numberOr('port', values.port),
    sourceAddress: values.source,
    interface: values.interface,
    routerId: values['router-id'],
    holdSeconds: numberOr('hold', values.hold),
    keepaliveSeconds: numberOr('keepalive', values.keepalive),
    connectSeconds: numberOr('connect', values.connect),
    md5Password: secret?.split('\n')[0],
    ebgpMultiHop: values.multihop,
    families: values.family?.flatMap((text) => oneOf('family', text, ['ipv4', 'ipv6']) ?? []),
    nextHops: nextHopsOf(values['next-hop'] ?? []),
    passive: values.passive,
    ttlSecurityHops: numberOr('ttl-security', values['ttl-security']),
    delayOpenSeconds: numberOr('delay-open', values['delay-open']),
    gracefulRestartSeconds: numberOr('graceful-restart', values['graceful-restart']),
    longLivedSeconds: numberOr('long-lived', values['long-lived']),
    addPath: oneOf('add-path', values['add-path'], ['send', 'receive', 'both'] as const),
    role: oneOf('role', values.role, ['provider', 'customer', 'peer', 'rs', 'rs-client'] as const),
  })
}

function needed(name: string, value: string | undefined): string {
  if (value === undefined) throw new UsageError(`--${name} is missing`)
  return value
}

function number(name: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new UsageError(`--${name} is "${text}"; it must be a number`)
  return value
}

export const numberOr = (name: string, text: string | undefined): number | undefined =>
  text === undefined ? undefined : number(name, text)

const asOf = (text: string): PeerOptions['peerAs'] => (text === 'internal' || text === 'external' ? text : number('peer-as', text))

function oneOf<const Word extends string>(name: string, text: string | undefined, words: readonly Word[]): Word | undefined {
  if (text === undefined) return undefined
  const word = words.find((one) => one === text)
  if (word === undefined) throw new UsageError(`--${name} is "${text}"; it must be ${words.join(', ')}`)
  return word
}

function nextHopsOf(texts: readonly string[]): NonNullable<PeerOptions['nextHops']> {
  const hops = texts.map((text) => {
    const ip = parseIp(text)
    if (ip === undefined) throw new UsageError(`--next-hop is "${text}"; it must be an address`)
    return ip
  })
  return omitUndefined({ ipv4: hops.find((hop) => familyOf(hop) === 'ipv4'), ipv6: hops.find((hop) => familyOf(hop) === 'ipv6') })
}

/** `PREFIX key=value …`. Throws RangeError naming what could not be read. */
export function routeOf(text: string): Route {
  const [prefix = '', ...words] = text.trim().split(/\s+/)
  const pairs = words.map((word) => /^([^=]+)=(.*)$/.exec(word) ?? [word, word, ''])
  const all = (key: string): readonly string[] => pairs.filter(([, name]) => name === key).map(([, , value = '']) => value)
  const unknown = pairs.find(([, name = '']) => !keys.has(name))
  if (unknown !== undefined) throw new RangeError(`"${unknown[0]}" is not understood; a route takes ${[...keys].join(', ')}`)
  const some = (list: readonly string[]): readonly string[] | undefined => (list.length > 0 ? list : undefined)
  const [nextHop, origin] = [all('next-hop')[0], all('origin')[0]]
  const more: RouteText = omitUndefined({
    nextHop,
    origin: origin as RouteText['origin'],
    med: numberOr('med', all('med')[0]),
    localPref: numberOr('local-pref', all('local-pref')[0]),
    asPathPrepend: numberOr('as-path-prepend', all('as-path-prepend')[0]),
    pathId: numberOr('path-id', all('path-id')[0]),
    communities: some(all('community')),
    extendedCommunities: some(all('extended')),
    largeCommunities: some(all('large')),
  })
  return route(prefix, more)
}

const keys = new Set(['next-hop', 'origin', 'med', 'local-pref', 'as-path-prepend', 'path-id', 'community', 'extended', 'large'])
