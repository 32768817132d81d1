import { familyOf, type Ip, parseIp } from '@loadstone/ip'
import type { PeerDefinition } from '../config/definitions'
import { filled, type Json, record } from '../json'
import { type Note, note } from '../reasons'
import { durationSeconds } from './duration'
import { address, bounded, type Faults, flag, selectors } from './fields'

const largestAsn = 0xffff_ffff
const defaultHoldSeconds = 90
const defaultConnectSeconds = 10

export function parsePeer(spec: Json, faults: Faults): PeerDefinition {
  const routerID = address(spec, 'routerID', faults)
  if (routerID !== undefined && familyOf(routerID) !== 'ipv4')
    faults.push(note('Malformed', 'spec.routerID must be a dotted IPv4 address.'))
  faults.push(...unsupported(spec))
  return {
    kind: 'BGPPeer',
    address: peerAddress(spec, faults),
    // 0 is how v1beta1 and empty Go structs spell "the default".
    port: bounded(spec, 'peerPort', { from: 0, to: 65_535, otherwise: 179 }, faults) || 179,
    myASN: bounded(spec, 'myASN', { from: 1, to: largestAsn, otherwise: 0 }, faults),
    peerASN: peerAsn(spec, faults),
    ...timers(spec, faults),
    routerID,
    sourceAddress: address(spec, 'sourceAddress', faults),
    ebgpMultiHop: multiHop(spec, faults),
    passwordSecret: filled(record(spec['passwordSecret'])['name']),
    bfdProfile: filled(spec['bfdProfile']),
    nodeSelectors: selectors(spec, 'nodeSelectors', faults),
  }
}

const nowhere = parseIp('0.0.0.0') as Ip

function peerAddress(spec: Json, faults: Faults): Ip {
  const unnumbered = filled(spec['interface'])
  const found = address(spec, 'peerAddress', faults)
  if (found === undefined && filled(spec['peerAddress']) === undefined && unnumbered === undefined) {
    faults.push(note('Malformed', 'spec.peerAddress is missing; write the IP address of the router.'))
  }
  if (found !== undefined && unnumbered !== undefined) {
    faults.push(note('Malformed', 'Set either spec.peerAddress or spec.interface, not both.'))
  }
  return found ?? nowhere
}

function peerAsn(spec: Json, faults: Faults): number {
  const asn = bounded(spec, 'peerASN', { from: 0, to: largestAsn, otherwise: 0 }, faults)
  const dynamic = filled(spec['dynamicASN'])
  if (asn === 0 && dynamic === undefined) faults.push(note('Malformed', 'spec.peerASN is missing; write the AS number of the router.'))
  if (asn !== 0 && dynamic !== undefined) faults.push(note('Malformed', 'Set either spec.peerASN or spec.dynamicASN, not both.'))
  return asn
}

function multiHop(spec: Json, faults: Faults): boolean {
  const multi = flag(spec, 'ebgpMultiHop', false)
  if (multi && spec['peerASN'] === spec['myASN']) {
    faults.push(note('Malformed', 'spec.ebgpMultiHop is for a router of another AS; remove it, for iBGP may always span several hops.'))
  }
  return multi
}

type Timers = Pick<PeerDefinition, 'holdSeconds' | 'keepaliveSeconds' | 'connectSeconds'>

/** One of hold and keepalive time gives the other, three to one (RFC 4271 §4.4); without either the hold time is 90 s. */
function timers(spec: Json, faults: Faults): Timers {
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

/** Without these there is no session that the router would accept. */
function unsupported(spec: Json): readonly Note[] {
  const wanted = {
    interface: 'unnumbered sessions; write the address of the router in spec.peerAddress',
    dynamicASN: 'accepting any AS number; write the AS number of the router in spec.peerASN',
    localASN: 'another AS number towards one router; write it in spec.myASN',
    vrf: 'sessions in a VRF',
    password: 'a password in the object; put it into a Secret of type kubernetes.io/basic-auth and name that in spec.passwordSecret',
  }
  return Object.entries(wanted).flatMap(([field, instead]) =>
    filled(spec[field]) !== undefined || (typeof spec[field] === 'number' && spec[field] !== 0)
      ? [note('NotSupportedYet', `spec.${field} asks for what Loadstone cannot do yet: ${instead}. No session is planned.`)]
      : [],
  )
}

/** These leave a session that works, only with less. */
export function peerRemarks(spec: Json): readonly Note[] {
  const wanted = {
    bfdProfile: 'BFD, so the loss of the router is noticed by the hold time only',
    enableGracefulRestart: 'graceful restart, so the router drops the routes of a node while its speaker restarts',
    dualStackAddressFamily: 'routes of both families over one session, so it carries those of its own family',
    disableMP: 'leaving out multiprotocol capabilities, so they are sent',
  }
  return Object.entries(wanted).flatMap(([field, instead]) =>
    spec[field] === true || filled(spec[field]) !== undefined
      ? [note('NotSupportedYet', `spec.${field} has no effect yet: Loadstone does without ${instead}.`)]
      : [],
  )
}
