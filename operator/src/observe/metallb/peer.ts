import { type Family, familyOf, type Ip, isLinkLocal } from '@loadstone/ip'
import type { PeerDefinition } from '../../model/definitions'
import { filled, type Json, record } from '../../model/json'
import { type Note, note } from '../../model/reasons'
import { durationSeconds } from '../fields/duration'
import { address, bounded, type Faults, flag, selectors } from '../fields/fields'

const defaultHoldSeconds = 90
const defaultConnectSeconds = 10

type Timers = Pick<PeerDefinition, 'holdSeconds' | 'keepaliveSeconds' | 'connectSeconds'>

/** Hold time is three times the keepalive time if one is absent (RFC 4271 §4.4), and 90 s if both are. */
function peerTimers(spec: Json, faults: Faults): Timers {
  const hold = seconds(spec, 'holdTime', faults)
  const keepalive = seconds(spec, 'keepaliveTime', faults)
  const holdSeconds = hold ?? (keepalive === undefined ? defaultHoldSeconds : Math.max(3, keepalive * 3))
  const keepaliveSeconds = keepalive ?? Math.floor(holdSeconds / 3)
  if (holdSeconds !== 0 && (holdSeconds < 3 || holdSeconds > 65_535)) {
    faults.push(note('Malformed', `The hold time of ${holdSeconds} s must be 0 or from 3 to 65535 seconds (RFC 4271 §4.2).`))
  }
  if (keepaliveSeconds > holdSeconds) {
    faults.push(note('Malformed', `The keepalive time of ${keepaliveSeconds} s is longer than the hold time of ${holdSeconds} s.`))
  }
  return { holdSeconds, keepaliveSeconds, connectSeconds: connectTime(spec, faults) }
}

function connectTime(spec: Json, faults: Faults): number {
  const connectSeconds = seconds(spec, 'connectTime', faults) ?? defaultConnectSeconds
  if (connectSeconds < 1 || connectSeconds > 65_535) faults.push(note('Malformed', 'spec.connectTime must be from 1 to 65535 seconds.'))
  return connectSeconds
}

function seconds(spec: Json, field: string, faults: Faults): number | undefined {
  const value = spec[field]
  if (value === undefined || value === null || value === '') return undefined
  const found = typeof value === 'string' ? durationSeconds(value) : undefined
  if (found !== undefined && found >= 0) return found
  faults.push(note('Malformed', `spec.${field} must be a duration such as 90s or 1m30s, not ${JSON.stringify(value)}.`))
  return undefined
}

const largestAsn = 0xffff_ffff

export function parsePeer(spec: Json, faults: Faults, namespace: string): PeerDefinition {
  const router = routerOf(spec, faults)
  const as = asNumbers(spec, faults)
  return {
    kind: 'BGPPeer',
    ...router,
    // 0 means the default: v1beta1 and empty Go structs have it.
    port: bounded(spec, 'peerPort', { from: 0, to: 65_535, otherwise: 179 }, faults) || 179,
    ...as,
    families: familiesOf(spec, router, faults),
    ...peerTimers(spec, faults),
    routerID: routerId(spec, faults),
    sourceAddress: source(spec, router, faults),
    vrf: device(spec, 'vrf', faults),
    ebgpMultiHop: multiHop(spec, { ...router, ...as }, faults),
    gracefulRestart: flag(spec, 'enableGracefulRestart', false),
    passwordSecret: secretName(record(spec['passwordSecret']), namespace, faults),
    password: passwordOf(spec, faults),
    bfdProfile: filled(spec['bfdProfile']),
    nodeSelectors: selectors(spec, 'nodeSelectors', faults),
  }
}

type Router = Pick<PeerDefinition, 'address' | 'interface'>

function routerOf(spec: Json, faults: Faults): Router {
  const found = address(spec, 'peerAddress', faults)
  const unnumbered = device(spec, 'interface', faults)
  const given = [spec['peerAddress'], spec['interface']].map(filled)
  if (given.every((value) => value === undefined)) {
    const instead = 'write the IP address of the router, or in spec.interface the interface it is on'
    faults.push(note('Malformed', `spec.peerAddress is missing; ${instead}.`))
  }
  if (given.every((value) => value !== undefined)) {
    faults.push(note('Malformed', 'Set either spec.peerAddress or spec.interface, not both.'))
  }
  if (found !== undefined && isLinkLocal(found)) {
    faults.push(note('Malformed', `${found} means another router on every interface; name the interface in spec.interface instead.`))
  }
  return { address: found, interface: unnumbered }
}

/** A name that the kernel accepts for an interface. */
function device(spec: Json, field: string, faults: Faults): string | undefined {
  const name = filled(spec[field])
  if (name === undefined || (/^[^\s/:]{1,15}$/.test(name) && name !== '.' && name !== '..')) return name
  faults.push(note('Malformed', `spec.${field} is no name of a network interface, which has at most 15 letters: ${JSON.stringify(name)}.`))
  return undefined
}

