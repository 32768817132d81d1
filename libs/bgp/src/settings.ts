import { type Family, familyOf, type Ip, parseIp } from '@loadstone/ip'
import { type Config, isInternal } from './config'
import { allFamilies } from './family'
import type { PeerOptions } from './options'
import { present } from './present'
import type { Dial } from './transport'

/** Options, checked and completed: what the protocol and the transport take. */
export type Settings = {
  readonly config: Omit<Config, 'id'>
  readonly id: Ip | undefined
  readonly dial: Dial
  readonly nextHops: { readonly [family in Family]?: Ip }
}

/** Throws RangeError that names the option, what it is and what it must be. */
export function settingsOf(options: PeerOptions): Settings {
  const { sourceAddress, routerId } = options
  const address = ipOf('address', options.address)
  const id = routerId === undefined ? undefined : ipOf('routerId', routerId)
  must(id === undefined || (familyOf(id) === 'ipv4' && id !== '0.0.0.0'), 'routerId', routerId, 'a dotted value other than 0.0.0.0')
  must(
    id !== undefined || familyOf(address) === 'ipv4',
    'routerId',
    routerId,
    'given, since an IPv6 session has no IPv4 address to take it from',
  )
  const config = configOf(options)
  const source = sourceAddress === undefined ? undefined : ipOf('sourceAddress', sourceAddress)
  must(source === undefined || familyOf(source) === familyOf(address), 'sourceAddress', sourceAddress, 'of the same family as address')
  return {
    config,
    id,
    dial: dialOf(options, { address, sourceAddress: source, internal: isInternal(config) }),
    nextHops: options.nextHops ?? {},
  }
}

const must = (holds: boolean, option: string, value: unknown, rule: string): void => {
  if (!holds) throw new RangeError(`${option} is ${String(value)}; it must be ${rule}`)
}

function ipOf(option: string, text: string): Ip {
  const ip = parseIp(text)
  if (ip === undefined) throw new RangeError(`${option} is "${text}"; it must be an IPv4 or IPv6 address`)
  return ip
}

function configOf(options: PeerOptions): Omit<Config, 'id'> {
  const { localAs, peerAs, holdSeconds = 90, keepaliveSeconds, connectSeconds = 10, families = allFamilies } = options
  checkAs(localAs, peerAs)
  const holds = Number.isInteger(holdSeconds) && (holdSeconds === 0 || holdSeconds >= 3) && holdSeconds <= 0xffff
  must(holds, 'holdSeconds', holdSeconds, '0 or a whole number from 3 to 65535')
  must(keepaliveSeconds === undefined || keepaliveSeconds > 0, 'keepaliveSeconds', keepaliveSeconds, 'more than 0')
  must(connectSeconds > 0, 'connectSeconds', connectSeconds, 'more than 0')
  must(families.length > 0, 'families', families, 'ipv4, ipv6 or both')
  return present({
    localAs,
    peerAs,
    holdSeconds,
    keepaliveSeconds,
    connectSeconds,
    delayOpenSeconds: 0,
    passive: false,
    families,
    strictRole: false,
  })
}

function checkAs(localAs: number, peerAs: PeerOptions['peerAs']): void {
  const possible = (value: number): boolean => Number.isInteger(value) && value > 0 && value <= 0xffff_ffff
  must(possible(localAs), 'localAs', localAs, 'an AS number, 1 to 4294967295')
  must(typeof peerAs === 'string' || possible(peerAs), 'peerAs', peerAs, "an AS number, 1 to 4294967295, or 'internal' or 'external'")
}

type Ends = { readonly address: Ip; readonly sourceAddress: Ip | undefined; readonly internal: boolean }

function dialOf(options: PeerOptions, { address, sourceAddress, internal }: Ends): Dial {
  const { port = 179, interface: device, md5Password, ebgpMultiHop = false } = options
  must(Number.isInteger(port) && port > 0 && port <= 0xffff, 'port', port, 'a TCP port, 1 to 65535')
  checkPassword(md5Password)
  return present({ address, port, ttl: internal ? 255 : hopsOf(ebgpMultiHop), sourceAddress, interface: device, md5Password })
}

function checkPassword(password: string | undefined): void {
  if (password === undefined) return
  const octets = Buffer.byteLength(password)
  must(octets >= 1 && octets <= 80, 'md5Password', `${octets} octets long`, '1 to 80 octets long (the kernel takes no more)')
}

function hopsOf(option: boolean | number): number {
  if (typeof option === 'boolean') return option ? 255 : 1
  must(Number.isInteger(option) && option >= 1 && option <= 255, 'ebgpMultiHop', option, 'true, false or a TTL from 1 to 255')
  return option
}
