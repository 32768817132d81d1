import type { Ip, Mac } from '@loadstone/ip'
import { ipFromBytes, macFromBytes } from '@loadstone/ip/bytes'
import { little } from '../kernel/constants'

export type LinkFlags = {
  readonly broadcast: boolean
  readonly loopback: boolean
  readonly pointToPoint: boolean
  readonly noArp: boolean
  readonly multicast: boolean
}

export type LinkScope = 'global' | 'site' | 'link' | 'host' | 'nowhere'

export type LinkAddress = {
  readonly ip: Ip
  /** Prefix length. */
  readonly length: number
  readonly scope: LinkScope
  /** IPv6: duplicate address detection has not finished or has found a duplicate, so the address may not be a source. */
  readonly tentative: boolean
}

export type LinkInfo = {
  readonly index: number
  readonly name: string
  /** Absent for interfaces without an Ethernet address: loopback, tunnels. */
  readonly mac?: Mac
  /** Administratively up. */
  readonly up: boolean
  /** Up and with a carrier. */
  readonly running: boolean
  readonly flags: LinkFlags
  /** Index of the bridge, bond or VRF that the interface belongs to. */
  readonly master?: number
}

/** One rtnetlink message. `interrupted`: the table changed during the dump, which must be requested again. */
export type RtnetlinkMessage =
  | { readonly is: 'link'; readonly link: LinkInfo }
  | { readonly is: 'link-gone'; readonly index: number }
  | { readonly is: 'address'; readonly index: number; readonly address: LinkAddress }
  | { readonly is: 'address-gone'; readonly index: number; readonly address: LinkAddress }
  | { readonly is: 'done'; readonly interrupted: boolean }
  | { readonly is: 'refused'; readonly negativeErrno: number }
  | { readonly is: 'malformed' }

const NLMSG_ERROR = 2
const NLMSG_DONE = 3
const RTM_NEWLINK = 16
const RTM_DELLINK = 17
const RTM_NEWADDR = 20
const RTM_DELADDR = 21
const NLM_F_DUMP_INTR = 0x10

/** Decodes the messages of one datagram (RFC 3549 §2.3) about links and addresses. Never throws: a message cut short is 'malformed'. */
export function decodeRtnetlink(datagram: Uint8Array): readonly RtnetlinkMessage[] {
  const messages: RtnetlinkMessage[] = []
  const view = viewOf(datagram)
  for (let at = 0; at < datagram.length; ) {
    const length = datagram.length - at < 16 ? 0 : view.getUint32(at, little)
    if (length < 16 || length > datagram.length - at) return [...messages, { is: 'malformed' }]
    const flags = view.getUint16(at + 6, little)
    const body = datagram.subarray(at + 16, at + length)
    messages.push(...messageOf(view.getUint16(at + 4, little), (flags & NLM_F_DUMP_INTR) !== 0, body))
    at += align4(length)
  }
  return messages
}

function messageOf(type: number, interrupted: boolean, body: Uint8Array): readonly RtnetlinkMessage[] {
  switch (type) {
    case NLMSG_DONE:
      return [{ is: 'done', interrupted }]
    case NLMSG_ERROR:
      return body.length < 4 ? [{ is: 'malformed' }] : [{ is: 'refused', negativeErrno: viewOf(body).getInt32(0, little) }]
    case RTM_NEWLINK:
      return linkMessage(body, (link) => ({ is: 'link', link }))
    case RTM_DELLINK:
      return linkMessage(body, ({ index }) => ({ is: 'link-gone', index }))
    case RTM_NEWADDR:
      return addressMessage(body, 'address')
    case RTM_DELADDR:
      return addressMessage(body, 'address-gone')
    default:
      return []
  }
}

const IFLA_ADDRESS = 1
const IFLA_IFNAME = 3
const IFLA_MASTER = 10
const IFLA_WIRELESS = 11
const ethernet = 1

/**
 * struct ifinfomsg. Two kinds are not about the link itself: a bridge reports its ports in family AF_BRIDGE, where DELLINK means that the
 * port left the bridge, and wireless drivers send events without the link's attributes.
 */