type AsNumbers = Pick<PeerDefinition, 'myASN' | 'peerASN' | 'dynamicASN'>

function asNumbers(spec: Json, faults: Faults): AsNumbers {
  const mine = bounded(spec, 'myASN', { from: 1, to: largestAsn, otherwise: 0 }, faults)
  const stated = bounded(spec, 'localASN', { from: 0, to: largestAsn, otherwise: 0 }, faults)
  return { myASN: stated || mine, ...theirAsNumber(spec, faults) }
}

function theirAsNumber(spec: Json, faults: Faults): Omit<AsNumbers, 'myASN'> {
  const asn = bounded(spec, 'peerASN', { from: 0, to: largestAsn, otherwise: 0 }, faults)
  const dynamic = filled(spec['dynamicASN'])
  const kind = (['internal', 'external'] as const).find((known) => known === dynamic)
  if (asn === 0 && dynamic === undefined) faults.push(note('Malformed', 'spec.peerASN is missing; write the AS number of the router.'))
  if (asn !== 0 && dynamic !== undefined) faults.push(note('Malformed', 'Set either spec.peerASN or spec.dynamicASN, not both.'))
  if (dynamic !== kind) faults.push(note('Malformed', `spec.dynamicASN must be internal or external, not ${JSON.stringify(dynamic)}.`))
  return { peerASN: asn === 0 ? undefined : asn, dynamicASN: kind }
}

/**
 * The family of the router's address, or both. An unnumbered session has both: its IPv6 link-local addresses carry IPv4 routes too
 * (RFC 8950), and such links usually have no IPv4 address at all.
 */
function familiesOf(spec: Json, router: Router, faults: Faults): readonly Family[] {
  const own = router.address === undefined ? 'ipv6' : familyOf(router.address)
  const both = flag(spec, 'dualStackAddressFamily', false) || router.interface !== undefined
  if (both && flag(spec, 'disableMP', false)) {
    const wanted = router.interface === undefined ? 'dualStackAddressFamily asks for both' : 'a session by interface carries both'
    faults.push(note('Malformed', `spec.disableMP leaves the session one address family, and ${wanted}; remove disableMP.`))
  }
  return both ? ['ipv4', 'ipv6'] : [own]
}

function routerId(spec: Json, faults: Faults): Ip | undefined {
  const id = address(spec, 'routerID', faults)
  if (id !== undefined && (familyOf(id) !== 'ipv4' || id === '0.0.0.0')) {
    faults.push(note('Malformed', 'spec.routerID must be a dotted IPv4 address other than 0.0.0.0.'))
  }
  return id
}

function source(spec: Json, router: Router, faults: Faults): Ip | undefined {
  const from = address(spec, 'sourceAddress', faults)
  if (from === undefined) return undefined
  if (router.interface !== undefined) {
    faults.push(note('Malformed', 'spec.sourceAddress has no place beside spec.interface: such a session uses link-local addresses.'))
  } else if (router.address !== undefined && familyOf(from) !== familyOf(router.address)) {
    faults.push(note('Malformed', `spec.sourceAddress ${from} is of another address family than the router ${router.address}.`))
  }
  return from
}

function multiHop(spec: Json, router: Router & AsNumbers, faults: Faults): boolean {
  const multi = flag(spec, 'ebgpMultiHop', false)
  if (!multi) return false
  if (router.peerASN === router.myASN || router.dynamicASN === 'internal') {
    faults.push(note('Malformed', 'spec.ebgpMultiHop is for a router of another AS; remove it, for iBGP may always span several hops.'))
  }
  if (router.interface !== undefined) {
    faults.push(
      note('Malformed', 'spec.ebgpMultiHop is for a router far away, and spec.interface finds one on the link; remove one of them.'),
    )
  }
  return multi
}

function secretName(reference: Json, namespace: string, faults: Faults): string | undefined {
  const elsewhere = filled(reference['namespace'])
  if (elsewhere !== undefined && elsewhere !== namespace) {
    faults.push(note('Malformed', `spec.passwordSecret.namespace must be ${namespace}, where this object is, or absent.`))
  }
  return filled(reference['name'])
}

/** TCP_MD5SIG_MAXKEYLEN of the kernel. */
const longestPassword = 80

function passwordOf(spec: Json, faults: Faults): string | undefined {
  const password = filled(spec['password'])
  if (password === undefined) return undefined
  if (filled(record(spec['passwordSecret'])['name']) !== undefined) {
    faults.push(note('Malformed', 'Set either spec.password or spec.passwordSecret, not both.'))
  }
  if (Buffer.byteLength(password) > longestPassword) {
    faults.push(note('Malformed', `spec.password is longer than the ${longestPassword} bytes that TCP-MD5 takes.`))
  }
  return password
}

/** Warnings about a valid object. */
export const peerRemarks = (spec: Json): readonly Note[] =>
  spec['disableMP'] === true
    ? [
        note(
          'DeprecatedField',
          'spec.disableMP may go: a session carries routes of its own address family only, unless dualStackAddressFamily is set.',
        ),
      ]
    : []
