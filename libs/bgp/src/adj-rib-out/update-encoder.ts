import { type Family, familyOf, type Ip, isLinkLocal } from '@loadstone/ip'
import { ipToBytes } from '@loadstone/ip/bytes'
import { type Codec, encodeToBytes, many, u16, u32 } from '@loadstone/wire'
import { afis, ipv4, unicast } from '../message/family'
import { framed, lengths } from '../message/frame'
import type { NegotiatedSession } from '../message/negotiated-session'
import { asPath, asTrans, originated } from '../message/update/as-path'
import {
  type AttributeName,
  attributeFlags,
  attributeHead,
  attributeTypes,
  type RawAttribute,
  rawAttribute,
} from '../message/update/attribute'
import * as values from '../message/update/attribute-values'
import { wellKnown } from '../message/update/community'
import { updateLead, updateMessage } from '../message/update/update'
import type { Route } from './route'
import type { NotAdvertisedReason } from './unannounced'

/** Session facts that decide how a route is encoded for this peer. */
export type EncoderInput = {
  readonly negotiated: NegotiatedSession
  readonly localAs: number
  /** Local address of the session. */
  readonly local: Ip
  readonly remote: Ip
  readonly nextHops: { readonly [family in Family]?: Ip }
  /** RFC 9234 §5: our role is provider, peer or rs, so what we tell may only go down. */
  readonly onlyToCustomer: boolean
  /** RFC 8326: our routes are about to go, so that the peer should prefer others while ours still work. */
  readonly draining: boolean
}

export type RouteAttributes = Omit<Route, 'prefix' | 'pathId'>

/** Encodes UPDATEs for routes with equal attributes: everything but the NLRI is encoded once. */
export type UpdateEncoder = {
  /** Octets of NLRI that one message holds. */
  readonly room: number
  /** The message, header and all, that announces these. */
  encode(nlri: Uint8Array): Uint8Array
}

const none = new Uint8Array()
const encode = <T>(name: AttributeName, codec: Codec<T>, value: T): RawAttribute => ({
  type: attributeTypes[name],
  flags: attributeFlags[name],
  value: encodeToBytes(codec, value, name),
})
const join = (attributes: readonly RawAttribute[]): Uint8Array => encodeToBytes(many(rawAttribute), attributes, 'attributes')

const limitOf = ({ extendedMessage }: NegotiatedSession): number => (extendedMessage ? lengths.extended : lengths.usual)
/** Header and the two length fields, RFC 4271 §4.3. */
const emptyUpdate = lengths.header + 4
/** Flags, type, two-octet length, AFI, SAFI; the next hop's length and the reserved octet come with MP_REACH_NLRI alone (RFC 4760 §3). */
const unreachHead = 4 + 3
const reachHead = unreachHead + 2

/** The beginning of an UPDATE that announces: nothing withdrawn, and how long its attributes are. */
const lead = (octets: number): Uint8Array => encodeToBytes(updateLead, { withdrawn: 0, attributes: octets }, 'UPDATE')

const update = (parts: Partial<Record<'withdrawn' | 'attributes' | 'nlri', Uint8Array>>): Uint8Array =>
  framed('update', encodeToBytes(updateMessage, { withdrawn: none, attributes: none, nlri: none, ...parts }, 'UPDATE'))

export function encoderFor(input: EncoderInput, family: Family, attributes: RouteAttributes): UpdateEncoder | NotAdvertisedReason {
  if (!input.negotiated.families.includes(family)) return 'family-not-agreed'
  const nextHops = nextHopsFor(input, family, attributes.nextHop)
  if (nextHops === undefined) return 'no-next-hop'
  const common = commonAttributes(input, attributes)
  const [nextHop] = nextHops
  const encoder = familyOf(nextHop) === 'ipv4' ? classic(input, common, nextHop) : multiprotocol(input, family, { common, nextHops })
  return encoder.room < longestNlri ? 'too-long' : encoder
}

/** Path id, length octet and the address of an IPv6 host route. */
const longestNlri = 4 + 1 + 16

type NextHops = readonly [Ip, ...Ip[]]

/** The next hop must be of the prefix's own family; IPv6 for IPv4 only where agreed (RFC 8950), and only when nothing else is there. */
function nextHopsFor(input: EncoderInput, family: Family, wanted: Route['nextHop']): NextHops | undefined {
  const extended = input.negotiated.extendedNextHop
  const given = wanted === 'self' ? ourNextHops(input, family) : [typeof wanted === 'string' ? ([wanted] as const) : wanted]
  const candidates = given.filter(([ip]) => ip !== input.remote) // RFC 4271 §5.1.3: never the peer's own address
  return candidates.find(([ip]) => familyOf(ip) === family) ?? (extended && family === 'ipv4' ? candidates[0] : undefined)
}

/** RFC 2545 §3: over a link-local session both ends are on the link, so that the link-local address comes along with the global one. */
function ourNextHops({ negotiated, local, nextHops }: EncoderInput, family: Family): readonly NextHops[] {
  const global = isLinkLocal(local) ? nextHops.ipv6 : undefined
  const others = [nextHops[family], ...(negotiated.extendedNextHop ? [nextHops.ipv6] : [])]
  return [
    global === undefined ? [local] : [global, local],
    ...others.flatMap((ip): readonly NextHops[] => (ip === undefined ? [] : [[ip]])),
  ]
}