function linkMessage(body: Uint8Array, say: (link: LinkInfo) => RtnetlinkMessage): readonly RtnetlinkMessage[] {
  const attributes = attributesOf(body, 16)
  if (attributes === undefined) return [{ is: 'malformed' }]
  const view = viewOf(body)
  if (view.getUint8(0) !== 0 || attributes.has(IFLA_WIRELESS)) return []
  const flags = view.getUint32(8, little)
  const mac = view.getUint16(2, little) === ethernet ? macFromBytes(attributes.get(IFLA_ADDRESS) ?? new Uint8Array()) : undefined
  const master = attributes.get(IFLA_MASTER)
  return [
    say({
      index: view.getInt32(4, little),
      name: text(attributes.get(IFLA_IFNAME)),
      ...(mac === undefined ? {} : { mac }),
      up: (flags & 0x1) !== 0,
      running: (flags & 0x40) !== 0,
      flags: {
        broadcast: (flags & 0x2) !== 0,
        loopback: (flags & 0x8) !== 0,
        pointToPoint: (flags & 0x10) !== 0,
        noArp: (flags & 0x80) !== 0,
        multicast: (flags & 0x1000) !== 0,
      },
      ...(master?.length === 4 ? { master: viewOf(master).getUint32(0, little) } : {}),
    }),
  ]
}

const IFA_ADDRESS = 1
const IFA_LOCAL = 2
const IFA_FLAGS = 8
const IFA_F_TENTATIVE = 0x40
const IFA_F_DADFAILED = 0x08
const scopes: Readonly<Record<number, LinkScope>> = { 0: 'global', 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere' }

/** struct ifaddrmsg. On a point-to-point link IFA_ADDRESS is the peer's address and IFA_LOCAL the own one. */
function addressMessage(body: Uint8Array, is: 'address' | 'address-gone'): readonly RtnetlinkMessage[] {
  const attributes = attributesOf(body, 8)
  if (attributes === undefined) return [{ is: 'malformed' }]
  const view = viewOf(body)
  const ip = ipFromBytes(attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS) ?? new Uint8Array())
  if (ip === undefined) return []
  const wide = attributes.get(IFA_FLAGS)
  const flags = wide?.length === 4 ? viewOf(wide).getUint32(0, little) : view.getUint8(2)
  const address: LinkAddress = {
    ip,
    length: view.getUint8(1),
    scope: scopes[view.getUint8(3)] ?? 'global',
    tentative: (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) !== 0,
  }
  return [{ is, index: view.getUint32(4, little), address }]
}

/** The attributes (struct rtattr) after `header` octets, or undefined if one is cut short. */
function attributesOf(body: Uint8Array, header: number): ReadonlyMap<number, Uint8Array> | undefined {
  if (body.length < header) return undefined
  const attributes = new Map<number, Uint8Array>()
  const view = viewOf(body)
  for (let at = header; at + 4 <= body.length; ) {
    const length = view.getUint16(at, little)
    if (length < 4 || length > body.length - at) return undefined
    attributes.set(view.getUint16(at + 2, little), body.subarray(at + 4, at + length))
    at += align4(length)
  }
  return attributes
}

const align4 = (length: number): number => (length + 3) & ~3
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const text = (octets: Uint8Array = new Uint8Array()): string => new TextDecoder().decode(octets.subarray(0, octets.indexOf(0)))

const IFLA_EXT_MASK = 29
const RTEXT_FILTER_SKIP_STATS = 8

/** RTM_GETLINK (without counters) or RTM_GETADDR, for the whole table. */
export function dumpRequest(table: 'links' | 'addresses'): Uint8Array {
  const bytes = new Uint8Array(table === 'links' ? 40 : 24)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, bytes.length, little)
  view.setUint16(4, table === 'links' ? 18 : 22, little)
  view.setUint16(6, 0x301, little) // NLM_F_REQUEST | NLM_F_DUMP
  if (table === 'links') {
    view.setUint16(32, 8, little)
    view.setUint16(34, IFLA_EXT_MASK, little)
    view.setUint32(36, RTEXT_FILTER_SKIP_STATS, little)
  }
  return bytes
}