/** RFC 4271 §4.3's own fields, for IPv4 with an IPv4 next hop. */
function classic({ negotiated }: EncoderInput, common: readonly RawAttribute[], nextHop: Ip): UpdateEncoder {
  const attributes = join([...common, encode('nextHop', ipv4, nextHop)].toSorted((a, b) => a.type - b.type))
  const before = Buffer.concat([lead(attributes.length), attributes])
  return {
    room: limitOf(negotiated) - emptyUpdate - attributes.length,
    encode: (nlri) => framed('update', before, nlri),
  }
}

type Multiprotocol = { readonly common: readonly RawAttribute[]; readonly nextHops: NextHops }

/** MP_REACH_NLRI comes first, RFC 7606 §5.1, so that a receiver finds the routes whatever is wrong behind it. */
function multiprotocol({ negotiated }: EncoderInput, family: Family, { common, nextHops }: Multiprotocol): UpdateEncoder {
  const attributes = join(common)
  const reached = { family: { afi: afis[family], safi: unicast }, nextHop: Buffer.concat(nextHops.map(ipToBytes)), reserved: 0, nlri: none }
  const { type, flags, value: reach } = encode('mpReach', values.mpReach, reached)
  return {
    room: limitOf(negotiated) - emptyUpdate - reachHead - reached.nextHop.length - attributes.length,
    encode: (nlri) => {
      const octets = reach.length + nlri.length
      const head = encodeToBytes(attributeHead, { type, flags, octets }, 'mpReach')
      return framed('update', lead(head.length + octets + attributes.length), head, reach, nlri, attributes)
    },
  }
}

function commonAttributes(input: EncoderInput, attributes: RouteAttributes): readonly RawAttribute[] {
  const { internal } = input.negotiated
  const { localPref, communities } = input.draining ? drained(attributes) : attributes
  return [
    encode('origin', values.origin, attributes.origin ?? 'igp'),
    ...asPathFor(input, attributes.asPathPrepend),
    ...(attributes.med === undefined ? [] : [encode('med', u32, attributes.med)]),
    ...(internal ? [encode('localPref', u32, localPref ?? 100)] : []),
    ...list('communities', values.communities, communities),
    ...list('extendedCommunities', values.extendedCommunities, attributes.extendedCommunities),
    ...list('largeCommunities', values.largeCommunities, attributes.largeCommunities),
    ...(input.onlyToCustomer ? [encode('onlyToCustomer', u32, input.localAs)] : []),
  ].toSorted((a, b) => a.type - b.type) // RFC 4271 §5: in order of type
}

/** RFC 8326 §4: the community for all, and the least preference inside the AS. */
function drained({ communities = [] }: RouteAttributes): Pick<RouteAttributes, 'localPref' | 'communities'> {
  const { gracefulShutdown } = wellKnown
  return { localPref: 0, communities: communities.includes(gracefulShutdown) ? communities : [...communities, gracefulShutdown] }
}

/** RFC 7606 §7.8: an empty list would be malformed. */
const list = <T>(name: AttributeName, codec: Codec<readonly T[]>, items: readonly T[] = []): readonly RawAttribute[] =>
  items.length === 0 ? [] : [encode(name, codec, items)]

/** RFC 6793 §4.2.2: to a peer of two octets our AS is AS_TRANS, and the true one travels beside it. */
function asPathFor({ negotiated, localAs }: EncoderInput, prepended: number | undefined): readonly RawAttribute[] {
  const path = originated(localAs, negotiated.internal, prepended)
  if (negotiated.fourOctetAs) return [encode('asPath', asPath(u32), path)]
  const short = path.map((segment) => ({ ...segment, ases: segment.ases.map((as) => (as > 0xffff ? asTrans : as)) }))
  const shown = encode('asPath', asPath(u16), short)
  return localAs > 0xffff && !negotiated.internal ? [shown, encode('as4Path', asPath(u32), path)] : [shown]
}

/** Encodes withdrawals, in the field in which the family is announced. */
export function withdrawalEncoderFor({ negotiated, local }: EncoderInput, family: Family): UpdateEncoder {
  const limit = limitOf(negotiated)
  if (family === 'ipv4' && !(negotiated.extendedNextHop && familyOf(local) === 'ipv6')) {
    return { room: limit - emptyUpdate, encode: (withdrawn) => update({ withdrawn }) }
  }
  const reached = { afi: afis[family], safi: unicast }
  return {
    room: limit - emptyUpdate - unreachHead,
    encode: (nlri) => update({ attributes: join([encode('mpUnreach', values.mpUnreach, { family: reached, nlri })]) }),
  }
}

/** RFC 4724 §2: End-of-RIB, sent after all routes of the family. */
export const endOfRib = (family: Family): Uint8Array =>
  family === 'ipv4'
    ? update({})
    : update({ attributes: join([encode('mpUnreach', values.mpUnreach, { family: { afi: afis[family], safi: unicast }, nlri: none })]) })
